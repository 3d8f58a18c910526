/** What several tests share. */
@NullMarked
package gptbroker.testing;

import org.jspecify.annotations.NullMarked;
