/** What is told while it happens: topics that any replica hears, streams that are resumed, SSE and WebSocket. */
@NullMarked
package gptbroker.live;

import org.jspecify.annotations.NullMarked;
