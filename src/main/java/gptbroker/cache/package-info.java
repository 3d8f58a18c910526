/** Known? Answers that were given before, and calls for the same answer that share one. */
@NullMarked
package gptbroker.cache;

import org.jspecify.annotations.NullMarked;
