/** Backend projects, and the API keys that stand for them. */
@NullMarked
package gptbroker.project;

import org.jspecify.annotations.NullMarked;
