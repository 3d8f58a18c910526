/** Which models there are, where they may be used, and what their tokens cost at a time. */
@NullMarked
package gptbroker.models;

import org.jspecify.annotations.NullMarked;
