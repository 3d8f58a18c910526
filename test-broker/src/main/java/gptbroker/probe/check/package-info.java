/** What a broker promises, checked from outside; a broken promise is a failed row in a table. */
@NullMarked
package gptbroker.probe.check;

import org.jspecify.annotations.NullMarked;
