/** Admit, and settle on every path: what every kind of question has in common. */
@NullMarked
package gptbroker.turn;

import org.jspecify.annotations.NullMarked;
