package gptbroker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code broker admin events}: those that are stored, or those to come. */
@Command(
        name = "events",
        description = "Print requests to accounts, chats and groups, the newest first, or as they come.",
        mixinStandardHelpOptions = true)
final class EventCommand implements Callable<Integer> {
    private static final int PAGE = 50;
    private static final String[] FIELDS = {
        "id", "at", "caller_id", "client_ip", "method", "endpoint", "status", "code", "duration_us"
    };

    @ParentCommand
    private AdminCommand admin;

    @Option(names = "--caller", description = "One caller's.")
    private @Nullable String caller;

    @Option(names = "--limit", description = "At most (default: 50; with --follow no end).")
    private @Nullable Integer limit;

    @Option(names = "--before", description = "Only older ones than this id.")
    private @Nullable UUID before;

    @Option(
            names = {"-f", "--follow"},
            description = "Print those to come, of all replicas, until Ctrl-C; with --json one a line.")
    private boolean follow;

    EventCommand() {}

    @Override
    public Integer call() {
        if (!follow) {
            String path = "/admin/events?limit=" + (limit == null ? PAGE : limit)
                    + AdminCommands.parameter("caller", caller)
                    + AdminCommands.parameter("before", before);
            return admin.ask("GET", path, AdminCommands.page(admin, "events", FIELDS));
        }
        if (before != null || limit != null && limit < 1) {
            return admin.fail(new AdminFailure(
                    AdminFailure.USAGE, "--follow is for what is to come: no --before, and a --limit from 1"));
        }
        return admin.with(this::follow);
    }

    /** A signal ends it as it would end a page: with 0, and everything printed. */
    private void follow(AdminClient client) throws AdminFailure {
        Thread here = Thread.currentThread();
        var hook = new Thread(here::interrupt, "no more events");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            new Follower(client, "/admin/events/stream", new Printer()).run();
        } catch (InterruptedException asked) {
            // As it is meant to end.
        } catch (AdminFailure failure) {
            if (!Thread.interrupted()) {
                throw failure;
            }
        } finally {
            remove(hook);
        }
    }

    private static void remove(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // It is what has run.
        }
    }

    private final class Printer implements Follower.Ear {
        private final AdminTable.Growing table = new AdminTable.Growing(admin.out(), List.of(FIELDS));
        private int left = limit == null ? Integer.MAX_VALUE : limit;

        @Override
        public boolean heard(JsonNode event) {
            if (caller != null && !caller.equals(event.path("caller_id").textValue())) {
                return true;
            }
            if (admin.wantsJson()) {
                admin.out().println(event);
                admin.out().flush();
            } else {
                table.add(event);
            }
            left = left == Integer.MAX_VALUE ? left : left - 1;
            // Nobody reads any more: | head
            return left > 0 && !admin.out().checkError();
        }

        @Override
        public void gap() {
            admin.warn("events are missing here, broker admin events has them");
        }
    }
}
