package gptbroker.faults;

import gptbroker.faults.Books.Row;
import gptbroker.faults.Seen.End;
import gptbroker.testing.Eventually;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;

/** One row of the fault matrix: a load, faults while it runs, and the verdict when all is settled. */
final class Trial {
    private final Site site;
    private final Scale scale;
    private final String name;
    private final long seed = Scale.seed();
    private Duration settledWithin = Duration.ofSeconds(60);
    private int leaving = 5;
    private int rate;
    private long callsBefore;

    final Random random = new Random(seed);
    final Outages outages = new Outages();
    List<Seen> seen = List.of();
    List<Row> rows = List.of();

    Trial(Site site, Scale scale, String name) {
        this.site = site;
        this.scale = scale;
        this.name = name;
        this.rate = scale.rate();
    }

    /** So many clients of a hundred leave early. */
    Trial leaving(int percent) {
        leaving = percent;
        return this;
    }

    /** Waits no longer than this for the end of all that is under way. */
    Trial settledWithin(Duration limit) {
        settledWithin = limit;
        return this;
    }

    /** Nothing is sent but what the faults send themselves. */
    Trial quiet() {
        rate = 0;
        return this;
    }

    /** Breaks and mends things while a load runs. */
    @FunctionalInterface
    interface Faults {
        void run(Load load) throws Exception;
    }

    /** Runs it; gives the violations, and prints a line. */
    List<String> run(Faults faults) throws Exception {
        List<String> violations;
        callsBefore = site.model.calls();
        try (var _ = new StallWatch(outages, site.redis);
                var load = new Load(site, random, scale.users(), leaving, rate, scale.most())) {
            if (rate > 0) {
                load.awaitMore(scale.calm());
            }
            faults.run(load);
            if (rate > 0) {
                load.awaitMore(scale.calm());
            }
            seen = load.end();
            var books = new Books(site);
            Optional<String> unsettled = books.awaitSettled(settledWithin);
            rows = books.rows(load.users());
            violations = new Checker(outages, rows, books.counters()).violations(seen, load.users());
            violations.addAll(strays(books));
            unsettled.ifPresent(violations::add);
        } catch (Exception | AssertionError e) {
            System.out.printf("faults: %s: seed %d, %s%n", name, seed, e.getMessage());
            throw e;
        }
        print(violations);
        return violations;
    }

    /** What belongs to nobody, and what must not be in a log. */
    private List<String> strays(Books books) throws Exception {
        var strays = new ArrayList<String>();
        if (books.count("select count(*) from responses r where not exists"
                        + " (select from inputs i where i.id = r.input_id)")
                > 0) {
            strays.add("responses without an input");
        }
        if (books.count("select count(*) from archive_dead") > 0) {
            strays.add("entries parked as dead");
        }
        if (Files.readString(site.broker.log()).contains("nonce-")) {
            strays.add("a prompt in the log");
        }
        strays.addAll(calls());
        return strays;
    }

    /** I3: nobody asks the model but who was admitted, and now and then once more. */
    private List<String> calls() {
        long calls = site.model.calls() - callsBefore;
        long answers = rows.stream().filter(row -> "done".equals(row.status())).count();
        // Each process may try ten times more at once, and then a tenth more.
        long allowed = rows.size() + rows.size() / 10 + 10L * (1 + outages.starts());
        return calls < answers || calls > allowed
                ? List.of("the model was asked %d times for %d rows, %d of them done"
                        .formatted(calls, rows.size(), answers))
                : List.of();
    }

    private void print(Collection<String> violations) {
        System.out.printf(
                "faults: %-28s seed %d: %d requests, %d answered whole, %d in part, %d left, %d refused (429),"
                        + " %d errors, %d without an answer; %d broker deaths, %d stalls of the machine; %d rows, %d units: %s%n",
                name,
                seed,
                seen.size(),
                count(one -> one.status == 200 && one.end == End.COMPLETE),
                count(one -> one.status == 200 && (one.end == End.TOLD || one.end == End.CUT)),
                count(one -> one.end == End.LEFT),
                count(one -> one.status == 429),
                count(one -> one.status >= 500),
                count(one -> one.status == 0 && one.end != End.LEFT),
                outages.deaths().size(),
                outages.stalls(),
                rows.size(),
                rows.stream().mapToLong(Row::units).sum(),
                violations.isEmpty() ? "ok" : violations.size() + " VIOLATIONS");
        violations.stream().limit(3).forEach(violation -> System.out.println("faults:   " + violation));
    }

    long count(Predicate<Seen> what) {
        return seen.stream().filter(what).count();
    }

    /** The row of a request. */
    Row row(Seen one) {
        return rows.stream()
                .filter(row -> row.nonce().equals(one.plan.nonce()))
                .findFirst()
                .orElseThrow();
    }

    /** Lets time go by. */
    static void pause(Duration length) {
        long begun = System.nanoTime();
        Eventually.within(length.plusSeconds(10), "time goes by", () -> System.nanoTime() - begun >= length.toNanos());
    }
}
