package gptbroker.upstream;

/** One header line, as it came or is to be sent. */
public record RawHeader(String name, String value) {}
