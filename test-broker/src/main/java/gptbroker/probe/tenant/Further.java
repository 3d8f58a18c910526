package gptbroker.probe.tenant;

import java.net.URI;
import java.util.Optional;

/**
 * What an env file may tell beside the five keys that each has. What it does not tell is not checked.
 *
 * @param adminKey {@code ADMIN_KEY}: the operator's, if their routes are to be checked
 * @param adminUrl {@code ADMIN_URL}: where the admin API may be written to, without a trailing slash
 * @param other {@code SUPABASE_OTHER_EMAIL}, {@code SUPABASE_OTHER_PASSWORD}: a second test user
 * @param prompt {@code PROMPT}: name of a declared prompt to call, if there is one
 * @param promptInput {@code PROMPT_INPUT}: what it takes, as JSON
 */
public record Further(
        Optional<Secret> adminKey,
        Optional<URI> adminUrl,
        Optional<Login> other,
        Optional<String> prompt,
        String promptInput) {
    /** Nothing of all this. */
    public static final Further NOTHING =
            new Further(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), "{}");

    /** The same with the operator's key. */
    public Further withAdminKey(Secret key) {
        return new Further(Optional.of(key), adminUrl, other, prompt, promptInput);
    }

    /** The same with an admin API that may be written to. */
    public Further withAdminUrl(URI url) {
        return new Further(adminKey, Optional.of(url), other, prompt, promptInput);
    }

    /** The same with a second test user. */
    public Further withOther(Login login) {
        return new Further(adminKey, adminUrl, Optional.of(login), prompt, promptInput);
    }

    /** The same with a declared prompt and its input. */
    public Further withPrompt(String declared, String input) {
        return new Further(adminKey, adminUrl, other, Optional.of(declared), input);
    }
}
