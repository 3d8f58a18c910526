package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.account.UserRoutes;
import gptbroker.admin.AccountRoutes;
import gptbroker.admin.ArchiveRoutes;
import gptbroker.admin.CacheRoutes;
import gptbroker.admin.CallerRoutes;
import gptbroker.admin.ProjectRoutes;
import gptbroker.chat.ChatAdminRoutes;
import gptbroker.chat.ChatRoutes;
import gptbroker.chat.Door;
import gptbroker.chat.GroupRoutes;
import gptbroker.config.BrokerConfig;
import gptbroker.config.Env;
import gptbroker.config.Secret;
import gptbroker.event.EventRoutes;
import gptbroker.gateway.GatewayRoutes;
import gptbroker.http.Access;
import gptbroker.http.Dialect;
import gptbroker.http.DocsRoutes;
import gptbroker.http.OpsRoutes;
import gptbroker.http.PlaygroundRoutes;
import gptbroker.http.Route;
import gptbroker.live.LiveRoutes;
import gptbroker.live.StreamRoutes;
import gptbroker.me.InputRoutes;
import gptbroker.me.MeRoutes;
import gptbroker.openai.OpenAiRoutes;
import gptbroker.ops.Health;
import gptbroker.ops.Meters;
import gptbroker.ops.Scrape;
import gptbroker.problem.ProblemCode;
import gptbroker.prompt.DeclaredEndpoints;
import gptbroker.prompt.FixedEndpoints;
import gptbroker.prompt.ProjectEndpoint;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code openapi.json} is kept by hand; this holds it against the route table and the problem codes, both ways. */
class OpenApiTest {
    /** Told by the listener for whole paths or methods, so they stand at no operation. */
    private static final Set<String> OF_NO_OPERATION = Set.of("method_unknown");

    private static final String KEYS = "[{\"apiKey\":[]},{\"apiKeyBearer\":[]}]";
    private static final String ACCOUNT_KEYS = "[{\"apiKeyBearer\":[]},{\"bareKey\":[]}]";
    private static final String EVERYBODY =
            "[{\"user\":[]},{\"apiKey\":[]},{\"session\":[]},{\"sessionPassword\":[]},{\"sessionCookie\":[]}]";
    private static final String USERS_AND_SESSIONS =
            "[{\"user\":[]},{\"session\":[]},{\"sessionPassword\":[]},{\"sessionCookie\":[]}]";

    private static final BrokerConfig.Upstream ANY_UPSTREAM = new Env(
                    Map.of("SUPABASE_URL", "https://ref.supabase.co", "OPENAI_API_KEY", "sk-1"), Path.of("."))
            .serve()
            .upstream();

    private final JsonNode api = read();

