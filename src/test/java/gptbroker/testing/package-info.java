/** What the tests share: real servers to start and stop, peers that misbehave on purpose, raw clients. */
@NullMarked
package gptbroker.testing;

import org.jspecify.annotations.NullMarked;
