/** What: the prompt endpoints, and the way of one request from first to last step. */
@NullMarked
package gptbroker.prompt;

import org.jspecify.annotations.NullMarked;
