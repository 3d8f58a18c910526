/** The listeners: routes, framing, deadlines, CORS, access log, error bodies. */
@NullMarked
package gptbroker.http;

import org.jspecify.annotations.NullMarked;
