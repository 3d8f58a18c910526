package gptbroker.prompt;

import gptbroker.http.Access;
import gptbroker.http.Dialect;
import gptbroker.http.Route;
import gptbroker.identity.Caller;
import gptbroker.identity.Realm;
import gptbroker.project.Project;
import java.time.InstantSource;
import java.util.List;
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
     */
    public static List<Route> routes(PromptPath path, Function<Caller, Project> projects, InstantSource clock) {
        Answer answer = new Answer.Reply(clock);
        return List.of(new Route(
                METHOD,
                PATH,
                Access.CALLER,
                Dialect.PROJECTS,
                exchange -> path.handle(exchange, Realm.PROJECTS, caller -> endpoint(projects.apply(caller), answer))));
    }

    private static Endpoint endpoint(Project project, Answer answer) {
        return new Endpoint(METHOD, PATH, new ProjectPrompt(project.settings()), answer, Dialect.PROJECTS);
    }
}
