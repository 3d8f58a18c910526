/** Chats and groups: who belongs to them, what was said in them, and the next turn. */
@NullMarked
package gptbroker.chat;

import org.jspecify.annotations.NullMarked;
