package gptbroker.account;

import gptbroker.account.Accounts.SignedIn;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.http.Fields;
import gptbroker.http.JsonAnswer;
import gptbroker.identity.OwnPages;
import gptbroker.identity.Place;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code /user/signup}, {@code /user/login} and {@code /user/logout}: for those who have no session yet, or no more. */
final class SignIn {
    private static final int LONGEST_NAME = 30;
    private static final int LONGEST_ADDRESS = 2_048;
    private static final int LONGEST_TOKEN = 8_192;

    private final Accounts accounts;
    private final Sessions sessions;
    private final OwnPages origins;

    SignIn(Accounts accounts, Sessions sessions, OwnPages origins) {
        this.accounts = accounts;
        this.sessions = sessions;
        this.origins = origins;
    }

    void signUp(Exchange x) throws ClientGone, InterruptedException {
        Fields fields = Fields.of(x);
        var wanted = new Accounts.Application(
                Username.of(fields, "username").orElseThrow(() -> Fields.invalid("username")),
                accounts.newPassword(fields, "password"),
                fields.name("first_name", LONGEST_NAME),
                fields.name("last_name", LONGEST_NAME),
                fields.name("group_name", LONGEST_NAME).orElse(Users.PERSONAL));
        Optional<String> redirect = redirect(x, fields);
        welcome(x, accounts.signUp(wanted, x.clientNetwork()), redirect);
    }

    void signIn(Exchange x) throws ClientGone, InterruptedException {
        Fields fields = Fields.of(x);
        Username username = Username.of(fields, "username").orElseThrow(() -> Fields.invalid("username"));
        String password = NewPassword.text(fields, "password");
        Optional<String> redirect = redirect(x, fields);
        welcome(x, accounts.signIn(username, password, x.clientNetwork()), redirect);
    }

    private void welcome(Exchange x, SignedIn signedIn, Optional<String> redirect) throws ClientGone {
        x.trace().callerId(signedIn.profile().user().id().toString());
        SessionCookie.set(x, origins, signedIn.session());
        x.header("Cache-Control", "no-store");
        if (redirect.isPresent()) {
            x.header("Location", redirect.get());
            x.send(302);
        } else {
            JsonAnswer.send(x, UserJson.of(signedIn));
        }
    }

    /** Where a form wants to go on: on this host, or at an origin that the operator has listed. */
    private Optional<String> redirect(Exchange x, Fields fields) {
        Optional<String> wanted = fields.text("redirect_url", LONGEST_ADDRESS);
        wanted.ifPresent(address -> {
            boolean visible = address.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '\\');
            boolean here = address.startsWith("/") && !address.startsWith("//");
            if (!visible || !here && !origins.knows(address, x::headers)) {
                throw Fields.invalid("redirect_url");
            }
        });
        return wanted;
    }

    /** Ends a session whose token is in the body, in {@code Authorization} or in the cookie; known or not (S1.26). */
    void signOut(Exchange x) throws ClientGone {
        sessions.close(token(x));
        SessionCookie.clear(x);
        x.header("Cache-Control", "no-store");
        x.send(200);
    }

    private String token(Exchange x) {
        Optional<String> told =
                x.method().equals("POST") ? Fields.of(x).text("token", LONGEST_TOKEN) : Optional.empty();
        if (told.isPresent()) {
            return told.get();
        }
        List<String> authorization = x.headers(Place.BEARER.header());
        if (!authorization.isEmpty()) {
            String value = authorization.getFirst();
            return Place.BEARER
                    .read(value)
                    .or(() -> Place.BASIC.read(value))
                    .orElseThrow(() -> Problem.of(ProblemCode.TOKEN_INVALID, "not a credential's form"));
        }
        Optional<String> cookie =
                x.headers(Place.COOKIE.header()).stream().findFirst().flatMap(Place.COOKIE::read);
        if (cookie.isPresent() && !origins.allows(x::headers)) {
            throw Problem.of(ProblemCode.ORIGIN_DENIED);
        }
        return cookie.orElseThrow(() -> Problem.of(ProblemCode.AUTHORIZATION_MISSING));
    }

    /** The routes that need no identity. */
    static final Set<String> OPEN =
            Set.of("POST /user/signup", "POST /user/login", "GET /user/logout", "POST /user/logout");
}
