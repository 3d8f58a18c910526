/** Who called what of accounts, chats and groups, for the operator. */
@NullMarked
package gptbroker.event;

import org.jspecify.annotations.NullMarked;
