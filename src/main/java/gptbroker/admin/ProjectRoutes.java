package gptbroker.admin;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.archive.History;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.Handler;
import gptbroker.http.JsonAnswer;
import gptbroker.http.JsonBody;
import gptbroker.http.Parameters;
import gptbroker.http.Route;
import gptbroker.me.Account;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.project.ApiKey;
import gptbroker.project.ApiKeys;
import gptbroker.project.Project;
import gptbroker.project.ProjectSettings;
import gptbroker.project.Projects;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /admin/projects} and {@code /admin/keys}. Thread-safe. */
public final class ProjectRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(ProjectRoutes.class);
    private static final int MAX_DAYS = 366;

    private final Projects projects;
    private final ApiKeys keys;
    private final History history;
    private final InstantSource clock;

    /** The routes over these. */
    public ProjectRoutes(Projects projects, ApiKeys keys, History history, InstantSource clock) {
        this.projects = projects;
        this.keys = keys;
        this.history = history;
        this.clock = clock;
    }

    /** For both listeners; each wants the admin key. */
    public List<Route> routes() {
        return List.of(
                route("GET", "/admin/projects", this::list),
                route("POST", "/admin/projects", this::create),
                route("GET", "/admin/projects/{project}", this::show),
                route("PATCH", "/admin/projects/{project}", this::change),
                route("GET", "/admin/projects/{project}/usage", this::usage),
                route("GET", "/admin/projects/{project}/keys", this::listKeys),
                route("POST", "/admin/projects/{project}/keys", this::createKey),
                route("POST", "/admin/keys/{id}/rotate", this::rotate),
                route("DELETE", "/admin/keys/{id}", this::revoke));
    }

    private static Route route(String method, String path, Handler handler) {
        return new Route(method, path, Access.ADMIN, Dialect.BARE, handler);
    }

    private void list(Exchange x) throws ClientGone {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        var list = json.putArray("projects");
        projects.list().forEach(project -> list.add(project.json()));
        JsonAnswer.send(x, json);
    }

    private void create(Exchange x) throws ClientGone {
        ObjectNode body = JsonBody.object(x);
        String slug = body.path("slug").isTextual() ? body.path("slug").textValue() : "";
        body.remove("slug");
        if (!body.has("name")) {
            body.put("name", slug);
        }
        Project project = projects.create(slug, ProjectSettings.read(body));
        LOG.info("project {} created, {}", project.slug(), project.id());
        JsonAnswer.send(x, project.json());
    }

    private void show(Exchange x) throws ClientGone {
        JsonAnswer.send(x, projects.find(x.pathParameter("project")).json());
    }

    private void change(Exchange x) throws ClientGone {
        ObjectNode changes = JsonBody.object(x);
        if (changes.isEmpty()) {
            throw Problem.of(ProblemCode.PARAMETER_INVALID, "nothing to change");
        }
        Projects.Change change = projects.change(x.pathParameter("project"), changes);
        LOG.info(
                "project {} changed: {}", change.project().slug(), String.join(", ", names(change.project(), changes)));
        JsonAnswer.send(x, change.project().json().put("everywhere", change.everywhere()));
    }

    /** Of fields that exist: what came passed the reading. */
    private static List<String> names(Project project, ObjectNode changes) {
        return project.settings().json().properties().stream()
                .map(java.util.Map.Entry::getKey)
                .filter(changes::has)
                .toList();
    }

    private void usage(Exchange x) throws ClientGone {
        int days = Parameters.number(x, "days", 1, MAX_DAYS, 30);
        UUID project = projects.find(x.pathParameter("project")).id();
        LocalDate from = history.day(clock.instant()).minusDays(days - 1L);
        JsonAnswer.send(x, Account.of(from, history.projectUsage(project, from)));
    }

    private void listKeys(Exchange x) throws ClientGone {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        var list = json.putArray("keys");
        keys.list(x.pathParameter("project")).forEach(key -> list.add(key.json()));
        JsonAnswer.send(x, json);
    }

    private void createKey(Exchange x) throws ClientGone {
        ApiKeys.Wish wish = ApiKeys.Wish.read(JsonBody.object(x));
        tell(x, "created", keys.create(x.pathParameter("project"), wish));
    }

    private void rotate(Exchange x) throws ClientGone {
        tell(x, "rotated", keys.rotate(id(x)));
    }

    private void revoke(Exchange x) throws ClientGone {
        tell(x, "revoked", keys.revoke(id(x)));
    }

    private static UUID id(Exchange x) {
        return Parameters.pathId(x, "id");
    }

    /** The one answer that ever holds a key. */
    private static void tell(Exchange x, String what, ApiKey.Change change) throws ClientGone {
        LOG.info("key {} {}{}", change.key().id(), what, change.everywhere() ? "" : ", Redis could not be told yet");
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        change.text().ifPresent(text -> json.put("key", text.reveal()));
        json.setAll(change.key().json());
        JsonAnswer.send(x, json.put("everywhere", change.everywhere()));
    }
}
