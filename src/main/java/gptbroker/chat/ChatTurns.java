package gptbroker.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Occasion;
import gptbroker.identity.Caller;
import gptbroker.live.Feed;
import gptbroker.problem.Problem;
import gptbroker.turn.Ending;
import gptbroker.turn.Question;
import gptbroker.turn.Turn;
import gptbroker.turn.Turns;
import gptbroker.upstream.Call;
import gptbroker.upstream.Completion;
import gptbroker.upstream.Upstream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The next turn of a chat, on the way of any prompt: admitted, metered, archived. Its message has the request's id, so
 * that the archive knows which it is. A turn that comes to no text leaves nothing in the chat, and costs nothing.
 *
 * <p>Thread-safe; each turn runs on its request's thread.
 */
public final class ChatTurns {
    private static final Logger LOG = LoggerFactory.getLogger(ChatTurns.class);
    private static final int TRIES = 3;
    private static final long NEWEST = Long.MAX_VALUE;

    private final Turns turns;
    private final Upstream upstream;
    private final ChatModels models;
    private final Messages messages;
    private final Live live;
    private final int contextTokens;

    /**
     * Joins the steps.
     *
     * @param models what the chats' models are called in the registry
     * @param feed where replies are told to those who read live; the topic is the chat's id
     * @param contextTokens {@code CHAT_CONTEXT_TOKENS}: what a model is told at most, the prompt included
     */
    public ChatTurns(
            Turns turns, Upstream upstream, ChatModels models, Messages messages, Feed feed, int contextTokens) {
        this.turns = turns;
        this.upstream = upstream;
        this.models = models;
        this.messages = messages;
        this.live = new Live(feed);
        this.contextTokens = contextTokens;
    }

    /**
     * Has it answered in full, whether or not the client stays (S1.42). The limits are told; the answer is the caller's
     * to send.
     *
     * @throws Problem as {@link Turns#take}, 404 {@code not_found} when the seat has ended, and {@code upstream_*}
     */
    public Message answer(Exchange exchange, Ask ask) throws ClientGone, InterruptedException {
        var answered = new AtomicReference<Message>();
        Call call = call(ask);
        turns.take(exchange, ask.caller(), question(exchange, ask.endpoint(), ask.prompt(), call, 1), turn -> {
            turn.asks(call.messages());
            Message begun = begin(exchange, ask, turn, Optional.empty(), false);
            Completion completion = complete(exchange, call, begun, turn);
            turn.answered(completion.text());
            turn.settle(Ending.DONE, Optional.empty());
            answered.set(finish(begun, completion.text()));
            turn.tellLimits();
        });
        return answered.get();
    }

    /**
     * Says it off the record: to the members, and to no model. The archive learns that something was said, not what; no
     * unit is taken, the caller's rate counts it.
     *
     * @throws Problem as {@link #answer}
     */
    Message note(Exchange exchange, Ask ask) throws ClientGone, InterruptedException {
        var noted = new AtomicReference<Message>();
        turns.take(exchange, ask.caller(), new Question(ask.endpoint(), "", "", 0), turn -> {
            noted.set(begin(exchange, ask, turn, Optional.of(""), false));
            turn.settle(Ending.DONE, Optional.empty());
            turn.tellLimits();
        });
        live.tell(Frame.last(noted.get()));
        return noted.get();
    }

    /**
     * Answers the client at once and has it answered to the members who read live (S1.43, S1.44). Goes on when the
     * client leaves, until the request's total time is over or the broker stops.
     *
     * @throws Problem as {@link #answer}, before the client is answered
     */
    void stream(Exchange exchange, Ask ask) throws ClientGone, InterruptedException {
        Call call = call(ask);
        turns.take(exchange, ask.caller(), question(exchange, ask.endpoint(), ask.prompt(), call, 1), turn -> {
            turn.asks(call.messages());
            Message begun = begin(exchange, ask, turn, Optional.empty(), true);
            turn.tellLimits();
            // Else a client that keeps its connection would wait behind the stream with its next request.
            exchange.endConnection();
            live.tell(Frame.first(begun));
            send(exchange, begun);
            new LiveTurn(upstream, live, turn, "").run(exchange, call, begun, this::keep);
        });
    }

