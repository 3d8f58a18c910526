package gptbroker.faults;

import gptbroker.faults.Books.Counted;
import gptbroker.faults.Books.Row;
import gptbroker.faults.Outages.What;
import gptbroker.faults.Plan.Form;
import gptbroker.faults.Plan.Leave;
import gptbroker.faults.Seen.End;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Compares what the clients have seen with what the broker has written down (I1-I7 of the fault matrix). Every
 * difference is a violation, in words.
 */
final class Checker {
    private static final Pattern NONCE = Pattern.compile("nonce-(\\w+)");
    private static final Map<String, Integer> UNITS =
            Map.of("done", 1, "partial_client", 1, "partial_upstream", 1, "interrupted", 1, "error", 0);

    /** A checkpoint is sent with the next delta and does not wait for its answer: that much later at the most. */
    private static final Duration LATE = Duration.ofSeconds(1);

    private final Outages outages;
    private final Map<UUID, Counted> counters;
    private final Map<String, List<Row>> byNonce;
    private final Collection<Row> rows;
    private final List<String> violations = new ArrayList<>();

    Checker(Outages outages, Collection<Row> rows, Map<UUID, Counted> counters) {
        this.outages = outages;
        this.rows = rows;
        this.counters = counters;
        this.byNonce = rows.stream().collect(Collectors.groupingBy(Row::nonce));
    }

    /** Everything that is wrong. */
    List<String> violations(Collection<Seen> all, Collection<UUID> users) {
        all.forEach(this::check);
        rows.forEach(this::check);
        byNonce.values().stream().filter(same -> same.size() > 1).forEach(same -> wrong("more than one row", same));
        var asked = all.stream().map(seen -> seen.plan.nonce()).collect(Collectors.toSet());
        byNonce.keySet().stream()
                .filter(nonce -> !asked.contains(nonce))
                .forEach(nonce -> wrong("a row of nobody", nonce));
        checkQuotas(users);
        return violations;
    }

    /** I2: the counter is the sum of what the rows say, and within the limit. */
    private void checkQuotas(Collection<UUID> users) {
        var charged = new HashMap<UUID, Counted>();
        rows.forEach(row -> charged.merge(
                row.user(),
                new Counted(
                        row.units(), row.tokens(), row.cost().movePointRight(9).longValueExact()),
                Counted::plus));
        for (UUID user : users) {
            Counted counted = counters.getOrDefault(user, Counted.NOTHING);
            Counted sum = charged.getOrDefault(user, Counted.NOTHING);
            if (!counted.equals(sum) || counted.units() > Site.DAILY_LIMIT) {
                wrong("quota: " + counted + " counted, " + sum + " charged, limit " + Site.DAILY_LIMIT, user);
            }
        }
    }

    /** The charge table, and no row left open. */
    private void check(Row row) {
        if (row.status() == null || row.rank() < 2) {
            wrong("a row without an end", row);
        } else if (UNITS.getOrDefault(row.status(), -1) != row.units()) {
            wrong("charged wrongly", row);
        } else if (row.units() > 0 && (row.tokens() == 0 || row.cost().signum() == 0)) {
            wrong("answered, and no tokens or cost counted", row);
        }
    }

    private void check(Seen seen) {
        checkNonces(seen);
        checkErrors(seen);
        List<Row> found = byNonce.getOrDefault(seen.plan.nonce(), List.of());
        if (found.isEmpty()) {
            if (seen.hasContent()) {
                wrong("answered, and not in the archive", seen);
            }
            return;
        }
        Row row = found.getFirst();
        if (seen.plan.leave() == Leave.BEFORE_BODY && seen.plan.form() != Form.SIMPLE) {
            wrong("charged for half a request", seen);
        }
        if (!row.user().equals(seen.plan.user())
                || seen.id.isPresent() && !seen.id.get().equals(row.id())) {
            wrong("archived for another user or request, as " + row.id(), seen);
        }
        if (seen.status >= 400 && row.units() != 0) {
            wrong("refused and charged as " + row.status(), seen);
        }
        if (seen.hasContent()) {
            checkText(seen, row);
        }
    }

    /** I1: a whole answer is archived whole; a part is archived with at least what the client has got. */
    private void checkText(Seen seen, Row row) {
        String archived = row.textOrNothing();
        if (seen.end == End.COMPLETE) {
            if (!"done".equals(row.status()) || !archived.equals(seen.text())) {
                wrong(
                        "answered whole, archived as " + row.status() + " with " + archived.length() + " of "
                                + seen.text().length() + " characters",
                        seen);
            } else if (!seen.plan.modelFails() && !archived.equals(seen.plan.expected())) {
                wrong("not what the model said", seen);
            }
        } else if (!archived.startsWith(seen.text()) && !lostWithTheBroker(seen, row)) {
            wrong("got " + seen.text().length() + " characters, " + row.status() + " has " + archived.length(), seen);
        }
    }

    /** A broker that dies in the middle of a stream takes along what came after the last checkpoint, but not the row. */
    private boolean lostWithTheBroker(Seen seen, Row row) {
        if (!"interrupted".equals(row.status()) || !seen.text().startsWith(row.textOrNothing())) {
            return false;
        }
        long allowed = Site.CHECKPOINT.plus(LATE).toNanos();
        return outages.deaths().stream()
                .filter(death -> death - seen.begun >= 0)
                .anyMatch(death -> outages.broken(What.REDIS, death - allowed, death)
                        || outages.broken(What.MACHINE, death - allowed, death)
                        || row.textOrNothing().length() >= seen.lengthAt(death - allowed));
    }

    /** I4. */
    private void checkNonces(Seen seen) {
        var nonces = NONCE.matcher(seen.text.isEmpty() ? seen.raw : seen.text());
        while (nonces.find()) {
            String nonce = nonces.group(1);
            boolean own = nonces.hitEnd()
                    ? seen.plan.nonce().startsWith(nonce)
                    : seen.plan.nonce().equals(nonce);
            if (!own) {
                wrong("saw another's answer, " + nonce, seen);
            }
        }
    }

    /** I7: every failure has a cause that we made. */
    private void checkErrors(Seen seen) {
        String code = seen.code.orElse("");
        boolean scripted = seen.plan.modelFails() && (code.startsWith("upstream_") || seen.end == End.TOLD);
        if (seen.status >= 500 && !scripted && !outages.explains(seen, code)) {
            wrong("an error without a cause", seen);
        }
        if (seen.status >= 400 && seen.status < 500 && seen.status != 429) {
            wrong("a refusal without a cause", seen);
        }
        boolean ended = seen.end == End.COMPLETE || seen.end == End.LEFT || scripted;
        if (!ended && !outages.explainsEnd(seen)) {
            wrong(seen.plan.leave() == Leave.NEVER ? "ended early" : "half-closed and not answered", seen);
        }
    }

    private void wrong(String what, Object where) {
        violations.add(what + ": " + where);
    }
}
