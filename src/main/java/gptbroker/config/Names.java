package gptbroker.config;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Which names exist, and which one a misspelt name was meant to be. */
final class Names {
    static final String FILE = "_FILE";
    private static final String PREFIX = "BROKER_";

    /** What Kubernetes and Docker links add for a service that is itself called "broker": not the operator's doing. */
    private static final Pattern SERVICE_LINK =
            Pattern.compile("BROKER(_SERVICE_HOST|_SERVICE_PORT(_\\w+)?|_PORT(_\\d+_(TCP|UDP)(_\\w+)?)?)");

    private static final List<String> ALL =
            Stream.of(Variable.values()).flatMap(v -> v.names().stream()).toList();

    private Names() {}

    /** Whether a name is ours by its prefix, and yet nothing that we know. */
    static boolean isUnknownOfOurs(String name) {
        return name.startsWith(PREFIX) && !SERVICE_LINK.matcher(name).matches() && !isKnown(name);
    }

    /** Whether a name is a variable, an alias, or one of these with {@code _FILE}. */
    static boolean isKnown(String name) {
        return ALL.contains(name) || name.endsWith(FILE) && ALL.contains(cut(name));
    }

    /** The known name that is nearest to a misspelt one, if any is near. */
    static Optional<String> nearest(String name) {
        var bare = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
        var stem = bare.endsWith(FILE) ? cut(bare) : bare;
        return ALL.stream()
                .filter(known -> distance(known, stem) <= Math.max(1, stem.length() / 4))
                .min(Comparator.comparingInt(known -> distance(known, stem)))
                .map(known -> bare.endsWith(FILE) ? known + FILE : known);
    }

    private static String cut(String name) {
        return name.substring(0, name.length() - FILE.length());
    }

    /** Levenshtein's distance, row by row. */
    private static int distance(String a, String b) {
        var row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
