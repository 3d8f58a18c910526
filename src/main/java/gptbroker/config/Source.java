package gptbroker.config;

/**
 * A value and where it is from.
 *
 * @param name the name it was set by: the variable's own, an alias, or one of these with {@code _FILE}
 * @param value stripped of white space at its ends
 */
record Source(String name, String value) {}
