package gptbroker.probe.check;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** What is left today: told in three dialects that agree, and counted exactly. */
final class LimitChecks {
    /** OpenAI's spelling of a duration: {@code 1s}, {@code 6m0s}, {@code 17ms}. */
    private static final Pattern GO_DURATION = Pattern.compile("(\\d+h)?(\\d+m(?!s))?(\\d+(\\.\\d+)?(s|ms))?");

    private LimitChecks() {}

    /** To be made last: the last check closes the books of all calls before it. */
    static List<Check> all() {
        return List.of(
                Check.user("limits: told on a refusal", LimitChecks::onRefusal),
                Check.user("limits: told on a success, which costs 1", LimitChecks::onSuccess),
                Check.user("limits: a success cost 1, a refusal 0, every time", LimitChecks::books));
    }

    private static String onRefusal(Session session) throws IOException, InterruptedException {
        Reply reply = session.call(Ask.post(Paths.V2, Paths.BAD_TEMPERATURE));
        Expect.status(reply, 400);
        return consistent(reply);
    }

    private static String onSuccess(Session session) throws IOException, InterruptedException {
        Reply before = session.call(Ask.post(Paths.V2, Paths.BAD_TEMPERATURE));
        Reply reply = session.call(Ask.post(Paths.V2, Paths.messages(Paths.MESSAGES)));
        Expect.status(reply, 200);
        String detail = consistent(reply);
        long cost = remaining(before) - remaining(reply);
        boolean newDay = cost < 0;
        Mismatch.unless(newDay || cost == Math.min(1, remaining(before)), "cost " + cost + " instead of 1");
        return detail;
    }

    private static long remaining(Reply reply) {
        return Allowance.of(reply)
                .orElseThrow(() -> new Mismatch("no RateLimit"))
                .remaining();
    }

    private static String books(Session session) {
        Ledger ledger = session.ledger();
        List<String> disagreements = ledger.disagreements();
        Mismatch.unless(
                disagreements.isEmpty(),
                disagreements.size() + " wrong, first: "
                        + disagreements.stream().findFirst().orElse("") + " (does someone else use this user?)");
        if (ledger.comparisons() == 0) {
            throw new Skipped("no answer told what is left");
        }
        return ledger.comparisons() + " answers compared, " + ledger.spent() + " units spent";
    }

    /**
     * Checks that all limit headers are there and say the same.
     *
     * @throws Skipped when the user is exempt from the day, as an allowlisted one is
     */
    static String consistent(Reply reply) {
        String policies = reply.header("RateLimit-Policy");
        Mismatch.unless(!policies.isEmpty(), "no RateLimit-Policy");
        Map<String, String> policy = Allowance.item(policies, Allowance.DAY)
                .orElseThrow(() -> new Skipped("this user is exempt from the day"));
        long limit = number("q of RateLimit-Policy", policy.getOrDefault("q", ""));
        number("w of RateLimit-Policy", policy.getOrDefault("w", ""));
        Allowance day = Allowance.of(reply).orElseThrow(() -> new Mismatch("RateLimit tells no day"));
        Mismatch.unless(day.remaining() <= limit, "more is left than the limit");
        same(reply, "X-RateLimit-Limit", limit);
        same(reply, "X-RateLimit-Remaining", day.remaining());
        number("X-RateLimit-Reset", reply.header("X-RateLimit-Reset"));
        long requests = number("x-ratelimit-limit-requests", reply.header("x-ratelimit-limit-requests"));
        long left = number("x-ratelimit-remaining-requests", reply.header("x-ratelimit-remaining-requests"));
        Mismatch.unless(left <= requests, "x-ratelimit-remaining-requests is over its limit");
        String reset = reply.header("x-ratelimit-reset-requests");
        Mismatch.unless(
                !reset.isEmpty() && GO_DURATION.matcher(reset).matches(),
                "x-ratelimit-reset-requests is '" + Mismatch.shortened(reset) + "'");
        return day.remaining() + " of " + limit + " left today";
    }

    private static void same(Reply reply, String header, long expected) {
        long value = number(header, reply.header(header));
        Mismatch.unless(value == expected, header + " is " + value + ", RateLimit says " + expected);
    }

    private static long number(String what, String text) {
        OptionalLong number = Allowance.number(text);
        return number.orElseThrow(() -> new Mismatch(what + " is '" + Mismatch.shortened(text) + "'"));
    }
}
