/** Real servers and misbehaving networks for tests. */
@NullMarked
package gptbroker.testing;

import org.jspecify.annotations.NullMarked;
