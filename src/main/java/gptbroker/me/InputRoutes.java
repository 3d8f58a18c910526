package gptbroker.me;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.admission.Admission;
import gptbroker.archive.History;
import gptbroker.archive.Page;
import gptbroker.archive.Told;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Parameters;
import gptbroker.http.Route;
import gptbroker.identity.Authenticator;
import gptbroker.identity.Caller;
import gptbroker.identity.Realm;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.turn.LimitHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /inputs}: what a backend project has asked and was answered, with its own key (seed S0.7). Nothing here takes a
 * unit; whose rows are read comes from the key alone, and another project's input is as unknown as none. Thread-safe.
 */
public final class InputRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(InputRoutes.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final String QUERY = "/query";
    private static final int MAX_PAGE = 200;

    /** An exchange is in the archive a moment after its answer; only one as young as this is waited for. */
    private static final Duration YOUNG = Duration.ofSeconds(10);

    private final Authenticator authenticator;
    private final Admission admission;
    private final History history;
    private final InstantSource clock;
    private final LimitHeaders limits;

    /** The routes over these. */
    public InputRoutes(Authenticator authenticator, Admission admission, History history, InstantSource clock) {
        this.authenticator = authenticator;
        this.admission = admission;
        this.history = history;
        this.clock = clock;
        this.limits = new LimitHeaders(clock);
    }

    /** For the public listener. */
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/inputs", Access.CALLER, Dialect.PROJECTS, this::list),
                new Route("GET", "/inputs/{id}", Access.CALLER, Dialect.PROJECTS, this::one));
    }

    private void list(Exchange x) throws ClientGone {
        UUID project = project(x);
        int limit = Parameters.number(x, "limit", 1, MAX_PAGE, 50);
        Page page = history.projectPage(project, Parameters.id(x, "before"), limit);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        var inputs = json.putArray("inputs");
        page.exchanges().forEach(told -> inputs.add(input(told)));
        json.put("next", page.next().map(UUID::toString).orElse(null));
        JsonAnswer.send(x, json);
    }

    private void one(Exchange x) throws ClientGone, InterruptedException {
        UUID project = project(x);
        UUID id = Parameters.pathId(x, "id");
        Told told = find(project, id).orElseThrow(() -> Problem.of(ProblemCode.NOT_FOUND, "no such input"));
        JsonAnswer.send(x, input(told));
    }

    private Optional<Told> find(UUID project, UUID id) throws InterruptedException {
        return isYoung(id)
                ? Arrival.await(() -> history.ofProject(project, id), Thread::sleep)
                : history.ofProject(project, id);
    }

    private boolean isYoung(UUID id) {
        Instant now = clock.instant();
        Instant made = Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
        return id.version() == 7 && made.isAfter(now.minus(YOUNG)) && made.isBefore(now.plusSeconds(1));
    }

    private UUID project(Exchange x) {
        Caller caller = authenticator.authenticate(x::headers, Realm.PROJECTS);
        x.trace().callerId(caller.id());
        UUID project =
                caller.projectId().orElseThrow(() -> Problem.of(ProblemCode.ACCESS_DENIED, "not a project's key"));
        try {
            limits.write(x, admission.allowance(caller));
        } catch (Problem away) {
            LOG.debug("limits not told: {}", away.code());
        }
        return project;
    }

    /** The archive's exchange in the words of this dialect: an input, and its response once there is one. */
    private static ObjectNode input(Told told) {
        ObjectNode row = told.json();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", told.id().toString());
        json.put("content", content(row));
        json.set("timestamp", row.path("asked_at"));
        json.set("source", row.path("endpoint"));
        var responses = json.putArray("responses");
        if (Arrival.isAnswered(told)) {
            ObjectNode response = responses.addObject();
            response.put("id", told.id().toString());
            response.put("input_id", told.id().toString());
            response.set("content", row.path("output"));
            response.set("timestamp", row.path("answered_at"));
            for (String field :
                    List.of("model", "status", "error_code", "prompt_tokens", "completion_tokens", "latency_ms")) {
                response.set(field, row.path(field));
            }
        }
        return json;
    }

    /** What the project asked: of a query the last message, because the first is the operator's. */
    private static @Nullable String content(ObjectNode row) {
        String input = row.path("input").textValue();
        if (input == null || !QUERY.equals(row.path("endpoint").textValue())) {
            return input;
        }
        try {
            JsonNode messages = JSON.readTree(input);
            return messages.path(messages.size() - 1).path("content").textValue();
        } catch (JsonProcessingException e) {
            return null;
        }
    }
}
