package gptbroker.chat;

/** Where the frames of chats go; whoever reads a chat live gets them from there. Thread-safe, quick, never throws. */
@FunctionalInterface
public interface Frames {
    /** Nobody reads live. */
    Frames NONE = (topic, json) -> {};

    /**
     * Sends one frame to all who read.
     *
     * @param topic the chat's id
     * @param json {@code {"message":{…},"partial":…}}
     */
    void publish(String topic, byte[] json);
}
