package gptbroker.chat;

import gptbroker.archive.Answers;
import gptbroker.archive.Answers.Answer;
import gptbroker.live.Feed;
import gptbroker.store.Database;
import gptbroker.store.SchemaException;
import gptbroker.store.SqlErrors;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finishes the turns whose broker has died, or could not reach Postgres at their end: once the archive knows how a call
 * ended, its message gets the text that there is, or goes if there is none; who reads live is told of the death. Every
 * replica looks, one of them finds.
 */
public final class Orphans implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
    private static final Duration EVERY = Duration.ofSeconds(5);
    private static final Duration CLOSING = Duration.ofSeconds(2);
    private static final int BATCH = 100;
    private static final UUID FIRST = new UUID(0, 0);

    /** A turn that has just begun is its own broker's. Ids rise with time. */
    private static final String OPEN = "select " + Message.COLUMNS
            + " from broker_messages m join broker_chats c on c.id = m.chat_id"
            + " where m.reply is null and m.created_at < now() - interval '10 seconds' and m.id > ?"
            + " order by m.id limit " + BATCH;

    private static final String STORE =
            "update broker_messages set reply = ?, updated_at = now() where id = ? and reply is null";
    private static final String DISCARD = "delete from broker_messages where id = ? and reply is null";

    private final Database database;
    private final Feed feed;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = Thread.ofVirtual().name("orphans").unstarted(this::run);

    /** Looks into this database, and tells by this feed. */
    public Orphans(Database database, Feed feed) {
        this.database = database;
        this.feed = feed;
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

    /**
     * What came of one look.
     *
     * @param next where to look on; empty when that was all
     */
    private record Step(List<Frame> frames, Optional<UUID> next) {}

    private static Step step(Connection connection, UUID after) throws SQLException {
        List<Message> open = Sql.all(connection, OPEN, Message::read, after);
        Map<UUID, Answer> answers = open.isEmpty()
                ? Map.of()
                : Answers.of(connection, open.stream().map(Message::id).toList());
        var frames = new ArrayList<Frame>();
        for (Message message : open) {
            Answer answer = answers.get(message.id());
            if (answer != null && answer.isClosed()) {
                finish(connection, message, answer).ifPresent(frames::add);
            }
        }
        return new Step(
                frames,
                open.size() < BATCH
                        ? Optional.empty()
                        : Optional.of(open.getLast().id()));
    }

    /** The frame, if nobody else has told how it ended. */
    private static Optional<Frame> finish(Connection connection, Message message, Answer answer) throws SQLException {
        boolean kept = answer.isDone() || !answer.text().isEmpty();
        int changed = kept
                ? Sql.update(connection, STORE, answer.text(), message.id())
                : Sql.update(connection, DISCARD, message.id());
        return changed > 0 && answer.isInterrupted()
                ? Optional.of(Frame.interrupted(message.replied(answer.text())))
                : Optional.empty();
    }

    /** Ends it. */
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
