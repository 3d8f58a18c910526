package gptbroker.probe.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Reading limit headers, and the books that are kept from them. */
final class AllowanceTest {
    private static final Ask ASK = Ask.get("/simple?prompt=x");

    private static Reply reply(int status, String rateLimit) {
        HttpHeaders headers = HttpHeaders.of(
                rateLimit.isEmpty() ? Map.of() : Map.of("RateLimit", List.of(rateLimit)), (name, value) -> true);
        return new Reply(status, headers, new Arrivals(new byte[0], List.of()), Duration.ZERO);
    }

    private static Reply left(int status, long remaining, long reset) {
        return reply(status, "\"day\";r=" + remaining + ";t=" + reset);
    }

    @Test
    void findsTheDayAmongOtherPolicies() {
        Reply reply = reply(200, "\"burst\";r=9;t=1, \"day\" ; r=12; t=3600");
        assertThat(Allowance.of(reply)).contains(new Allowance(12, 3600));
        assertThat(Allowance.of(reply(200, "\"burst\";r=9;t=1"))).isEmpty();
        assertThat(Allowance.of(reply(200, "\"day\";r=-1;t=x"))).isEmpty();
        assertThat(Allowance.of(reply(200, ""))).isEmpty();
    }

    @Test
    void agreesWithExactCharges() {
        Ledger ledger = new Ledger();
        ledger.book(ASK, left(400, 10, 100));
        ledger.book(ASK, left(200, 9, 99));
        ledger.book(ASK, reply(405, ""));
        ledger.book(ASK, left(400, 9, 98));
        assertThat(ledger.disagreements()).isEmpty();
        assertThat(ledger.comparisons()).isEqualTo(2);
        assertThat(ledger.spent()).isEqualTo(1);
    }

    @Test
    void noticesChargedRefusalsAndDoubleCharges() {
        Ledger ledger = new Ledger();
        ledger.book(ASK, left(400, 10, 100));
        ledger.book(ASK, left(400, 9, 100));
        ledger.book(ASK, left(200, 7, 100));
        assertThat(ledger.disagreements())
                .containsExactly("GET /simple (400) cost 1 instead of 0", "GET /simple (200) cost 2 instead of 1");
    }

    @Test
    void startsAnewAtMidnightAndAfterAFailedModel() {
        Ledger ledger = new Ledger();
        ledger.book(ASK, left(200, 3, 1));
        ledger.book(ASK, left(200, 49, 86_400));
        ledger.book(ASK, left(502, 48, 86_400));
        ledger.book(ASK, left(400, 49, 86_400));
        assertThat(ledger.disagreements()).isEmpty();
    }
}
