package gptbroker.config;

import io.github.cdimascio.dotenv.Dotenv;
import io.github.cdimascio.dotenv.DotenvEntry;
import io.github.cdimascio.dotenv.DotenvException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The {@code .env} of a folder. dotenv-java drops what follows an open quote, cuts a value at {@code #} and quotes
 * whole lines in its exceptions; each of these is reported here by line number alone.
 */
final class DotenvFile {
    private static final Pattern ENTRY = Pattern.compile("\\s*([\\w.\\-]+)\\s*=(.*)");
    private static final Pattern CUT = Pattern.compile("\\s*[^\"'\\s#][^#]*[^\\s#]#.*");
    private static final String NAME = ".env";

    private DotenvFile() {}

    /**
     * Reads the file; a folder without one gives nothing.
     *
     * @param mistakes told of every line that cannot be read, without its content
     */
    static Map<String, String> read(Path directory, Consumer<String> mistakes) {
        var file = directory.resolve(NAME);
        if (Files.notExists(file)) {
            return Map.of();
        }
        if (Files.isDirectory(file)) {
            mistakes.accept(
                    ".env is a folder; expected a file (Docker makes a folder when the file to mount is missing)");
            return Map.of();
        }
        try {
            var lines = Files.readAllLines(file);
            var entries = parse(directory, lines, mistakes);
            report(lines, entries, mistakes);
            return entries;
        } catch (CharacterCodingException e) {
            mistakes.accept(".env is not UTF-8; expected UTF-8 text");
        } catch (IOException e) {
            mistakes.accept(".env cannot be read; expected a file that this user may read");
        }
        return Map.of();
    }

    private static Map<String, String> parse(Path directory, List<String> lines, Consumer<String> mistakes) {
        try {
            return Dotenv.configure()
                    // Absolute: for the empty path, the working directory, dotenv-java would look in the root.
                    .directory(directory.toAbsolutePath().toString())
                    .load()
                    .entries(Dotenv.Filter.DECLARED_IN_ENV_FILE)
                    .stream()
                    .collect(Collectors.toMap(DotenvEntry::getKey, entry -> unquote(entry.getValue())));
        } catch (DotenvException e) {
            mistakes.accept(".env line " + malformed(lines)
                    + " is not NAME=value; expected NAME=value, a comment or an empty line (no `export`)");
            return Map.of();
        }
    }

    private static String unquote(String value) {
        boolean quoted = value.length() > 1 && value.startsWith("'") && value.endsWith("'");
        return quoted ? value.substring(1, value.length() - 1) : value;
    }

    private static int malformed(List<String> lines) {
        int i = 0;
        while (i < lines.size()
                && (isSkipped(lines.get(i)) || ENTRY.matcher(lines.get(i)).matches())) {
            i++;
        }
        return Math.min(i + 1, lines.size());
    }

    private static boolean isSkipped(String line) {
        return line.isBlank() || line.strip().startsWith("#");
    }

    private static void report(List<String> lines, Map<String, String> entries, Consumer<String> mistakes) {
        for (int i = 0; i < lines.size() && !entries.isEmpty(); i++) {
            var entry = ENTRY.matcher(lines.get(i));
            if (!entry.matches() || !Names.isKnown(entry.group(1))) {
                continue;
            }
            var where = ".env line " + (i + 1) + ": " + entry.group(1);
            if (!entries.containsKey(entry.group(1))) {
                mistakes.accept(where + " is lost in a quote that is not closed; expected NAME=\"value\"");
            } else if (CUT.matcher(entry.group(2)).matches()) {
                mistakes.accept(where + " is cut at its #; expected quotes around a value with #");
            }
        }
    }
}
