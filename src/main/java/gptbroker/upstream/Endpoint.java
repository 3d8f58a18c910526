package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a call goes, read from {@code OPENAI_API_URL} (seed rows S1.3 and S1.4).
 *
 * <ul>
 *   <li>{@code https://host[/path][/v1]}: one trailing {@code /v1} and slashes are dropped, calls go to
 *       {@code <base>/v1/chat/completions}.
 *   <li>{@code https://name.openai.azure.com/openai/deployments/NAME/...?api-version=V}: calls go to
 *       {@code /openai/deployments/NAME/chat/completions?api-version=V}; a model named in the map has its own
 *       deployment, and without a deployment in the URL the model's name is one.
 *   <li>{@code https://name.openai.azure.com/openai/v1}: Azure's newer form, no deployment and no version.
 * </ul>
 */
final class Endpoint {
    private static final Pattern AZURE_HOST =
            Pattern.compile(".*\\.(openai\\.azure\\.com|cognitiveservices\\.azure\\.com)");
    private static final Pattern DEPLOYMENT = Pattern.compile("(/.*)?/openai/deployments/([^/]+)(/.*)?");
    private static final Pattern AZURE_V1 = Pattern.compile("((?:/.*)?/openai/v1)(/.*)?");
    private static final Pattern API_VERSION = Pattern.compile("(?:^|&)api-version=([^&]+)");
    private static final Pattern PLAIN_NAME = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._~-]+");
    private static final Pattern OF_A_DEPLOYMENT = Pattern.compile("(chat/)?completions|embeddings|(images|audio)/.+");
    private static final String DEPLOYMENTS = "deployments/";
    private static final String DEFAULT_API_VERSION = "2024-10-21";

    private final URI origin;
    private final Map<String, String> models;
    private final boolean azure;
    private final boolean perDeployment;
    private final String prefix;
    private final String suffix;
    private final @Nullable String deployment;

    private Endpoint(
            URI origin,
            Map<String, String> models,
            boolean azure,
            boolean perDeployment,
            String prefix,
            String suffix,
            @Nullable String deployment) {
        this.origin = origin;
        this.models = models;
        this.azure = azure;
        this.perDeployment = perDeployment;
        this.prefix = prefix;
        this.suffix = suffix;
        this.deployment = deployment;
    }

    /**
     * Reads the base URL.
     *
     * @throws IllegalArgumentException when it is no {@code http(s)} URL with a host
     */
    static Endpoint of(BrokerConfig.Upstream config) {
        URI base = config.baseUrl();
        String path = Optional.ofNullable(base.getRawPath()).orElse("");
        Matcher named = DEPLOYMENT.matcher(path);
        if (named.matches()) {
            return azure(config, Optional.ofNullable(named.group(1)).orElse(""), named.group(2));
        }
        Matcher newer = AZURE_V1.matcher(path);
        if (isAzureHost(base)) {
            return newer.matches()
                    ? new Endpoint(origin(base), config.models(), true, false, newer.group(1) + "/", query(base), null)
                    : azure(config, "", null);
        }
        String trimmed = path.replaceFirst("/+$", "").replaceFirst("/v1$", "").replaceFirst("/+$", "");
        return new Endpoint(origin(base), config.models(), false, false, trimmed + "/v1/", query(base), null);
    }

    private static Endpoint azure(BrokerConfig.Upstream config, String before, @Nullable String deployment) {
        Matcher version = API_VERSION.matcher(
                Optional.ofNullable(config.baseUrl().getRawQuery()).orElse(""));
        String suffix = "?api-version=" + (version.find() ? version.group(1) : DEFAULT_API_VERSION);
        return new Endpoint(
                origin(config.baseUrl()),
                config.models(),
                true,
                true,
                before + "/openai/" + DEPLOYMENTS,
                suffix,
                deployment);
    }

    /** Scheme, host and port. */
    URI origin() {
        return origin;
    }

    /** Whether the key goes into {@code api-key} instead of {@code Authorization}. */
    boolean isAzure() {
        return azure;
    }

    /** The provider's name of a public model. */
    String modelName(String model) {
        return models.getOrDefault(model, model);
    }

    /** Path and query of a chat completion with a public model. */
    String target(String model) {
        return target("chat/completions", "", model);
    }

    /**
     * Path and query of a call.
     *
     * @param path what stands behind {@code /v1/}, undecoded
     * @param query the caller's raw query, without question mark, may be empty
     * @param model the public model; empty when the call names none
     */
    String target(String path, String query, String model) {
        String tail = query.isEmpty() ? suffix : suffix + (suffix.isEmpty() ? "?" : "&") + query;
        if (!perDeployment) {
            return prefix + path + tail;
        }
        if (namesDeployment(path)) {
            // It would be a call of a model that nobody has taken for one: not metered, and archived without its text.
            throw Fault.of(Fault.Kind.REJECTED, "a deployment is chosen by the model's name alone")
                    .problem();
        }
        if (!OF_A_DEPLOYMENT.matcher(path).matches()) {
            // Files, batches, responses and the like belong to the resource.
            return prefix.substring(0, prefix.length() - DEPLOYMENTS.length()) + path + tail;
        }
        String mapped = models.get(model);
        String name = mapped != null ? mapped : deployment != null ? deployment : model;
        // The URL's own deployment is as the operator wrote it; a model's name must not reach out of its segment.
        if (mapped == null && deployment != null || PLAIN_NAME.matcher(name).matches()) {
            return prefix + name + "/" + path + tail;
        }
        throw Fault.of(Fault.Kind.REJECTED, "the model's name is no deployment").problem();
    }

    private static boolean namesDeployment(String path) {
        String decoded = URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        return (decoded + "/").regionMatches(true, 0, DEPLOYMENTS, 0, DEPLOYMENTS.length());
    }

    private static boolean isAzureHost(URI base) {
        return AZURE_HOST.matcher(base.getHost().toLowerCase(Locale.ROOT)).matches();
    }

    private static String query(URI base) {
        return base.getRawQuery() == null ? "" : "?" + base.getRawQuery();
    }

    private static URI origin(URI base) {
        return URI.create(base.getScheme() + "://" + base.getHost() + (base.getPort() < 0 ? "" : ":" + base.getPort()));
    }
}
