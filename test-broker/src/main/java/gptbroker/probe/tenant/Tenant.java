package gptbroker.probe.tenant;

import java.net.URI;

/**
 * One broker and the credentials of a test user of its Supabase project (S3.38).
 *
 * @param name how the report calls it
 * @param baseUrl {@code BASE_URL}, without a trailing slash
 * @param supabaseUrl {@code SUPABASE_URL}, without a trailing slash
 * @param anonKey {@code SUPABASE_ANON_KEY}: the project's public key; must not do as a user's token
 * @param login {@code SUPABASE_EMAIL}, {@code SUPABASE_PASSWORD}
 * @param further what not every file has
 */
public record Tenant(String name, URI baseUrl, URI supabaseUrl, Secret anonKey, Login login, Further further) {
    /** One of which no more is known than the five keys that every file has. */
    public Tenant(String name, URI baseUrl, URI supabaseUrl, Secret anonKey, Secret email, Secret password) {
        this(name, baseUrl, supabaseUrl, anonKey, new Login(email, password), Further.NOTHING);
    }

    /** The same of which more is known. */
    public Tenant with(Further more) {
        return new Tenant(name, baseUrl, supabaseUrl, anonKey, login, more);
    }
}
