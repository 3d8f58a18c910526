package gptbroker.probe.tenant;

import java.net.URI;

/**
 * One broker and the credentials of a test user of its Supabase project (S3.38).
 *
 * @param name how the report calls it
 * @param baseUrl {@code BASE_URL}, without a trailing slash
 * @param supabaseUrl {@code SUPABASE_URL}, without a trailing slash
 * @param anonKey {@code SUPABASE_ANON_KEY}: the project's public key; must not do as a user's token
 * @param email {@code SUPABASE_EMAIL}
 * @param password {@code SUPABASE_PASSWORD}
 */
public record Tenant(String name, URI baseUrl, URI supabaseUrl, Secret anonKey, Secret email, Secret password) {}
