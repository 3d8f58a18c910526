/** Who asks: a bearer credential becomes a {@link gptbroker.identity.Caller}. */
@NullMarked
package gptbroker.identity;

import org.jspecify.annotations.NullMarked;
