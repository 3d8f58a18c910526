package gptbroker.models;

import gptbroker.config.ConfigException;
import gptbroker.yaml.Fields;
import gptbroker.yaml.Mistakes;
import gptbroker.yaml.YamlFile;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads a file of models. */
final class ModelsReader {
    private static final Set<String> FILE = Set.of("models", "source");
    private static final Set<String> MODEL = Set.of("name", "provider", "chat_name", "dialects", "prices");
    private static final Set<String> PRICE = Set.of("from", "input", "cached", "output");
    private static final Pattern NAME = Pattern.compile("[!-~]{1,128}");
    private static final Pattern DATE = Pattern.compile("20\\d\\d-\\d\\d-\\d\\d");
    private static final Pattern ANY = Pattern.compile(".*", Pattern.DOTALL);

    private final Map<String, Model> known;
    private final Mistakes mistakes;

    /**
     * @param file what the mistakes call it
     * @param known whose prices an alias may take over
     */
    ModelsReader(String file, Map<String, Model> known) {
        this.known = known;
        this.mistakes = new Mistakes(file);
    }

    /** @throws ConfigException with every mistake and its line */
    Map<String, Model> read(byte[] content) {
        var models = new HashMap<String, Model>();
        var inChats = new HashSet<String>();
        YamlFile.compose(content, "a list under 'models'", mistakes).ifPresent(root -> {
            Fields file = Fields.of(root, "the file", FILE, mistakes);
            file.matching(file.get("source"), "source", ANY, "text");
            file.required("models");
            for (Node item : file.list("models")) {
                Model model = model(item);
                if (!model.name().isEmpty() && models.putIfAbsent(model.name(), model) != null) {
                    mistakes.add(item, "the name '" + model.name() + "' is taken by another model");
                } else if (!model.name().isEmpty() && model.isInChats() && !inChats.add(model.nameInChats())) {
                    mistakes.add(item, "the name '" + model.nameInChats() + "' in chats is taken by another model");
                }
            }
        });
        if (!mistakes.isEmpty()) {
            throw mistakes.told();
        }
        models.replaceAll((name, model) -> withProvidersPrices(model, models));
        return models;
    }

    private Model model(Node node) {
        Fields fields = Fields.of(node, "a model", MODEL, mistakes);
        String name = fields.matching(fields.required("name"), "name", NAME, "a model's name without spaces")
                .orElse("");
        Optional<String> provider =
                fields.matching(fields.get("provider"), "provider", NAME, "the provider's name for it, without spaces");
        Optional<Model> replaced = Optional.ofNullable(known.get(name));
        Optional<String> chatName = fields.matching(
                        fields.get("chat_name"), "chat_name", NAME, "the name in chats, without spaces")
                .or(() -> replaced.flatMap(Model::chatName));
        return new Model(name, provider, chatName, surfaces(fields, replaced), prices(fields));
    }

    /** A built-in model that gets other prices stays where it was. */
    private Set<Surface> surfaces(Fields fields, Optional<Model> replaced) {
        var surfaces = EnumSet.noneOf(Surface.class);
        if (fields.get("dialects").isEmpty()) {
            return replaced.map(Model::surfaces).orElseGet(() -> EnumSet.allOf(Surface.class));
        }
        for (Node item : fields.list("dialects")) {
            Optional<Surface> surface = Fields.text(item)
                    .flatMap(text -> Stream.of(Surface.values())
                            .filter(it -> it.name().toLowerCase(Locale.ROOT).equals(text))
                            .findFirst());
            surface.ifPresentOrElse(
                    surfaces::add, () -> mistakes.add(item, "no dialect; expected one of " + surfaceNames()));
        }
        return surfaces;
    }

    private static String surfaceNames() {
        return Stream.of(Surface.values())
                .map(it -> it.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    private List<Price> prices(Fields fields) {
        var prices = new ArrayList<Price>();
        var days = new HashSet<LocalDate>();
        for (Node item : fields.list("prices")) {
            price(item).ifPresent(price -> {
                if (days.add(price.from())) {
                    prices.add(price);
                } else {
                    mistakes.add(item, "two prices from " + price.from());
                }
            });
        }
        return prices;
    }

    /** Embeddings have no output, and not every provider has a discount for what it finds in its cache. */
    private Optional<Price> price(Node node) {
        Fields fields = Fields.of(node, "a price", PRICE, mistakes);
        Optional<LocalDate> from = day(fields);
        fields.required("input");
        Optional<BigDecimal> input = fields.amount("input");
        Optional<BigDecimal> cached = fields.amount("cached").or(() -> input);
        BigDecimal output = fields.amount("output").orElse(BigDecimal.ZERO);
        return from.flatMap(day -> input.map(amount -> Price.of(day, amount, cached.orElseThrow(), output)));
    }

    private Optional<LocalDate> day(Fields fields) {
        Optional<Node> field = fields.required("from");
        String expected = "a day like 2026-11-01";
        return fields.matching(field, "from", DATE, expected).flatMap(text -> {
            try {
                return Optional.of(LocalDate.parse(text));
            } catch (DateTimeException noDay) {
                mistakes.add(field.orElseThrow(), "'from' is wrong; expected " + expected);
                return Optional.empty();
            }
        });
    }

    /** Another name for a model does not make it another price. */
    private Model withProvidersPrices(Model model, Map<String, Model> own) {
        if (!model.prices().isEmpty() || model.provider().isEmpty()) {
            return model;
        }
        String provider = model.provider().get();
        Model original = own.getOrDefault(provider, known.get(provider));
        return original == null
                ? model
                : new Model(model.name(), model.provider(), model.chatName(), model.surfaces(), original.prices());
    }
}