    /**
     * Has a turn answered anew whose broker has died while it streamed the reply. An empty first frame tells those who read
     * live that the text begins again. It costs no unit a second time; tokens and money are counted.
     *
     * @param caller who has asked; no limit is to hold this up
     * @param before what has been answered until then
     * @throws Problem when it is not admitted
     */
    void again(Occasion occasion, Caller caller, Orphan orphan, String before) throws ClientGone, InterruptedException {
        Message message = orphan.message();
        var wanted = new Context.Wanted(
                Optional.empty(), message.prompt(), orphan.turnsBefore(), contextTokens, orphan.place());
        Call call = call(message.chat(), models.asked(ChatRoutes.PROMPT, message.model()), wanted);
        turns.take(occasion, caller, question(occasion, ChatRoutes.PROMPT, message.prompt(), call, 0), turn -> {
            turn.asks(call.messages());
            live.tell(Frame.first(message));
            new LiveTurn(upstream, live, turn, before).run(occasion, call, message, this::keep);
        });
    }

    /** What the model will be told: read before the turn is admitted, because a budget must know how much it is. */
    private Call call(Ask ask) {
        var wanted = new Context.Wanted(ask.system(), ask.prompt(), ask.pairs(), contextTokens, NEWEST);
        return call(ask.chat().id(), models.asked(ask.endpoint(), ask.chat().model()), wanted);
    }

    private Call call(String chat, String model, Context.Wanted wanted) {
        byte[] told = Context.messages(wanted, messages.context(chat, wanted));
        return new Call(model, told, OptionalDouble.empty());
    }

    /** The archive keeps the prompt; the turns before it are there already. */
    private static Question question(Occasion occasion, String endpoint, String prompt, Call call, int units) {
        occasion.trace().model(call.model());
        var asked = new String(call.messages(), StandardCharsets.UTF_8);
        return new Question(endpoint, call.model(), prompt, units, asked, OptionalLong.empty());
    }

    private Message begin(Exchange exchange, Ask ask, Turn turn, Optional<String> reply, boolean lasting) {
        try {
            return messages.begin(ask, exchange.id(), reply, lasting);
        } catch (Problem refused) {
            turn.settle(Ending.FAILED, Ending.code(refused));
            turn.tellLimits();
            throw refused;
        }
    }

    private Completion complete(Exchange exchange, Call call, Message begun, Turn turn) {
        long asked = System.nanoTime();
        try {
            Completion completion = upstream.complete(call);
            turn.told(completion.usage(), completion.finishReason(), completion.upstreamId());
            return completion;
        } catch (Problem failed) {
            Problem problem = exchange.interruption().map(Problem::of).orElse(failed);
            turn.settle(Ending.FAILED, Ending.code(problem));
            turn.tellLimits();
            keep(begun.id(), Optional.empty());
            throw problem;
        } finally {
            exchange.trace().upstreamSince(asked);
        }
    }

    private Message finish(Message message, String reply) {
        Message whole = message.replied(reply);
        if (keep(message.id(), Optional.of(reply))) {
            live.tell(Frame.last(whole));
        } else {
            live.gone(whole);
        }
        return whole;
    }

    /**
     * Tries some times, each of which waits for a connection: the pool may be busy. What is not stored then is found in
     * the archive, {@link Orphans}; the answer has been settled already. False when the message is gone.
     */
    private boolean keep(UUID message, Optional<String> reply) {
        for (int left = TRIES; left > 0; left--) {
            try {
                if (reply.isPresent()) {
                    return messages.finish(message, reply.get());
                }
                messages.discard(message);
                return true;
            } catch (Problem away) {
                LOG.debug("message {} is not stored: {}", message, away.getMessage());
            }
        }
        LOG.warn("message {} is not stored yet, the archive has it", message);
        return true;
    }

    private static void send(Exchange exchange, Message message) {
        try {
            JsonAnswer.send(exchange, answer(message));
        } catch (ClientGone gone) {
            // Others may read.
            exchange.goOnAlone();
        }
    }

    /** What the asker gets (S1.38). */
    static ObjectNode answer(Message message) {
        ObjectNode json = Shapes.object();
        json.set("message", Shapes.message(message));
        return json.put("reply", message.reply().orElse(""));
    }
}
