package gptbroker.identity;

import static gptbroker.problem.ProblemCode.ACCESS_DENIED;
import static gptbroker.problem.ProblemCode.AUTHORIZATION_MISSING;
import static gptbroker.problem.ProblemCode.IDENTITY_UNAVAILABLE;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import gptbroker.identity.Caller.Kind;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which credential of a request counts, what it is taken for, and where it is let in. */
class PrincipalsTest {
    private static final TestKey SIGNING = TestKey.es256("key");
    private static final String KEY = "gb_known";
    private static final String SESSION = Base64.getEncoder()
            .encodeToString("0194d3c2-7a1b-4c5d-8e9f-0a1b2c3d4e5f".getBytes(StandardCharsets.US_ASCII));
    private static final Caller PROJECT = caller("project:1", Kind.API_KEY);
    private static final Caller ACCOUNT = caller("account:1", Kind.SESSION);

    private final Fixture fixture = new Fixture(Fixture.Options.PLAIN);
    private final AtomicInteger lookups = new AtomicInteger();
    private final Principals principals = new Principals(
            Fixture.Options.PLAIN.config(fixture.issuer),
            fixture.authenticator,
            keys(only(KEY, PROJECT)),
            only(SESSION, ACCOUNT),
            new OwnPages(Set.of("https://app.example.com")));

    @AfterEach
    void stop() {
        fixture.close();
    }

    private static Caller caller(String id, Kind kind) {
        return new Caller(id, kind, Caller.DEFAULT_TIER, false, Optional.empty(), Instant.MAX);
    }

    private SessionLookup only(String known, Caller caller) {
        TokenHash hash = TokenHash.of(TokenHash.sha256(known));
        return sha256 -> {
            lookups.incrementAndGet();
            return Optional.of(caller).filter(found -> TokenHash.of(sha256).equals(hash));
        };
    }

    private static KeyLookup keys(SessionLookup byHash) {
        return (key, sha256) -> byHash.find(sha256);
    }

    private Caller who(Realm realm, Map<String, List<String>> headers) {
        return principals.authenticate(name -> headers.getOrDefault(name, List.of()), realm);
    }

    private Caller bearer(Realm realm, String credential) {
        return who(realm, Map.of("Authorization", List.of("Bearer " + credential)));
    }

    private void refused(Realm realm, Map<String, List<String>> headers, ProblemCode code) {
        Problem problem = catchThrowableOfType(Problem.class, () -> who(realm, headers));
        assertThat(problem).as("refusal").isNotNull();
        assertThat(problem.code()).isEqualTo(code);
    }

    private void bearerRefused(Realm realm, String credential, ProblemCode code) {
        refused(realm, Map.of("Authorization", List.of("Bearer " + credential)), code);
    }

    @ParameterizedTest
    @CsvSource({
        "gb_x, API_KEY",
        "gw_x, API_KEY",
        "tokenx, API_KEY",
        "token-804, API_KEY",
        "MDE5NGQzYzItN2ExYi00YzVkLThlOWYtMGExYjJjM2Q0ZTVm, SESSION",
        "MDE5NGQzYzItN2ExYi00YzVkLThlOWYtMGExYjJjM2Q0ZTVn, OTHER",
        "a.b.c, SUPABASE",
        "eyJ, SUPABASE",
        "sb_secret_x, SUPABASE",
        "a.b, OTHER",
        "a.b.c.d, OTHER",
        "sk-proj-x, OTHER",
        "GB_x, OTHER"
    })
    void theFormTellsTheKind(String credential, CredentialForm form) {
        assertThat(CredentialForm.of(credential)).isEqualTo(form);
    }

    @Test
    void eachKindIsFoundWhereItIsKept() {
        fixture.issuer.serve(SIGNING);
        assertThat(bearer(Realm.V1, KEY)).isEqualTo(PROJECT);
        assertThat(bearer(Realm.V1, SESSION)).isEqualTo(ACCOUNT);
        assertThat(lookups).hasValue(2);
        assertThat(bearer(Realm.V1, Tokens.user(SIGNING, fixture.clock)).kind()).isEqualTo(Kind.SUPABASE_USER);
        assertThat(lookups).as("a user's token costs no look-up").hasValue(2);
        assertThat(fixture.meters
                        .counter("gpt_broker_identity_verifications_total", "", "outcome", "api_key")
                        .count())
                .isEqualTo(1);
    }

