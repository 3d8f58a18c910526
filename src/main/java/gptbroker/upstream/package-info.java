/** Ask the model: an OpenAI-compatible provider behind one small interface. */
@NullMarked
package gptbroker.upstream;

import org.jspecify.annotations.NullMarked;
