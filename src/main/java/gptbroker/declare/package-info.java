/** What the tenant has declared: the prompts of {@code PROMPTS_FILE}, checked, compiled and kept up to date. */
@NullMarked
package gptbroker.declare;

import org.jspecify.annotations.NullMarked;
