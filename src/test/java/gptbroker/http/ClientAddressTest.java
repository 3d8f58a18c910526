package gptbroker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAddressTest {
    private final ClientAddress behindProxies = new ClientAddress(List.of("10.0.0.0/8", "2001:db8::/33", "127.0.0.1"));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.0.0.1  | 198.51.100.7                       | 198.51.100.7",
                "10.0.0.1  | 1.1.1.1, 198.51.100.7, 10.2.3.4    | 198.51.100.7",
                "10.0.0.1  | 127.0.0.1, 198.51.100.7            | 198.51.100.7",
                "10.0.0.1  | 198.51.100.7:4711                  | 198.51.100.7",
                "10.0.0.1  | [2001:db8:ffff::1]:4711            | 2001:db8:ffff:0:0:0:0:1",
                "2001:db8::1 | 198.51.100.7                     | 198.51.100.7",
                "10.0.0.1  | localhost                          | 10.0.0.1",
                "10.0.0.1  | 198.51.100.7, evil                 | 10.0.0.1",
                "10.0.0.1  | 10.0.0.2                           | 10.0.0.2",
                "203.0.113.9 | 127.0.0.1                        | 203.0.113.9",
            })
    void theRightmostStrangerCounts(String peer, String forwarded, String client) {
        assertThat(behindProxies.of(InetAddress.ofLiteral(peer), List.of(forwarded)))
                .isEqualTo(client);
    }

    @Test
    void hostsOfOneNetworkCountAsOne() {
        assertThat(ClientAddress.network("198.51.100.7")).isEqualTo("198.51.100.7");
        assertThat(ClientAddress.network("2001:db8:1:2:0:0:0:1"))
                .isEqualTo(ClientAddress.network("2001:db8:1:2:ffff:ffff:ffff:ffff"))
                .isNotEqualTo(ClientAddress.network("2001:db8:1:3:0:0:0:1"));
    }

    @Test
    void linesAreOneList() {
        assertThat(behindProxies.of(InetAddress.ofLiteral("10.0.0.1"), List.of("198.51.100.7", "10.9.9.9")))
                .isEqualTo("198.51.100.7");
    }

    @Test
    void nobodyIsTrustedByDefault() {
        assertThat(new ClientAddress(List.of()).of(InetAddress.ofLiteral("127.0.0.1"), List.of("198.51.100.7")))
                .isEqualTo("127.0.0.1");
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.0/33", "10.0.0.0/-1", "example.com", "10.0.0.0/x", "2001:db8::/129"})
    void nonsenseIsNamed(String block) {
        assertThatThrownBy(() -> new ClientAddress(List.of(block)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(block);
    }
}
