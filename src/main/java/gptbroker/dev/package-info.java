/** What {@code broker dev} adds: embedded Redis and Postgres, a stand-in Supabase issuer and a scripted model. */
@NullMarked
package gptbroker.dev;

import org.jspecify.annotations.NullMarked;