    @Test
    void whatHasNoBusinessIsNotLookedUp() {
        fixture.issuer.serve(SIGNING);
        bearerRefused(Realm.USERS, KEY, TOKEN_INVALID);
        bearerRefused(Realm.USERS, SESSION, TOKEN_INVALID);
        bearerRefused(Realm.PROJECTS, Tokens.user(SIGNING, fixture.clock), TOKEN_INVALID);
        bearerRefused(Realm.PROJECTS, SESSION, TOKEN_INVALID);
        assertThat(lookups).hasValue(0);
        assertThat(bearer(Realm.USERS_AND_LOCAL, KEY)).isEqualTo(PROJECT);
        assertThat(bearer(Realm.USERS_AND_LOCAL, SESSION)).isEqualTo(ACCOUNT);
    }

    @Test
    void unknownOnesAreRefused() {
        bearerRefused(Realm.V1, KEY + "x", TOKEN_INVALID);
        bearerRefused(
                Realm.V1,
                Base64.getEncoder().encodeToString(UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII)),
                TOKEN_INVALID);
        bearerRefused(Realm.V1, "gb_" + "x".repeat(9000), TOKEN_INVALID);
        assertThat(lookups).as("what is too long is not looked up").hasValue(2);
    }

    @Test
    void theAdminKeyIsNoUsers() {
        bearerRefused(Realm.USERS, Fixture.ADMIN_KEY, ACCESS_DENIED);
        bearerRefused(Realm.PROJECTS, Fixture.ADMIN_KEY, ACCESS_DENIED);
        Realm operators = new Realm(List.of(Place.BEARER), Set.of(Kind.ADMIN));
        assertThat(bearer(operators, Fixture.ADMIN_KEY).kind()).isEqualTo(Kind.ADMIN);
    }

    @Test
    void theKeyMayStandInItsOwnHeader() {
        Map<String, List<String>> header = Map.of("X-API-Key", List.of(KEY));
        assertThat(who(Realm.PROJECTS, header)).isEqualTo(PROJECT);
        assertThat(who(Realm.V1, header)).isEqualTo(PROJECT);
        refused(Realm.USERS_AND_LOCAL, header, AUTHORIZATION_MISSING);
        refused(Realm.PROJECTS, Map.of("X-API-Key", List.of("")), AUTHORIZATION_MISSING);
        refused(Realm.PROJECTS, Map.of("X-API-Key", List.of(KEY, KEY)), TOKEN_INVALID);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gb_known x", " ", "gb_\u00e9", "gb_known\u007f"})
    void aKeyIsOneWord(String value) {
        refused(Realm.PROJECTS, Map.of("X-API-Key", List.of(value)), TOKEN_INVALID);
        assertThat(lookups).hasValue(0);
    }

    @Test
    void aBadCredentialIsNotMadeUpForByAnother() {
        refused(Realm.V1, Map.of("Authorization", List.of("Basic eDp5"), "X-API-Key", List.of(KEY)), TOKEN_INVALID);
        refused(Realm.V1, Map.of("Authorization", List.of("Bearer gb_x"), "X-API-Key", List.of(KEY)), TOKEN_INVALID);
        refused(
                Realm.PROJECTS,
                Map.of("X-API-Key", List.of("gb_x"), "Authorization", List.of("Bearer " + KEY)),
                TOKEN_INVALID);
    }

    @Test
    void anOutageIsNoRefusal() {
        KeyLookup away = (key, sha256) -> {
            throw Problem.of(IDENTITY_UNAVAILABLE);
        };
        var without = new Principals(
                Fixture.Options.PLAIN.config(fixture.issuer),
                fixture.authenticator,
                away,
                SessionLookup.NONE,
                new OwnPages(Set.of()));
        Problem problem = catchThrowableOfType(
                Problem.class, () -> without.authenticate(name -> List.of("Bearer " + KEY), Realm.V1));
        assertThat(problem.code()).isEqualTo(IDENTITY_UNAVAILABLE);
    }
}
