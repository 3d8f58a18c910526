package gptbroker.me;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import gptbroker.admission.Admission;
import gptbroker.archive.Erasure;
import gptbroker.archive.History;
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
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /me}: a user's own limits, usage, history, export and erasure, with the user's own token, session or API key.
 * Nothing here takes a unit; whose rows are read comes from the credential alone. Thread-safe.
 */
public final class MeRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(MeRoutes.class);
    private static final int MAX_DAYS = 366;
    private static final int MAX_PAGE = 200;

    private final Authenticator authenticator;
    private final Admission admission;
    private final History history;
    private final Export export;
    private final Erasure erasure;
    private final InstantSource clock;
    private final LimitHeaders limits;

    /** The routes over these. */
    public MeRoutes(
            Authenticator authenticator,
            Admission admission,
            History history,
            Export export,
            Erasure erasure,
            InstantSource clock) {
        this.authenticator = authenticator;
        this.admission = admission;
        this.history = history;
        this.export = export;
        this.erasure = erasure;
        this.clock = clock;
        this.limits = new LimitHeaders(clock);
    }

    /** For the public listener. */
    public List<Route> routes() {
        return List.of(
                route("GET", "/me", (x, caller, user) -> JsonAnswer.send(x, Account.of(caller))),
                new Route("GET", "/me/limits", Access.CALLER, Dialect.BROKER, this::limits),
                route("GET", "/me/usage", this::usage),
                route("GET", "/me/history", this::history),
                route("GET", "/me/export", this::export),
                route("DELETE", "/me/data", this::erase));
    }

    private interface Step {
        void answer(Exchange x, Caller caller, UUID user) throws ClientGone;
    }

    private Route route(String method, String path, Step step) {
        return new Route(method, path, Access.CALLER, Dialect.BROKER, x -> {
            Caller caller = who(x);
            tellLimits(x, caller);
            step.answer(x, caller, caller.userId().orElseThrow());
        });
    }

    private Caller who(Exchange x) {
        Caller caller = authenticator.authenticate(x::headers, Realm.CHAT);
        x.trace().callerId(caller.id());
        if (caller.userId().isEmpty()) {
            throw Problem.of(ProblemCode.ACCESS_DENIED, "not a user's credential");
        }
        return caller;
    }

    /** Without Redis a user can still read their rows; they are just not told what is left. */
    private void tellLimits(Exchange x, Caller caller) {
        try {
            limits.write(x, admission.allowance(caller));
        } catch (Problem away) {
            LOG.debug("limits not told: {}", away.code());
        }
    }

    private void limits(Exchange x) throws ClientGone {
        var allowance = admission.allowance(who(x));
        limits.write(x, allowance);
        JsonAnswer.send(x, Account.of(allowance));
    }

    private void usage(Exchange x, Caller caller, UUID user) throws ClientGone {
        int days = Parameters.number(x, "days", 1, MAX_DAYS, 30);
        LocalDate from = history.day(clock.instant()).minusDays(days - 1L);
        JsonAnswer.send(x, Account.of(from, history.usage(user, from)));
    }

    private void history(Exchange x, Caller caller, UUID user) throws ClientGone {
        int limit = Parameters.number(x, "limit", 1, MAX_PAGE, 50);
        JsonAnswer.send(x, Account.of(history.page(user, Parameters.id(x, "before"), limit)));
    }

    private void export(Exchange x, Caller caller, UUID user) throws ClientGone {
        export.send(x, user);
    }

    private void erase(Exchange x, Caller caller, UUID user) throws ClientGone {
        if (caller.kind() == Caller.Kind.API_KEY) {
            // It lies in programs, and whoever finds it there must not be able to take away what it was used for.
            throw Problem.of(ProblemCode.ACCESS_DENIED, "an API key erases nothing");
        }
        long erased = erasure.erase(user);
        LOG.info("erased {} exchanges of user {}", erased, user);
        JsonAnswer.send(x, JsonNodeFactory.instance.objectNode().put("erased", erased));
    }
}
