package gptbroker.http;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import io.helidon.http.HeaderNames;
import io.helidon.http.WritableHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/** Finds the route of a request and lets it answer; preflights, hidden routes and wrong methods end here. */
final class Dispatcher {
    private final Router router;
    private final Cors cors;
    private final Predicate<List<String>> operator;
    private final boolean internal;
    private final Function<String, Optional<Duration>> addressLimit;

    /**
     * Dispatches over this table.
     *
     * @param operator whether these {@code Authorization} lines show the admin key
     * @param internal whether the operator's routes are open to whoever gets here, and none is hidden
     * @param addressLimit empty when this client address may go on, else when it may come back
     */
    Dispatcher(
            Router router,
            Cors cors,
            Predicate<List<String>> operator,
            boolean internal,
            Function<String, Optional<Duration>> addressLimit) {
        this.router = router;
        this.cors = cors;
        this.operator = operator;
        this.internal = internal;
        this.addressLimit = addressLimit;
    }

    void dispatch(Exchange x, WritableHeaders<?> headers) throws Exception {
        String method = x.method();
        if (cors.isPreflight(x)) {
            cors.preflight(x.headers("origin"), x.headers("access-control-request-headers"), headers);
            x.send(204);
            return;
        }
        Optional<Router.Found> found = visible(x);
        Optional<Router.Match> match = found.flatMap(path -> path.on(method));
        match.ifPresent(x::match);
        if (match.isEmpty() && method.equals("OPTIONS") && found.isPresent()) {
            cors.withdraw(headers);
            headers.set(HeaderNames.ALLOW, found.get().allow());
            x.send(200);
            return;
        }
        limitAddress(x, match);
        if (match.isPresent()) {
            requireKey(x, match.get().route());
            match.get().route().handler().handle(x);
        } else {
            throw noRoute(method, found, headers);
        }
    }

    /** How a refusal is worded when no route was chosen. */
    Dialect dialectOf(String rawPath) {
        return router.find(rawPath)
                .flatMap(path -> path.methods().values().stream()
                        .map(Route::dialect)
                        .filter(Dialect::ofWholePath)
                        .findFirst())
                .orElse(Dialect.BROKER);
    }

    /** The path's routes that this client may know of. The key is only looked at where it matters. */
    private Optional<Router.Found> visible(Exchange x) {
        Optional<Router.Found> found = router.find(x.rawPath());
        boolean hidden = !internal
                && found.stream()
                        .flatMap(path -> path.methods().values().stream())
                        .anyMatch(Dispatcher::isOperators);
        if (hidden && !operator.test(x.headers("authorization"))) {
            return found.flatMap(path -> path.without(Dispatcher::isOperators));
        }
        return found;
    }

    private static boolean isOperators(Route route) {
        return route.access() == Access.OPERATOR || route.access() == Access.ADMIN;
    }

    /** Others than the operator may reach the internal listener, such as a monitoring system. */
    private void requireKey(Exchange x, Route route) {
        if (route.access() == Access.ADMIN && !operator.test(x.headers("authorization"))) {
            throw Problem.of(ProblemCode.ADMIN_KEY_REQUIRED);
        }
    }

    private void limitAddress(Exchange x, Optional<Router.Match> match) {
        boolean exempt = match.filter(
                        m -> OpsRoutes.OPEN.contains("GET " + m.route().path()))
                .isPresent();
        if (!exempt) {
            addressLimit.apply(ClientAddress.network(x.clientAddress())).ifPresent(delay -> {
                throw Problem.of(ProblemCode.ADDRESS_RATE_EXCEEDED).retryAfter(delay);
            });
        }
    }

    private static Problem noRoute(String method, Optional<Router.Found> found, WritableHeaders<?> headers) {
        if (!Router.METHODS.contains(method)) {
            return Problem.of(ProblemCode.METHOD_UNKNOWN);
        }
        if (found.isEmpty()) {
            return Problem.of(ProblemCode.NOT_FOUND);
        }
        headers.set(HeaderNames.ALLOW, found.get().allow());
        return Problem.of(ProblemCode.METHOD_NOT_ALLOWED);
    }
}
