package gptbroker.chat;

import gptbroker.archive.Answers;
import gptbroker.archive.Answers.Answer;
import gptbroker.archive.Asker;
import gptbroker.http.Errands;
import gptbroker.identity.Caller;
import gptbroker.identity.OwnLimits;
import gptbroker.live.Feed;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import gptbroker.store.SchemaException;
import gptbroker.store.SqlErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finishes the turns whose broker has died or stopped, or could not reach Postgres at their end. Once the archive knows how a call
 * ended, its message gets the text that there is, or goes if there is none. A streamed reply that was
 * cut off so is asked for once more, and told to those who read live. Every replica looks, one of them finds.
 */
public final class Orphans implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration CLOSING = Duration.ofSeconds(2);
    private static final int BATCH = 100;
    /** Those beyond wait for a later look: a death may leave thousands. */
    private static final int MOST_AT_ONCE = 50;

    private static final UUID FIRST = new UUID(0, 0);

    private static final String STORE =
            "update broker_messages set reply = ?, updated_at = now() where id = ? and reply is null";
    private static final String DISCARD = "delete from broker_messages where id = ? and reply is null";

    private final Database database;
    private final Feed feed;
    private final ChatTurns turns;
    private final Errands errands;
    private final Predicate<Duration> archived;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = Thread.ofVirtual().name("orphans").unstarted(this::run);

    /**
     * Looks into this database, tells by this feed, and asks again on these errands, which stay the caller's to close.
     *
     * @param archived whether the archive has everything that is older than this: what it does not know then is lost
     */
    public Orphans(Database database, Feed feed, ChatTurns turns, Errands errands, Predicate<Duration> archived) {
        this.database = database;
        this.feed = feed;
        this.turns = turns;
        this.errands = errands;
        this.archived = archived;
    }

    /** Begins to look. */
    public void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (InterruptedException closed) {
            LOG.debug("interrupted while closing");
        }
    }

    private void look() {
        try {
            database.migrate();
            Optional<UUID> after = Optional.of(FIRST);
            while (after.isPresent()) {
                UUID from = after.get();
                Step step = database.transaction(connection -> step(connection, from));
                step.frames().forEach(frame -> feed.publish(frame.chat(), frame.json()));
                step.claims().forEach(this::askAgain);
                after = step.next();
            }
        } catch (SQLException e) {
            LOG.debug("unfinished turns wait: {}", SqlErrors.describe(e));
        } catch (SchemaException e) {
            LOG.debug("unfinished turns wait: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("unfinished turns wait", e);
        }
    }

    /** What came of one look at some turns. */
    private record Step(List<Frame> frames, List<Claim> claims, Optional<UUID> next) {}

    /**
     * A turn that is this broker's now.
     *
     * @param call the id of the new call
     * @param before what has been answered until now
     */
    private record Claim(Orphan orphan, UUID call, Asker asker, String before) {}

    private Step step(Connection connection, UUID after) throws SQLException {
        // Before the archive is read: what comes into it meanwhile must not look like what never came.
        boolean nothingWaits = archived.test(Orphan.PATIENCE.dividedBy(2));
        List<Orphan> open = Sql.all(connection, Orphan.OPEN, Orphan::read, after, BATCH);
        Map<UUID, Answer> answers = open.isEmpty() ? Map.of() : Answers.of(connection, calls(open));
        Optional<UUID> next = open.size() < BATCH
                ? Optional.empty()
                : Optional.of(open.getLast().id());
        var step = new Step(new ArrayList<>(), new ArrayList<>(), next);
        for (Orphan orphan : open) {
            Optional<Answer> answer = Optional.ofNullable(answers.get(orphan.call()));
            if (answer.map(Answer::isClosed).orElse(orphan.stale() && nothingWaits)) {
                end(connection, orphan, answer, text(orphan, answers), step);
            }
        }
        return step;
    }

    /** Those of the messages' own ids, too: an earlier call may have come further. */
    private static Set<UUID> calls(List<Orphan> open) {
        return open.stream()
                .flatMap(orphan -> Stream.of(orphan.id(), orphan.call()))
                .collect(Collectors.toSet());
    }

    private static String text(Orphan orphan, Map<UUID, Answer> answers) {
        return Stream.of(orphan.call(), orphan.id())
                .map(answers::get)
                .filter(answer -> answer != null && !answer.text().isEmpty())
                .map(Answer::text)
                .findFirst()
                .orElse("");
    }

    private void end(Connection connection, Orphan orphan, Optional<Answer> answer, String text, Step step)
            throws SQLException {
        boolean cut = answer.isEmpty() || answer.get().isInterrupted();
        if (cut && orphan.askable()) {
            if (errands.running() + step.claims().size() >= MOST_AT_ONCE) {
                return;
            }
            Optional<Asker> asker = Asker.of(connection, orphan.id());
            if (asker.isPresent()) {
                UUID call = errands.id();
                if (Sql.update(connection, Orphan.CLAIM, call, orphan.id(), orphan.call()) > 0) {
                    step.claims().add(new Claim(orphan, call, asker.get(), text));
                }
                return;
            }
        }
        boolean done = answer.map(Answer::isDone).orElse(false);
        finish(connection, orphan.message(), text, done).filter(frame -> cut).ifPresent(step.frames()::add);
    }

    /** What to tell of it, if nobody else has finished it. */
    private static Optional<Frame> finish(Connection connection, Message message, String text, boolean done)
            throws SQLException {
        int changed = done || !text.isEmpty()
                ? Sql.update(connection, STORE, text, message.id())
                : Sql.update(connection, DISCARD, message.id());
        return changed > 0 ? Optional.of(Frame.interrupted(message.replied(text))) : Optional.empty();
    }

    private void askAgain(Claim claim) {
        LOG.info(
                "the call {} of a dead broker is made again as {}",
                claim.orphan().id(),
                claim.call());
        errands.run(claim.call(), occasion -> {
            try {
                turns.again(occasion, caller(claim.asker()), claim.orphan(), claim.before());
            } catch (Problem refused) {
                LOG.warn("call {} was refused: {}", claim.call(), refused.code());
                giveUp(claim);
            }
        });
    }

    /** What was admitted then goes on. */
    private static Caller caller(Asker asker) {
        return new Caller(
                asker.id(),
                Caller.Kind.valueOf(asker.kind().toUpperCase(Locale.ROOT)),
                Caller.DEFAULT_TIER,
                false,
                asker.user(),
                Instant.MAX,
                asker.project(),
                OwnLimits.ADMITTED);
    }

    private void giveUp(Claim claim) {
        Message message = claim.orphan().message();
        database.answer(
                        ProblemCode.ARCHIVE_UNAVAILABLE,
                        connection -> finish(connection, message, claim.before(), false))
                .ifPresent(frame -> feed.publish(frame.chat(), frame.json()));
    }

    /** Ends it; repeated calls do nothing more. */
    @Override
    public void close() {
        closing.countDown();
        try {
            if (thread.getState() != Thread.State.NEW && !thread.join(CLOSING)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
