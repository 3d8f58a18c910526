/** The command line: {@code check} and {@code load}. */
@NullMarked
package gptbroker.probe;

import org.jspecify.annotations.NullMarked;
