/** Holds the provider's key for gateways: {@code serve --role inference}. */
@NullMarked
package gptbroker.inference;

import org.jspecify.annotations.NullMarked;
