package gptbroker.probe.check;

import gptbroker.probe.check.Check.Outcome;
import gptbroker.probe.check.Check.Result;
import gptbroker.probe.tenant.Tenant;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prints rows as they come and a summary at the end; known secrets are struck out of whatever a broker sent. */
final class Report {
    private static final String ROW = "  %-52s %-5s %7s  %s%n";

    private final PrintWriter out;
    private final List<String> secrets = new ArrayList<>();
    private final Map<String, List<Result>> results = new LinkedHashMap<>();

    Report(PrintWriter out) {
        this.out = out;
    }

    /** Never to be printed, even if the broker echoes it. */
    void conceal(String secret) {
        if (!secret.isEmpty()) {
            secrets.add(secret);
        }
    }

    void begin(Tenant tenant) {
        results.put(tenant.name(), new ArrayList<>());
        out.printf("%n%s at %s%n%n", tenant.name(), tenant.baseUrl());
        out.printf(ROW, "check", "", "ms", "detail");
        out.flush();
    }

    void row(Tenant tenant, Result result) {
        results.getOrDefault(tenant.name(), new ArrayList<>()).add(result);
        String outcome = result.outcome() == Outcome.FAIL
                ? "FAIL"
                : result.outcome().name().toLowerCase(Locale.ROOT);
        out.printf(ROW, result.name(), outcome, result.took().toMillis(), concealed(result.detail()));
        out.flush();
    }

    private String concealed(String text) {
        String concealed = text;
        for (String secret : secrets) {
            concealed = concealed.replace(secret, "***");
        }
        return concealed;
    }

    void spent(Ledger ledger) {
        String left = ledger.last()
                .map(day -> ", %d left for %d s".formatted(day.remaining(), day.resetSeconds()))
                .orElse("");
        out.printf("%n  quota units spent: %d%s%n", ledger.spent(), left);
        out.flush();
    }

    /** Prints one line a tenant and returns whether nothing failed. */
    boolean summary() {
        out.println();
        results.forEach((tenant, rows) -> {
            out.printf("%-20s %s%n", tenant, counts(rows));
            rows.stream()
                    .filter(row -> row.outcome() == Outcome.FAIL)
                    .forEach(row -> out.printf("  FAIL %s%n", row.name()));
        });
        out.flush();
        return results.values().stream().flatMap(List::stream).noneMatch(row -> row.outcome() == Outcome.FAIL);
    }

    private static String counts(List<Result> rows) {
        return "%d passed, %d failed, %d skipped"
                .formatted(count(rows, Outcome.PASS), count(rows, Outcome.FAIL), count(rows, Outcome.SKIP));
    }

    private static long count(List<Result> rows, Outcome outcome) {
        return rows.stream().filter(row -> row.outcome() == outcome).count();
    }
}
