package gptbroker.config;

import static gptbroker.config.Variable.INFERENCE_ROUTING;
import static gptbroker.config.Variable.INFERENCE_URL;
import static gptbroker.config.Variable.OPENAI_API_KEY;
import static gptbroker.config.Variable.OPENAI_API_URL;
import static gptbroker.config.Variable.SUPABASE_URL;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The environment and {@code ./.env} (the real environment wins), read into {@link BrokerConfig}. Every mistake is
 * found before any is reported. An empty value is as good as none. Not thread-safe; used once, at start.
 */
public final class Env {
    private final Map<String, String> environment;
    private final Path directory;
    private final SequencedSet<String> mistakes = new LinkedHashSet<>();
    private final Map<Variable, Source> values;
    private final Set<String> fileNames;
    private final Settings settings;

    /** The environment of this process, and {@code .env} of its working directory. */
    public static Env ofProcess() {
        return new Env(System.getenv(), Path.of(""));
    }

    /**
     * Any environment, for tests and tools.
     *
     * @param directory holds {@code .env}, if there is one; relative {@code *_FILE} paths start there
     */
    public Env(Map<String, String> environment, Path directory) {
        this.environment = Map.copyOf(environment);
        this.directory = directory;
        var sources = new Sources(environment, directory, mistakes::add);
        this.values = sources.resolve();
        this.fileNames = sources.fileNames();
        this.settings = new Settings(values, mistakes::add);
    }

    /** The same environment, with values for those of these variables that nobody has set. */
    public Env withDefaults(Map<String, String> variables) {
        var both = new HashMap<>(environment);
        variables.forEach((name, value) -> {
            if (!settings.isSet(Variable.valueOf(name))) {
                both.put(name, value);
            }
        });
        return new Env(both, directory);
    }

    /**
     * For {@code serve}.
     *
     * @throws ConfigException with every mistake, a missing required variable among them
     */
    public BrokerConfig serve() {
        var config = new ConfigReader(settings, mistakes::add).read();
        if (!settings.isSet(SUPABASE_URL)) {
            mistakes.addFirst("SUPABASE_URL is not set; expected the project's address, https://<ref>.supabase.co");
        }
        if (config.upstream().inference().isUsed()) {
            requireNoKey();
        } else {
            requireKey(config.upstream());
        }
        return checked(config);
    }

    /**
     * For {@code serve --role inference}; {@link #inRole} comes before.
     *
     * @throws ConfigException with every mistake
     */
    public InferenceConfig inference() {
        var config = new InferenceReader(settings, mistakes::add).read();
        requireKey(config.upstream());
        return checked(config);
    }

    /** The same environment with a role's own defaults. */
    public Env inRole(Role role) {
        return withDefaults(role.defaults());
    }

    private void requireKey(BrokerConfig.Upstream upstream) {
        if (!settings.isSet(OPENAI_API_KEY) && Hosts.needsKey(upstream.baseUrl())) {
            mistakes.addFirst("OPENAI_API_KEY is not set; expected the provider's key");
        }
    }

    /** A key that lies about where nobody needs it is what the other process is there to prevent. */
    private void requireNoKey() {
        if (settings.isSet(OPENAI_API_KEY)) {
            mistakes.addFirst(settings.nameOf(OPENAI_API_KEY)
                    + " is set beside INFERENCE_URL or INFERENCE_ROUTING; expected it in the inference process alone");
        }
    }

    /**
     * For {@code dev}: nothing is required; what is not set is the stand-in's address.
     *
     * @throws ConfigException with every mistake
     */
    public BrokerConfig dev() {
        return checked(new ConfigReader(settings, mistakes::add).readWithStandIns());
    }

    /** The file of the tenant's own prompts; known even when other variables have mistakes. */
    public Optional<Path> promptsFile() {
        return ConfigReader.promptsFile(settings);
    }

    /** The file of the tenant's own models; known even when other variables have mistakes. */
    public Optional<Path> modelsFile() {
        return SpendingReader.modelsFile(settings);
    }

    /** Whether {@code dev} is to start its own Supabase issuer. */
    public boolean wantsDevIssuer() {
        return !settings.isSet(SUPABASE_URL);
    }

    /** Whether {@code dev} is to start its own model. */
    public boolean wantsDevModel() {
        return Stream.of(OPENAI_API_KEY, OPENAI_API_URL, INFERENCE_URL, INFERENCE_ROUTING)
                .noneMatch(settings::isSet);
    }

    /** The operator's key alone, for whoever asks a broker that runs elsewhere; mistakes of other variables do not matter. */
    public Optional<Secret> adminKey() {
        return settings.secret(Variable.ADMIN_KEY);
    }

    /** What is allowed, and yet rarely meant; one line each, no secrets. */
    public List<String> warnings() {
        return Warnings.of(settings, fileNames);
    }

    /** Credentials that a role has no use for; one line each, no secrets. */
    public List<String> warnings(Role role) {
        return Warnings.needless(settings, role);
    }

    /** Every variable with its effective value and the name it was set by; secrets as {@code ***}. */
    public String describe() {
        return describe(Role.GATEWAY);
    }

    /** The variables of a role with their effective values, as {@link #describe()}. */
    public String describe(Role role) {
        return Listing.effective(values, role);
    }

    /** The text of {@code env/example.env}: every variable with its meaning and default. */
    public static String example() {
        return Listing.example();
    }

    private <T> T checked(T config) {
        if (!mistakes.isEmpty()) {
            throw new ConfigException(List.copyOf(mistakes));
        }
        return config;
    }
}
