package gptbroker.probe.check;

import gptbroker.probe.tenant.Secret;
import gptbroker.probe.tenant.Tenant;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.function.Consumer;

/** One tenant under test: its broker, its signed-in user and the books of what the user has spent. */
final class Session {
    private final Tenant tenant;
    private final Client client;
    private final Optional<Secret> token;
    private final Optional<Secret> other;
    private final String origin;
    private final Consumer<Secret> concealing;
    private final Ledger ledger = new Ledger();

    /**
     * A tenant to be checked.
     *
     * @param token of the signed-in user
     * @param other token of a second user, if the tenant has one
     * @param origin of the frontend that the requests claim to come from
     * @param concealing hears of secrets that are never to be printed
     */
    Session(
            Tenant tenant,
            Client client,
            Optional<Secret> token,
            Optional<Secret> other,
            String origin,
            Consumer<Secret> concealing) {
        this.tenant = tenant;
        this.client = client;
        this.token = token;
        this.other = other;
        this.concealing = concealing;
        this.origin = origin;
    }

    Tenant tenant() {
        return tenant;
    }

    String origin() {
        return origin;
    }

    Ledger ledger() {
        return ledger;
    }

    /** Whether the test user could sign in. */
    boolean signedIn() {
        return token.isPresent();
    }

    /** The user's token, to be tried elsewhere. */
    Secret token() {
        return token.orElseThrow();
    }

    /** The second user's token. */
    Optional<Secret> other() {
        return other;
    }

    /** A secret that was given out during the checks. */
    void conceal(Secret secret) {
        concealing.accept(secret);
    }

    /** Sends a request elsewhere, such as to the operator's own address. */
    Reply sendTo(URI base, Ask ask) throws IOException, InterruptedException {
        return client.sendTo(base, ask);
    }

    /** Begins to listen as the signed-in user, which costs nothing. */
    Hearing hear(Ask ask) throws IOException, InterruptedException {
        return client.hear(ask.with("Origin", origin).bearer(token()));
    }

    /** Sends a request as a browser of nobody in particular, or with the credential that it already bears. */
    Reply send(Ask ask) throws IOException, InterruptedException {
        return client.send(ask.with("Origin", origin));
    }

    /** Sends a call of a prompt endpoint as the signed-in user and books what it cost. */
    Reply call(Ask ask) throws IOException, InterruptedException {
        Reply reply = send(ask.bearer(token()));
        ledger.book(ask, reply);
        return reply;
    }

    /** Sends what costs the signed-in user nothing, and books that. */
    Reply look(Ask ask) throws IOException, InterruptedException {
        Reply reply = send(ask.bearer(token()));
        ledger.bookFree(ask, reply);
        return reply;
    }

    /** As {@link #call}, over a connection of its own: after a refused body the broker may close it. */
    Reply callAlone(Ask ask) throws IOException, InterruptedException {
        Reply reply = client.sendAlone(ask.with("Origin", origin).bearer(token()));
        ledger.book(ask, reply);
        return reply;
    }
}
