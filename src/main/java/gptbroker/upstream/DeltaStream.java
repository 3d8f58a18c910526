package gptbroker.upstream;

/** A streamed answer of which the text is of interest. */
public interface DeltaStream extends Steps<Delta> {}
