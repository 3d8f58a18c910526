package gptbroker.identity;

import static gptbroker.problem.ProblemCode.AUTHORIZATION_MISSING;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import gptbroker.identity.Caller.Kind;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a credential may stand, and which pages may use what browsers send by themselves. */
class PlaceTest {
    private static final Realm GATEWAY = new Realm(List.of(Place.BEARER, Place.RAW), EnumSet.of(Kind.API_KEY));

    private static Function<String, List<String>> headers(Map<String, List<String>> lines) {
        return name -> lines.getOrDefault(name, List.of());
    }

    private static Realm.Shown shown(Realm realm, Map<String, List<String>> lines) {
        return realm.credential(headers(lines));
    }

    private static void refused(Realm realm, Map<String, List<String>> lines, ProblemCode code) {
        Problem problem = catchThrowableOfType(Problem.class, () -> shown(realm, lines));
        assertThat(problem.code()).isEqualTo(code);
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aPasswordIsACredentialWhoeverTheUser() {
        assertThat(shown(Realm.CHAT, Map.of("Authorization", List.of(basic("me:secret=")))))
                .isEqualTo(new Realm.Shown(Place.BASIC, "secret="));
        assertThat(shown(Realm.CHAT, Map.of("Authorization", List.of(basic(":a:b"))))
                        .text())
                .isEqualTo("a:b");
        refused(Realm.CHAT, Map.of("Authorization", List.of("Basic %%%")), TOKEN_INVALID);
        refused(Realm.CHAT, Map.of("Authorization", List.of(basic("me:"))), TOKEN_INVALID);
        refused(Realm.USERS, Map.of("Authorization", List.of(basic("me:secret"))), TOKEN_INVALID);
    }

    @Test
    void theCookieIsOneOfMany() {
        assertThat(shown(Realm.CHAT, Map.of("Cookie", List.of("a=b; sess=abc=; c=d"))))
                .isEqualTo(new Realm.Shown(Place.COOKIE, "abc="));
        refused(Realm.CHAT, Map.of("Cookie", List.of("a=b; session=abc; sess=")), AUTHORIZATION_MISSING);
        refused(Realm.USERS, Map.of("Cookie", List.of("sess=abc")), AUTHORIZATION_MISSING);
    }

    @Test
    void theHeaderBeatsTheCookieEvenWhenItIsBad() {
        assertThat(shown(Realm.CHAT, Map.of("Authorization", List.of("Bearer one"), "Cookie", List.of("sess=two")))
                        .text())
                .isEqualTo("one");
        refused(Realm.CHAT, Map.of("Authorization", List.of("Digest x"), "Cookie", List.of("sess=two")), TOKEN_INVALID);
    }

    @Test
    void aKeyMayStandWithoutAScheme() {
        assertThat(shown(GATEWAY, Map.of("Authorization", List.of("tokenabc"))))
                .isEqualTo(new Realm.Shown(Place.RAW, "tokenabc"));
        assertThat(shown(GATEWAY, Map.of("Authorization", List.of("Bearer tokenabc")))
                        .place())
                .isEqualTo(Place.BEARER);
        refused(GATEWAY, Map.of("Authorization", List.of("Token tokenabc")), TOKEN_INVALID);
        refused(Realm.CHAT, Map.of("Authorization", List.of("tokenabc")), TOKEN_INVALID);
    }

    @Test
    void aCredentialIsNotPrinted() {
        assertThat(new Realm.Shown(Place.BEARER, "secret")).hasToString("BEARER");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -, true",
                "-, same-origin, true",
                "-, none, true",
                "-, cross-site, false",
                "-, same-site, false",
                "https://broker.example.com, -, true",
                "http://BROKER.example.com, -, true",
                "https://broker.example.com:444, -, true",
                "https://app.example.com, cross-site, true",
                "https://app.example.com:444, -, false",
                "https://evil.example.com, -, false",
                "https://broker.example.com.evil.com, -, false",
                "https://broker.example.com@evil.com, -, false",
                "null, -, false",
                "'', -, false",
            })
    void onlyOwnAndListedPagesUseTheCookie(String origin, String site, boolean allowed) {
        var rule = new OwnPages(Set.of("https://app.example.com"));
        assertThat(rule.allows(headers(Map.of(
                        "Origin", origin == null ? List.of() : List.of(origin),
                        "Sec-Fetch-Site", site == null ? List.of() : List.of(site),
                        "Host", List.of("broker.example.com")))))
                .isEqualTo(allowed);
    }

    @Test
    void aPortIsComparedWhereTheHostHasOne() {
        var rule = new OwnPages(Set.of());
        Map<String, List<String>> here = Map.of("Host", List.of("localhost:8080"));
        assertThat(rule.knows("http://localhost:8080/chats", headers(here))).isTrue();
        assertThat(rule.knows("http://localhost:9000", headers(here))).isFalse();
        assertThat(rule.knows("javascript:alert(1)", headers(here))).isFalse();
        assertThat(rule.knows("//localhost:8080", headers(here))).isFalse();
    }
}
