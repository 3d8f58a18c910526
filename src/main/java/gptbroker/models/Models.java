package gptbroker.models;

import gptbroker.config.ConfigException;
import gptbroker.yaml.YamlFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The registry of models: the built-in ones with their list prices, and over them those of {@code MODELS_FILE}, where an
 * entry replaces the built-in one of its name. {@code docs/models.md} describes the file. Immutable, thread-safe.
 */
public final class Models {
    private static final String VARIABLE = "MODELS_FILE";
    private static final String BUILT_IN = "models.yaml";
    /** {@code gpt-4o-2024-08-06} is priced as {@code gpt-4o} unless it is listed itself. */
    private static final Pattern SNAPSHOT = Pattern.compile("-20\\d\\d-\\d\\d-\\d\\d$");

    private static final Map<String, Model> STANDARD =
            new ModelsReader("the built-in models", Map.of()).read(builtIn());

    private final Map<String, Model> models;

    private Models(Map<String, Model> models) {
        this.models = Map.copyOf(models);
    }

    /** The built-in models alone. */
    public static Models standard() {
        return new Models(STANDARD);
    }

    /**
     * With the tenant's own.
     *
     * @throws ConfigException with every mistake and its line
     */
    public static Models read(Optional<Path> file) {
        return file.map(path -> parse(YamlFile.bytes(path, VARIABLE))).orElseGet(Models::standard);
    }

    /** @throws ConfigException with every mistake and its line */
    static Models parse(byte[] content) {
        return new Models(over(STANDARD, new ModelsReader(VARIABLE, STANDARD).read(content)));
    }

    /**
     * With the further names of {@code MODEL_MAP}: one that is not listed itself costs what the model costs that it stands
     * for.
     */
    public Models withAliases(Map<String, String> providerNames) {
        var aliases = new HashMap<String, Model>();
        providerNames.forEach((name, provider) -> find(provider)
                .filter(model -> !models.containsKey(name))
                .ifPresent(model -> aliases.put(
                        name,
                        new Model(name, Optional.of(provider), Optional.empty(), model.surfaces(), model.prices()))));
        return new Models(over(models, aliases));
    }

    /** A name in chats goes to the later one, too. */
    private static Map<String, Model> over(Map<String, Model> earlier, Map<String, Model> later) {
        Set<String> taken = later.values().stream()
                .filter(Model::isInChats)
                .map(Model::nameInChats)
                .collect(Collectors.toSet());
        var all = new HashMap<>(earlier);
        all.replaceAll((name, model) -> taken.contains(model.nameInChats()) ? model.outsideChats() : model);
        all.putAll(later);
        return all;
    }

    private static byte[] builtIn() {
        try (InputStream file = Models.class.getResourceAsStream(BUILT_IN)) {
            if (file == null) {
                throw new IllegalStateException(BUILT_IN + " is missing");
            }
            return file.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The model of this name, or the one that it is a dated snapshot of. */
    public Optional<Model> find(String name) {
        Model model = models.get(name);
        if (model == null && name.length() > 11 && SNAPSHOT.matcher(name).find()) {
            model = models.get(name.substring(0, name.length() - 11));
        }
        return Optional.ofNullable(model);
    }

    /** All names; a closed set that a metric may show. */
    public Set<String> names() {
        return models.keySet();
    }

    /** All models, by name. */
    public Map<String, Model> all() {
        return models;
    }

    /** The models that a dialect of chats offers: what its clients call them, and their own names. */
    public Map<String, String> inChats(Surface surface) {
        return models.values().stream()
                .filter(model -> model.isAllowed(surface))
                .collect(Collectors.toUnmodifiableMap(Model::nameInChats, Model::name));
    }

    /** What the provider calls those that have another name with us. */
    public Map<String, String> providerNames() {
        return models.values().stream()
                .filter(model -> model.provider().isPresent())
                .collect(Collectors.toMap(Model::name, model -> model.provider().orElseThrow()));
    }

    /** The dearest price in force, by its answers; empty when none is known. */
    public Optional<Price> dearest(Instant at) {
        return models.values().stream()
                .flatMap(model -> model.price(at).stream())
                .max(Comparator.comparingLong(Price::output).thenComparingLong(Price::input));
    }
}
