/** Load with honest numbers: open-loop arrivals, latency from the intended start, streams chunk by chunk. */
@NullMarked
package gptbroker.probe.load;

import org.jspecify.annotations.NullMarked;
