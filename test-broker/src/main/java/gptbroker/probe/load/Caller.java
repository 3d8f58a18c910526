package gptbroker.probe.load;

/** Makes the calls of one worker, one after the other. */
interface Caller extends AutoCloseable {
    /** Makes call number {@code index} and returns the answer's status. */
    int call(long index, BodySink sink) throws Failure;

    @Override
    void close();
}
