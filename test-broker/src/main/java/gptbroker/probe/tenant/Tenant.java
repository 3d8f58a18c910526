package gptbroker.probe.tenant;

import java.net.URI;
import java.util.Optional;

/**
 * One broker and the credentials of a test user of its Supabase project (S3.38).
 *
 * @param name how the report calls it
 * @param baseUrl {@code BASE_URL}, without a trailing slash
 * @param supabaseUrl {@code SUPABASE_URL}, without a trailing slash
 * @param anonKey {@code SUPABASE_ANON_KEY}: the project's public key; must not do as a user's token
 * @param email {@code SUPABASE_EMAIL}
 * @param password {@code SUPABASE_PASSWORD}
 * @param adminKey {@code ADMIN_KEY}: the operator's, if their routes are to be checked
 * @param prompt {@code PROMPT}: name of a declared prompt to call, if there is one
 * @param promptInput {@code PROMPT_INPUT}: what it takes, as JSON
 */
public record Tenant(
        String name,
        URI baseUrl,
        URI supabaseUrl,
        Secret anonKey,
        Secret email,
        Secret password,
        Optional<Secret> adminKey,
        Optional<String> prompt,
        String promptInput) {
    /** One of which no more is known than the five keys that every file has. */
    public Tenant(String name, URI baseUrl, URI supabaseUrl, Secret anonKey, Secret email, Secret password) {
        this(name, baseUrl, supabaseUrl, anonKey, email, password, Optional.empty(), Optional.empty(), "{}");
    }

    /** The same with the operator's key. */
    public Tenant withAdminKey(Secret key) {
        return new Tenant(name, baseUrl, supabaseUrl, anonKey, email, password, Optional.of(key), prompt, promptInput);
    }

    /** The same with a declared prompt and its input. */
    public Tenant withPrompt(String declared, String input) {
        return new Tenant(name, baseUrl, supabaseUrl, anonKey, email, password, adminKey, Optional.of(declared), input);
    }
}
