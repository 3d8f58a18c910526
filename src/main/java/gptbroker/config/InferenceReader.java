package gptbroker.config;

import static gptbroker.config.Variable.ADMIN_KEY;
import static gptbroker.config.Variable.HOST;
import static gptbroker.config.Variable.INFERENCE_ROUTING;
import static gptbroker.config.Variable.INFERENCE_TOKEN;
import static gptbroker.config.Variable.INFERENCE_URL;
import static gptbroker.config.Variable.MODEL_NAME;
import static gptbroker.config.Variable.OPENAI_API_URL;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Reads both sides of the inference role: whom a gateway calls, and the configuration of who is called. */
final class InferenceReader {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final Pattern MODEL_FORM = Pattern.compile("[\\x21-\\x7e]{1,200}");
    private static final String ROUTES =
            "a JSON object of model names and addresses, as in" + " {\"gpt-4o\":\"http://gpt-4o:8000\"}";

    private final Settings settings;
    private final Consumer<String> mistakes;

    InferenceReader(Settings settings, Consumer<String> mistakes) {
        this.settings = settings;
        this.mistakes = mistakes;
    }

    /** Whom a gateway calls. */
    Inference callee() {
        return new Inference(settings.url(INFERENCE_URL, "http", "https"), routing(), settings.secret(INFERENCE_TOKEN));
    }

    /** For {@code serve --role inference}. */
    InferenceConfig read() {
        var common = new ConfigReader(settings, mistakes);
        if (settings.isSet(INFERENCE_URL) || settings.isSet(INFERENCE_ROUTING)) {
            mistakes.accept("INFERENCE_URL and INFERENCE_ROUTING are a gateway's; expected neither in this role");
        }
        if (!settings.isSet(INFERENCE_TOKEN)
                && !(settings.isSet(HOST) && Hosts.isPrivateAddress(settings.text(HOST)))) {
            mistakes.accept("INFERENCE_TOKEN is not set, and whoever reaches this process could use the key;"
                    + " expected it, or HOST as a loopback or private address");
        }
        return new InferenceConfig(
                common.tenant(),
                common.listen(),
                common.upstream(URI.create(OPENAI_API_URL.fallback())),
                settings.secret(INFERENCE_TOKEN, ConfigReader.SHORTEST_ADMIN_KEY),
                Optional.of(settings.matching(MODEL_NAME, MODEL_FORM, "a model's name"))
                        .filter(name -> !name.isEmpty()),
                settings.secret(ADMIN_KEY, ConfigReader.SHORTEST_ADMIN_KEY));
    }

    private Map<String, URI> routing() {
        var routes = new LinkedHashMap<String, URI>();
        if (!settings.isSet(INFERENCE_ROUTING)) {
            return routes;
        }
        try {
            JsonNode table = JSON.readTree(settings.text(INFERENCE_ROUTING));
            if (!table.isObject() || table.isEmpty()) {
                settings.wrong(INFERENCE_ROUTING, ROUTES);
            }
            table.properties().forEach(route -> routes.put(route.getKey(), process(route.getValue())));
        } catch (JacksonException | IllegalArgumentException e) {
            settings.wrong(INFERENCE_ROUTING, ROUTES);
            return Map.of();
        }
        return routes;
    }

    /** @throws IllegalArgumentException when it is no address of a process */
    private static URI process(JsonNode value) {
        try {
            URI address = new URI(Normal.of(INFERENCE_URL, value.asText()));
            if (("http".equals(address.getScheme()) || "https".equals(address.getScheme()))
                    && address.getHost() != null
                    && address.getRawUserInfo() == null
                    && address.getPort() <= 65_535) {
                return address;
            }
        } catch (URISyntaxException e) {
            // Told with the whole variable.
        }
        throw new IllegalArgumentException("no address");
    }
}
