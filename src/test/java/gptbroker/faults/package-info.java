/** Shows that nothing answered is ever lost and no quota is ever off by one, whatever dies meanwhile. */
@NullMarked
package gptbroker.faults;

import org.jspecify.annotations.NullMarked;
