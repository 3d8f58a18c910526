package gptbroker.identity;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.config.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AdminKeyTest {
    private final AdminKey key = new AdminKey(Optional.of(new Secret("k:ey")));

    @Test
    void bearerAndBasicMatch() {
        assertThat(key.matches(List.of("Bearer k:ey"))).isTrue();
        assertThat(key.matches(List.of("bearer k:ey"))).isTrue();
        assertThat(key.matches(List.of(basic("admin:k:ey")))).isTrue();
        assertThat(key.matches(List.of(basic(":k:ey")))).isTrue();
    }

    /** As the gateway's scripts send it (S4.2). */
    @Test
    void theBareKeyMatches() {
        assertThat(key.matches(List.of("k:ey"))).isTrue();
    }

    @Test
    void nothingElseMatches() {
        for (String header : List.of(
                "",
                "Bearer",
                "Bearer ",
                "Bearer k:ey ",
                "Bearer  k:ey",
                "k:eyx",
                "k:e",
                " k:ey",
                "Basic k:ey",
                "Basic",
                basic("k"),
                basic("admin"),
                basic("k:ey"),
                basic("admin:"),
                "Digest k:ey",
                "Bearer " + "x".repeat(5000))) {
            assertThat(key.matches(List.of(header))).as(header).isFalse();
        }
        assertThat(key.matches(List.of())).isFalse();
        assertThat(key.matches(List.of("Bearer k:ey", "Bearer k:ey"))).isFalse();
    }

    @Test
    void withoutAKeyNothingMatches() {
        for (Optional<Secret> none : List.of(Optional.<Secret>empty(), Optional.of(new Secret("")))) {
            AdminKey off = new AdminKey(none);
            assertThat(off.matches(List.of("Bearer "))).isFalse();
            assertThat(off.matches(List.of("Bearer null"))).isFalse();
            assertThat(off.matches(List.of(""))).isFalse();
            assertThat(off.matches(List.of(basic("admin:")))).isFalse();
        }
    }

    private static String basic(String pair) {
        return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }
}
