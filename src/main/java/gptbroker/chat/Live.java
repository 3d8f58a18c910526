package gptbroker.chat;

import gptbroker.live.Feed;
import gptbroker.problem.Problem;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Those who read a chat as it happens. Thread-safe. */
final class Live {
    private static final Logger LOG = LoggerFactory.getLogger(Live.class);

    private final Feed feed;

    /** @param feed the topics are the chats' ids */
    Live(Feed feed) {
        this.feed = feed;
    }

    /** Returns at once. */
    void tell(Frame frame) {
        feed.publish(frame.chat(), frame.json());
    }

    /** What was told of a message that has been erased meanwhile is not to be heard again. */
    void gone(Message message) {
        tell(Frame.gone(message));
        try {
            feed.erase(Set.of(message.chat()));
        } catch (Problem away) {
            LOG.warn("what was told of the erased message {} stays for minutes: {}", message.id(), away.getMessage());
        }
    }
}
