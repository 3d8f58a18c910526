package gptbroker.identity;

import static gptbroker.problem.ProblemCode.ACCESS_DENIED;
import static gptbroker.problem.ProblemCode.ORIGIN_DENIED;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;

import gptbroker.config.BrokerConfig;
import gptbroker.identity.Caller.Kind;
import gptbroker.problem.Problem;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The one resolver: takes the credential from where the realm lets it stand, tells its kind by its form, and looks it
 * up once, where that kind is kept. For a Supabase user nothing but memory is touched. Thread-safe.
 */
public final class Principals implements Authenticator {
    private static final Caller ADMIN =
            new Caller("admin", Kind.ADMIN, Caller.DEFAULT_TIER, false, Optional.empty(), Instant.MAX);

    private final int maxTokenBytes;
    private final KeyDigest adminKey;
    private final SupabaseAuthenticator users;
    private final KeyLookup keys;
    private final SessionLookup sessions;
    private final OwnPages origins;
    private final Verifications verifications;

    /**
     * Joins those who know the kinds.
     *
     * @param origins whose pages may use what a browser sends by itself
     */
    public Principals(
            BrokerConfig.Identity config,
            SupabaseAuthenticator users,
            KeyLookup keys,
            SessionLookup sessions,
            OwnPages origins) {
        this.maxTokenBytes = config.maxTokenBytes();
        this.adminKey = new KeyDigest(config.adminKey());
        this.users = users;
        this.keys = keys;
        this.sessions = sessions;
        this.origins = origins;
        this.verifications = users.verifications();
    }

    @Override
    public Caller authenticate(Function<String, List<String>> headers, Realm realm) {
        try {
            Realm.Shown shown = realm.credential(headers);
            if (shown.place().ambient() && !origins.allows(headers)) {
                throw Problem.of(ORIGIN_DENIED);
            }
            return identify(shown.text(), realm);
        } catch (Problem problem) {
            verifications.refused(problem.code());
            throw problem;
        }
    }

    private Caller identify(String credential, Realm realm) {
        if (credential.length() > maxTokenBytes) {
            throw Problem.of(TOKEN_INVALID, "credential is too long");
        }
        byte[] sha256 = TokenHash.sha256(credential);
        if (adminKey.matches(sha256)) {
            return admin(realm);
        }
        return switch (CredentialForm.of(credential)) {
            case API_KEY -> local(Kind.API_KEY, realm, () -> keys.find(credential, sha256));
            case SESSION -> local(Kind.SESSION, realm, () -> sessions.find(sha256));
            case SUPABASE, OTHER -> {
                require(Kind.SUPABASE_USER, realm);
                yield users.authenticate(credential, sha256);
            }
        };
    }

    private Caller admin(Realm realm) {
        verifications.accepted(Kind.ADMIN);
        if (!realm.kinds().contains(Kind.ADMIN)) {
            // It opens the operator's routes; spent here it would be a call without a user, a day or an end.
            throw Problem.of(ACCESS_DENIED, "the admin key is no user's");
        }
        return ADMIN;
    }

    private Caller local(Kind kind, Realm realm, Supplier<Optional<Caller>> lookup) {
        require(kind, realm);
        Caller caller = lookup.get().orElseThrow(() -> Problem.of(TOKEN_INVALID, "no such credential"));
        verifications.accepted(kind);
        return caller;
    }

    /** What has no business here is not looked up: it is told what a wrong token is told. */
    private static void require(Kind kind, Realm realm) {
        if (!realm.kinds().contains(kind)) {
            throw Problem.of(TOKEN_INVALID, "a credential of another kind");
        }
    }
}
