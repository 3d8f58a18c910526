package gptbroker.probe.load;

/** Is handed a body piece by piece, as it arrives. */
@FunctionalInterface
interface BodySink {
    /** One HTTP chunk, or part of one, or part of a body with a length; the bytes are only valid during the call. */
    void piece(byte[] buffer, int offset, int length);
}
