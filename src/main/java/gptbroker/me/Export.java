package gptbroker.me;

import gptbroker.archive.Page;
import gptbroker.archive.Told;
import gptbroker.http.AnswerStream;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.problem.Problem;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Everything of a user's, one JSON object a line, read and sent page by page. Thread-safe. */
public final class Export {
    private static final String LINES = "application/x-ndjson; charset=utf-8";
    private static final int PAGE = 500;

    /** Some of what there is of a user. Thread-safe. */
    @FunctionalInterface
    public interface Pages {
        /**
         * A page, the newest first.
         *
         * @param before only what came before this
         * @throws Problem 503 {@code archive_unavailable}
         */
        Page page(UUID user, Optional<UUID> before, int limit);
    }

    /**
     * One kind of lines.
     *
     * @param type what each says it is
     */
    public record Part(String type, Pages pages) {}

    private final List<Part> parts;

    /** Of these parts, in this order; there is one at least. */
    public Export(List<Part> parts) {
        this.parts = List.copyOf(parts);
    }

    /** The first page comes before the status, so that an archive that is away is a 503 and not a broken stream. */
    void send(Exchange x, UUID user) throws ClientGone {
        Page first = parts.getFirst().pages().page(user, Optional.empty(), PAGE);
        x.header("Content-Disposition", "attachment; filename=\"export.ndjson\"");
        AnswerStream out = x.stream(200, LINES);
        if (x.method().equals("HEAD")) {
            return;
        }
        send(out, user, parts.getFirst(), first);
        for (Part part : parts.subList(1, parts.size())) {
            send(out, user, part, part.pages().page(user, Optional.empty(), PAGE));
        }
    }

    private static void send(AnswerStream out, UUID user, Part part, Page first) throws ClientGone {
        Page page = first;
        while (true) {
            for (Told told : page.exchanges()) {
                out.write(told.line(part.type()));
                out.write('\n');
            }
            out.flush();
            if (page.next().isEmpty()) {
                return;
            }
            page = part.pages().page(user, page.next(), PAGE);
        }
    }
}
