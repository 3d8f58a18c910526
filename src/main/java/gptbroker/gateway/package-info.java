/** The gateway's dialect (S4): sign-up for an API key, and chats by that key. */
@NullMarked
package gptbroker.gateway;

import org.jspecify.annotations.NullMarked;
