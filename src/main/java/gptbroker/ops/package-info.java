/** Metrics and health. */
@NullMarked
package gptbroker.ops;

import org.jspecify.annotations.NullMarked;
