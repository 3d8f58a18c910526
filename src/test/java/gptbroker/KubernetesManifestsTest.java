package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import gptbroker.config.Env;
import gptbroker.config.InferenceConfig;
import gptbroker.config.Role;
import gptbroker.config.Secret;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The manifests of {@code deploy/k8s} against the models that Kubernetes' own OpenAPI document generates: a field that
 * it does not know, lacks or has another type is an error. And what they configure, read as the broker reads it.
 */
class KubernetesManifestsTest {
    private static final Path FOLDER = Path.of("deploy/k8s");
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Map<String, Class<?>> KINDS = Map.of(
            "v1 Namespace", V1Namespace.class,
            "v1 ConfigMap", V1ConfigMap.class,
            "v1 PersistentVolumeClaim", V1PersistentVolumeClaim.class,
            "v1 Service", V1Service.class,
            "apps/v1 Deployment", V1Deployment.class,
            "autoscaling/v2 HorizontalPodAutoscaler", V2HorizontalPodAutoscaler.class,
            "policy/v1 PodDisruptionBudget", V1PodDisruptionBudget.class,
            "networking.k8s.io/v1 NetworkPolicy", V1NetworkPolicy.class,
            "networking.k8s.io/v1 Ingress", V1Ingress.class);

    private static List<JsonNode> objects(Path file) {
        var objects = new ArrayList<JsonNode>();
        try {
            var settings = LoadSettings.builder().setAllowDuplicateKeys(false).build();
            new Load(settings)
                    .loadAllFromString(Files.readString(file))
                    .forEach(one -> objects.add(MAPPER.valueToTree(one)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return objects;
    }

    private static List<Path> files() {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<JsonNode> all() {
        return files().stream().flatMap(file -> objects(file).stream()).toList();
    }

    private static JsonNode the(String kind, String name) {
        return all().stream()
                .filter(object -> object.path("kind").asText().equals(kind)
                        && object.at("/metadata/name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind + " " + name));
    }

    /** Unknown and missing fields by the generated checks; other types by what comes back out of the model. */
    private static void check(JsonNode object) throws Exception {
        Class<?> model = KINDS.get(
                object.path("apiVersion").asText() + " " + object.path("kind").asText());
        assertThat(model).as(object.path("kind").asText()).isNotNull();
        JsonElement json = JsonParser.parseString(object.toString());
        try {
            model.getMethod("validateJsonElement", JsonElement.class).invoke(null, json);
        } catch (java.lang.reflect.InvocationTargetException wrong) {
            throw (Exception) wrong.getCause();
        }
        JsonElement back = JsonParser.parseString(JSON.serialize(JSON.deserialize(object.toString(), model)));
        assertThat(withoutEmpty(back)).isEqualTo(withoutEmpty(json));
    }

    /** The models fill in empty lists and maps. */
    private static JsonElement withoutEmpty(JsonElement json) {
        if (json.isJsonObject()) {
            var kept = new JsonObject();
            json.getAsJsonObject().entrySet().forEach(field -> {
                JsonElement value = withoutEmpty(field.getValue());
                boolean empty = value.isJsonObject() && value.getAsJsonObject().isEmpty()
                        || value.isJsonArray() && value.getAsJsonArray().isEmpty();
                if (!empty) {
                    kept.add(field.getKey(), value);
                }
            });
            return kept;
        }
        if (json.isJsonArray()) {
            var kept = new JsonArray();
            json.getAsJsonArray().forEach(item -> kept.add(withoutEmpty(item)));
            return kept;
        }
        return json;
    }

    @TestFactory
    Stream<DynamicTest> everyObjectIsStrictlyValid() {
        return files().stream()
                .flatMap(file -> objects(file).stream()
                        .map(object -> DynamicTest.dynamicTest(
                                file.getFileName() + " " + object.path("kind").asText(), () -> check(object))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            replicas: 1                      | replica: 1
            replicas: 1                      | replicas: "1"
            runAsNonRoot: true               | runAsNonroot: true
            periodSeconds: 20                | periodSecond: 20
            containerPort: 5432              | containerPort: many
            matchLabels: {app: postgres}     | matchLabel: {app: postgres}
            claimName: postgres-pvc          | claim: postgres-pvc
            """)
    void theCheckFindsMistakes(String right, String wrong) throws Exception {
        Path file = FOLDER.resolve("postgres-deployment.yaml");
        String text = Files.readString(file);
        assertThat(text).contains(right);
        Path broken = Files.writeString(
                Files.createTempFile("broken", ".yaml"),
                text.replaceFirst(java.util.regex.Pattern.quote(right), wrong));
        assertThatThrownBy(() -> {
                    for (JsonNode object : objects(broken)) {
                        check(object);
                    }
                })
                .isNotNull();
    }

    @Test
    void theOriginalsNamesAreThere() {
        for (String name : List.of("postgres", "redis", "gateway-service", "gpt-4-mini", "gpt-4o")) {
            the("Deployment", name);
            the("Service", name);
        }
        the("PersistentVolumeClaim", "postgres-pvc");
        assertThat(the("Service", "gateway-service").at("/spec/ports/0/port").asInt())
                .isEqualTo(8001);
        assertThat(the("Service", "gpt-4-mini").at("/spec/ports/0/port").asInt())
                .isEqualTo(8000);
    }

    @Test
    void everyPodIsProbedBoundedAndHardened() {
        for (JsonNode object : all()) {
            if (!object.path("kind").asText().equals("Deployment")) {
                continue;
            }
            JsonNode pod = object.at("/spec/template/spec");
            assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
            assertThat(pod.at("/automountServiceAccountToken").asBoolean(true)).isFalse();
            for (JsonNode container : pod.path("containers")) {
                assertThat(container.path("securityContext").toString())
                        .isEqualTo("{\"allowPrivilegeEscalation\":false,\"readOnlyRootFilesystem\":true,"
                                + "\"capabilities\":{\"drop\":[\"ALL\"]}}");
                for (String wanted : List.of("startupProbe", "readinessProbe", "livenessProbe")) {
                    assertThat(container.has(wanted)).as(wanted).isTrue();
                }
                assertThat(container.at("/resources/requests/cpu").asText()).isNotEmpty();
                assertThat(container.at("/resources/limits/memory").asText()).isNotEmpty();
            }
        }
    }

    @Test
    void labelsAndReferencesMeet() {
        for (JsonNode object : all()) {
            JsonNode selector = object.at("/spec/selector/matchLabels");
            if (object.path("kind").asText().equals("Deployment")) {
                JsonNode labels = object.at("/spec/template/metadata/labels");
                selector.properties()
                        .forEach(
                                label -> assertThat(labels.path(label.getKey())).isEqualTo(label.getValue()));
            } else if (object.path("kind").asText().equals("Service")) {
                the("Deployment", object.at("/spec/selector/app").asText());
            } else if (selector.has("app")) {
                the("Deployment", selector.path("app").asText());
            }
        }
        assertThat(the("HorizontalPodAutoscaler", "gateway-service")
                        .at("/spec/scaleTargetRef/name")
                        .asText())
                .isEqualTo("gateway-service");
    }

    @Test
    void secretsStandInNoFile() {
        for (JsonNode object : all()) {
            assertThat(object.path("kind").asText()).isNotEqualTo("Secret");
            for (JsonNode container : object.at("/spec/template/spec/containers")) {
                for (JsonNode variable : container.path("env")) {
                    String name = variable.path("name").asText();
                    if (name.matches(".*(KEY|TOKEN|PASSWORD|AUTH|_URL)")) {
                        assertThat(variable.at("/valueFrom/secretKeyRef/key").asText())
                                .as(name)
                                .isNotEmpty();
                    }
                }
            }
        }
    }

    /** What a pod's broker would find in its environment; secrets are stood in for. */
    private static Map<String, String> environment(String deployment) {
        Map<String, String> secrets = Map.of(
                "ADMIN_KEY", "0123456789abcdef01234567",
                "INFERENCE_TOKEN", "0123456789abcdef01234567",
                "OPENAI_API_KEY", "sk-1",
                "REDIS_URL", "redis://:word@redis:6379",
                "DATABASE_URL", "postgresql://gateway:word@postgres:5432/gateway");
        var environment = new HashMap<String, String>();
        JsonNode container = the("Deployment", deployment).at("/spec/template/spec/containers/0");
        container
                .path("envFrom")
                .forEach(from -> the("ConfigMap", from.at("/configMapRef/name").asText())
                        .path("data")
                        .properties()
                        .forEach(entry ->
                                environment.put(entry.getKey(), entry.getValue().asText())));
        container.path("env").forEach(variable -> {
            String name = variable.path("name").asText();
            environment.put(name, variable.has("value") ? variable.path("value").asText() : secrets.get(name));
        });
        return environment;
    }

    @Test
    void theBrokerUnderstandsItsPods(@TempDir Path empty) {
        var gateway = new Env(environment("gateway-service"), empty);
        var config = gateway.serve();
        assertThat(config.listen().port()).isEqualTo(8001);
        assertThat(config.upstream().apiKey()).isEmpty();
        assertThat(config.upstream().inference().token()).contains(new Secret("0123456789abcdef01234567"));
        assertThat(gateway.warnings()).isEmpty();
        config.upstream().inference().routing().forEach((model, url) -> {
            Env env = new Env(environment(url.getHost()), empty).inRole(Role.INFERENCE);
            InferenceConfig holder = env.inference();
            assertThat(holder.model()).isEqualTo(Optional.of(model));
            assertThat(holder.listen().port()).isEqualTo(url.getPort());
            assertThat(env.warnings(Role.INFERENCE)).isEmpty();
        });
    }
}
