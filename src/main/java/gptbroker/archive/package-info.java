/** Later: what was asked and answered, from the Redis outbox into Postgres, exactly once. */
@NullMarked
package gptbroker.archive;

import org.jspecify.annotations.NullMarked;
