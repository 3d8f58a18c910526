package gptbroker.live;

/** What a subscriber gets. */
public sealed interface Heard {
    /**
     * One frame. Shared by all subscribers of its topic, so its body must not be changed.
     *
     * @param body as it was published
     */
    record Frame(FrameId id, byte[] body) implements Heard {}

    /** Frames are missing here: the buffer did not reach back far enough. */
    record Gap() implements Heard {}
}
