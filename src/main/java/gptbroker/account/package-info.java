/** Accounts and sessions: who signed up here, and the rows that Supabase users have beside them. */
@NullMarked
package gptbroker.account;

import org.jspecify.annotations.NullMarked;
