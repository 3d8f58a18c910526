package gptbroker.config;

import static gptbroker.config.Variable.ACCESS;
import static gptbroker.config.Variable.CACHE_REDIS_URL;
import static gptbroker.config.Variable.ID_WHITE_LIST;
import static gptbroker.config.Variable.INFERENCE_URL;
import static gptbroker.config.Variable.ON_REDIS_DOWN;
import static gptbroker.config.Variable.OPENAI_API_URL;
import static gptbroker.config.Variable.REDIS_URL;
import static gptbroker.config.Variable.SUPABASE_JWKS_URL;
import static gptbroker.config.Variable.SUPABASE_URL;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Settings that are allowed and rarely meant. Only for a configuration without mistakes. */
final class Warnings {
    private Warnings() {}

    static List<String> of(Settings settings, Set<String> fileNames) {
        var warnings = new ArrayList<String>();
        for (var variable : List.of(SUPABASE_URL, SUPABASE_JWKS_URL, OPENAI_API_URL, INFERENCE_URL)) {
            settings.url(variable, "https", "http")
                    .filter(Hosts::isPlainAndPublic)
                    .ifPresent(url ->
                            warnings.add(settings.nameOf(variable) + " is plain http to a public host; use https"));
        }
        if (settings.text(ACCESS).equalsIgnoreCase("allowlist")
                && settings.text(ID_WHITE_LIST).matches("\\[\\s*]")) {
            warnings.add(
                    "ACCESS is allowlist and ID_WHITE_LIST is empty: nobody may call until the operator lists users");
        }
        if (settings.text(ON_REDIS_DOWN).equalsIgnoreCase("open")) {
            warnings.add("ON_REDIS_DOWN is open: while Redis is away nothing is limited");
        }
        if (settings.isSet(CACHE_REDIS_URL) && settings.text(CACHE_REDIS_URL).equals(settings.text(REDIS_URL))) {
            warnings.add(
                    "CACHE_REDIS_URL is REDIS_URL: answers would take the room of counters that must not be evicted");
        }
        misspelt(fileNames, warnings);
        return List.copyOf(warnings);
    }

    /** Credentials that a process of this role has no use for, and so had better not hold. */
    static List<String> needless(Settings settings, Role role) {
        return Stream.of(Variable.values())
                .filter(variable -> variable.secret() && settings.isSet(variable) && !role.reads(variable))
                .map(variable -> settings.nameOf(variable) + " is set and not read in the role " + role.word()
                        + "; better leave it out")
                .toList();
    }

    /** A name in {@code .env} that is nearly one of ours; others there may be somebody else's. */
    private static void misspelt(Set<String> fileNames, List<String> warnings) {
        for (var name : fileNames) {
            if (!Names.isKnown(name)) {
                Names.nearest(name)
                        .ifPresent(near ->
                                warnings.add(".env sets " + name + ", which is not read; did you mean " + near + "?"));
            }
        }
    }
}
