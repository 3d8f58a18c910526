package gptbroker.prompt;

import gptbroker.http.Access;
import gptbroker.http.Dialect;
import gptbroker.http.Route;
import gptbroker.identity.Caller;
import gptbroker.identity.Realm;
import gptbroker.project.Project;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** {@code POST /query}: what a backend project asks, behind its own prompt (seed S0.6). */
public final class ProjectEndpoint {
    private static final String METHOD = "POST";
    private static final String PATH = "/query";

    private ProjectEndpoint() {}

    /**
     * Its route.
     *
     * @param projects the project of a caller; throws {@code access_denied} when there is none
     * @param cache how long an answer may be given to the same project again; empty: each call is answered anew
     */
    public static List<Route> routes(
            PromptPath path, Function<Caller, Project> projects, Optional<Duration> cache, InstantSource clock) {
        Answer answer = new Answer.Reply(clock);
        Optional<Recall.Policy> policy = cache.map(ttl -> new Recall.Policy(false, ttl));
        return List.of(new Route(
                METHOD,
                PATH,
                Access.CALLER,
                Dialect.PROJECTS,
                exchange -> path.handle(
                        exchange, Realm.PROJECTS, caller -> endpoint(projects.apply(caller), answer, policy))));
    }

    private static Endpoint endpoint(Project project, Answer answer, Optional<Recall.Policy> cache) {
        return new Endpoint(METHOD, PATH, new ProjectPrompt(project.settings()), answer, Dialect.PROJECTS, 1, cache);
    }
}
