/** OpenAI's own API: a dialect over the same path, for programs that speak it already. */
@NullMarked
package gptbroker.openai;

import org.jspecify.annotations.NullMarked;
