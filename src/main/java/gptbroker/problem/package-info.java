/** What can go wrong, as seen by a client: stable codes, statuses and public texts. */
@NullMarked
package gptbroker.problem;

import org.jspecify.annotations.NullMarked;
