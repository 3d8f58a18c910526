/** Real servers for tests. */
@NullMarked
package gptbroker.testing;

import org.jspecify.annotations.NullMarked;