    private static JsonNode read() {
        try (InputStream json = OpenApiTest.class.getResourceAsStream("/openapi.json")) {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Only looked at, never called: the five endpoints need nothing behind them. */
    private static List<Route> routes() {
        var ops = new OpsRoutes(new Scrape(new Meters()), new Health(Map.of(), InstantSource.system()));
        var v1 = new OpenAiRoutes(null, null, null, Set.of(), null, ANY_UPSTREAM, null);
        var me = new MeRoutes(null, null, null, null, null, InstantSource.system());
        var door = new Door(null, null, null);
        var chats = new ChatRoutes(null, null, null, null, null, door);
        var groups = new GroupRoutes(null, door);
        var callers = new CallerRoutes(null, null, null, null, InstantSource.system());
        var stored = new ArchiveRoutes(null, null, null, null, null);
        var projects = new ProjectRoutes(null, null, null, InstantSource.system());
        var inputs = new InputRoutes(null, null, null, InstantSource.system());
        var user = new UserRoutes(null, null, null, null, null, true);
        var accounts = new AccountRoutes(null, null, null, null);
        var live = new LiveRoutes(null, null, null, null, null, Set.of(), null);
        var streams = new StreamRoutes(null, null, null, null);
        var gateway = new GatewayRoutes(null, null, null, null, null, true);
        return Stream.of(
                        live.routes("/chat/stream", Dialect.CHAT),
                        streams.routes(),
                        FixedEndpoints.routes(null, false),
                        DeclaredEndpoints.routes(null, name -> Optional.empty()),
                        v1.routes(),
                        me.routes(),
                        chats.routes(),
                        groups.routes(),
                        ops.routes(),
                        new DocsRoutes().routes(),
                        new PlaygroundRoutes(URI.create("https://ref.supabase.co"), new Secret("anon")).routes(),
                        callers.routes(),
                        new ChatAdminRoutes(null).routes(),
                        new EventRoutes(null).routes(),
                        live.forOperator("/admin/events/stream"),
                        stored.routes(),
                        new CacheRoutes(null, null, null).routes(),
                        projects.routes(),
                        inputs.routes(),
                        ProjectEndpoint.routes(null, null, Optional.empty(), InstantSource.system()),
                        user.routes(),
                        accounts.routes(),
                        gateway.routes())
                .flatMap(List::stream)
                .toList();
    }

    /** OpenAPI has no word for the rest of a path. */
    private static String template(Route route) {
        return route.path().replace("*", "{path}");
    }

    private List<JsonNode> operations() {
        List<JsonNode> operations = new ArrayList<>();
        api.path("paths").forEach(path -> path.forEach(operations::add));
        return operations;
    }

    private JsonNode operation(Route route) {
        return api.path("paths").path(template(route)).path(route.method().toLowerCase(Locale.ROOT));
    }

    @Test
    void everyRouteIsDescribedAndNothingElse() {
        Set<String> described = api.path("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream()
                        .map(method -> method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey()))
                .collect(Collectors.toSet());
        assertThat(described)
                .containsExactlyInAnyOrderElementsOf(routes().stream()
                        .map(route -> route.method() + " " + template(route))
                        .toList());
    }

    @Test
    void whoMayCallIsWhatTheRouteSays() {
        Map<Access, String> wanted = Map.of(
                Access.OPEN, "[]",
                Access.CALLER, "[{\"user\":[]}]",
                Access.ADMIN, "[{\"operator\":[]},{\"operatorBasic\":[]}]",
                Access.OPERATOR, "[{\"operator\":[]},{\"operatorBasic\":[]},{}]");
        for (Route route : routes()) {
            boolean asked = route.access() == Access.CALLER;
            boolean keys = asked && route.dialect() == Dialect.PROJECTS;
            boolean anyone = asked && route.path().startsWith("/v1/");
            boolean gateway = asked && operation(route).path("tags").toString().contains("gateway");
            boolean sessionsToo =
                    asked && (route.dialect() == Dialect.CHAT || route.path().startsWith("/me"));
            assertThat(operation(route).path("security").toString())
                    .as(route.path())
                    .isEqualTo(
                            gateway
                                    ? ACCOUNT_KEYS
                                    : keys
                                            ? KEYS
                                            : anyone
                                                    ? EVERYBODY
                                                    : sessionsToo ? USERS_AND_SESSIONS : wanted.get(route.access()));
        }
    }

    @Test
    void onlyTheNamedRoutesAreOpen() {
        assertThat(routes().stream()
                        .filter(route -> route.access() == Access.OPEN)
                        .map(route -> route.method() + " " + route.path()))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(OpsRoutes.OPEN, UserRoutes.OPEN, GatewayRoutes.OPEN, PlaygroundRoutes.OPEN)
                                .flatMap(Set::stream)
                                .toList());
    }

    @Test
    void everyCodeIsDescribedUnderItsStatus() {
        Map<String, Integer> statuses =
                Stream.of(ProblemCode.values()).collect(Collectors.toMap(ProblemCode::code, ProblemCode::status));
        List<String> seen = new ArrayList<>(OF_NO_OPERATION);
        for (JsonNode operation : operations()) {
            operation.path("responses").properties().forEach(response -> {
                JsonNode refusal = resolved(response.getValue());
                refusal.at("/headers/X-Error-Code/schema/enum").forEach(code -> {
                    assertThat(statuses).containsEntry(code.textValue(), Integer.valueOf(response.getKey()));
                    assertThat(refusal.path("description").textValue()).contains(code.textValue());
                    seen.add(code.textValue());
                });
            });
        }
        assertThat(Set.copyOf(seen)).isEqualTo(statuses.keySet());
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? api.at(node.path("$ref").textValue().substring(1)) : node;
    }

    @Test
    void referencesLeadSomewhereAndIdsAreUnique() {
        for (JsonNode reference : api.findValues("$ref")) {
            assertThat(api.at(reference.textValue().substring(1)).isMissingNode())
                    .as(reference.textValue())
                    .isFalse();
        }
        assertThat(api.findValuesAsText("operationId")).doesNotHaveDuplicates().hasSameSizeAs(operations());
    }
}
