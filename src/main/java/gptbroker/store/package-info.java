/** The Redis and Postgres clients and the schema; no domain types. */
@NullMarked
package gptbroker.store;

import org.jspecify.annotations.NullMarked;
