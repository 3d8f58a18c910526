/** What the operator may see and change while the broker runs. */
@NullMarked
package gptbroker.admin;

import org.jspecify.annotations.NullMarked;
