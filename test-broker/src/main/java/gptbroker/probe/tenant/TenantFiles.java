package gptbroker.probe.tenant;

import io.github.cdimascio.dotenv.Dotenv;
import io.github.cdimascio.dotenv.DotenvEntry;
import io.github.cdimascio.dotenv.DotenvException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds and reads env files. What they say counts alone: the process's environment does not override them. */
public final class TenantFiles {
    /** The tenants that are tested when none is named, in this order (S3.38, S3.48). */
    static final List<String> KNOWN = List.of("sksndev", "sksndev_prod", "techsksn", "techsksn_prod");

    private static final String OTHER_EMAIL = "SUPABASE_OTHER_EMAIL";
    private static final String OTHER_PASSWORD = "SUPABASE_OTHER_PASSWORD";

    private final Path directory;

    /** Looks for {@code .env.<name>} files in {@code directory}. */
    public TenantFiles(Path directory) {
        this.directory = directory;
    }

    /**
     * Reads the named tenants and files, or every known one that is present.
     *
     * @param namesOrPaths {@code sksndev} for {@code .env.sksndev}, or a path
     * @param files further paths
     * @throws ConfigurationError when a file is missing or lacks a key, or none is left
     */
    public List<Tenant> find(List<String> namesOrPaths, List<Path> files) {
        List<Path> found = new ArrayList<>();
        namesOrPaths.forEach(each -> found.add(locate(each)));
        files.forEach(each -> found.add(directory.resolve(each)));
        if (found.isEmpty()) {
            KNOWN.stream().map(this::named).filter(Files::isRegularFile).forEach(found::add);
        }
        if (found.isEmpty()) {
            throw new ConfigurationError("no tenant to test: name one, give --env-file, or put one of "
                    + KNOWN.stream().map(".env."::concat).collect(Collectors.joining(", ")) + " here");
        }
        return found.stream().distinct().map(TenantFiles::read).toList();
    }

    private Path named(String name) {
        return directory.resolve(".env." + name);
    }

    private Path locate(String nameOrPath) {
        if (Files.isRegularFile(named(nameOrPath))) {
            return named(nameOrPath);
        }
        Path path = directory.resolve(nameOrPath);
        if (Files.isRegularFile(path)) {
            return path;
        }
        throw new ConfigurationError(
                "no tenant '" + nameOrPath + "': there is neither .env." + nameOrPath + " nor a file of that name");
    }

    /** Reads one env file, all its mistakes at once. */
    public static Tenant read(Path file) {
        Map<String, String> values = values(file);
        List<String> mistakes = new ArrayList<>();
        URI baseUrl = url(values, "BASE_URL", mistakes);
        URI supabaseUrl = url(values, "SUPABASE_URL", mistakes);
        Secret anonKey = secret(values, "SUPABASE_ANON_KEY", mistakes);
        Secret email = secret(values, "SUPABASE_EMAIL", mistakes);
        Secret password = secret(values, "SUPABASE_PASSWORD", mistakes);
        Further further = further(values, mistakes);
        if (!mistakes.isEmpty()) {
            throw new ConfigurationError(file + ": " + String.join("; ", mistakes));
        }
        return new Tenant(name(file), baseUrl, supabaseUrl, anonKey, new Login(email, password), further);
    }

    private static Further further(Map<String, String> values, List<String> mistakes) {
        Optional<URI> adminUrl = optional(values, "ADMIN_URL").map(url -> url(values, "ADMIN_URL", mistakes));
        Optional<Login> other = Optional.empty();
        if (optional(values, OTHER_EMAIL).isPresent()
                || optional(values, OTHER_PASSWORD).isPresent()) {
            other = Optional.of(
                    new Login(secret(values, OTHER_EMAIL, mistakes), secret(values, OTHER_PASSWORD, mistakes)));
        }
        return new Further(
                optional(values, "ADMIN_KEY").map(Secret::new),
                adminUrl,
                other,
                optional(values, "PROMPT"),
                optional(values, "PROMPT_INPUT").orElse("{}"));
    }

    private static Optional<String> optional(Map<String, String> values, String key) {
        return Optional.of(values.getOrDefault(key, "").strip()).filter(value -> !value.isEmpty());
    }

    private static Map<String, String> values(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ConfigurationError("no such env file: " + file);
        }
        Path absolute = file.toAbsolutePath();
        try {
            return Dotenv.configure()
                    .directory(absolute.getParent().toString())
                    .filename(absolute.getFileName().toString())
                    .load()
                    .entries(Dotenv.Filter.DECLARED_IN_ENV_FILE)
                    .stream()
                    .collect(Collectors.toMap(DotenvEntry::getKey, DotenvEntry::getValue, (first, last) -> last));
        } catch (DotenvException malformed) {
            // Its message quotes the line, which may be a password.
            throw new ConfigurationError(file + ": a line is not KEY=VALUE");
        }
    }

    private static String required(Map<String, String> values, String key, List<String> mistakes) {
        String value = values.getOrDefault(key, "").strip();
        if (value.isEmpty()) {
            mistakes.add(key + " is missing");
        }
        return value;
    }

    private static Secret secret(Map<String, String> values, String key, List<String> mistakes) {
        return new Secret(required(values, key, mistakes));
    }

    private static URI url(Map<String, String> values, String key, List<String> mistakes) {
        String value = required(values, key, mistakes);
        if (value.isEmpty()) {
            return URI.create("");
        }
        try {
            return baseUrl(value);
        } catch (ConfigurationError wrong) {
            mistakes.add(key + " is not an http(s) URL");
            return URI.create("");
        }
    }

    /**
     * A base URL without its trailing slashes.
     *
     * @throws ConfigurationError when it is not an absolute http or https URL without query
     */
    public static URI baseUrl(String value) {
        try {
            URI url = URI.create(value.replaceFirst("/+$", ""));
            boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
            if (http && url.getHost() != null && url.getQuery() == null && url.getUserInfo() == null) {
                return url;
            }
        } catch (IllegalArgumentException notAUrl) {
            // Falls through: the same mistake.
        }
        // The value is not quoted: it may hold a password.
        throw new ConfigurationError("not an http(s) URL without user and query");
    }

    private static String name(Path file) {
        String name = file.getFileName().toString();
        if (name.startsWith(".env.")) {
            return name.substring(".env.".length());
        }
        return name.endsWith(".env") ? name.substring(0, name.length() - ".env".length()) : name;
    }
}
