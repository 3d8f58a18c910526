/** Who is tested: tenants, their env files, their Supabase sign-in. */
@NullMarked
package gptbroker.probe.tenant;

import org.jspecify.annotations.NullMarked;
