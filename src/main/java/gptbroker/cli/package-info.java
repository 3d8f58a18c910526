/** What the operator types: {@code broker admin …}, a client of the admin API of a running broker. */
@NullMarked
package gptbroker.cli;

import org.jspecify.annotations.NullMarked;
