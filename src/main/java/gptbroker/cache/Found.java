package gptbroker.cache;

/** Whether an answer is known. */
public sealed interface Found {
    /** It is; the head of the answer says so already. */
    record Known(Kept kept) implements Found {}

    /** It is not: whoever asks is to ask on, and to close the lead when all is over. */
    record Unknown(Lead lead) implements Found {}

    /** Unknown, and not to be kept. */
    Found NOT_LOOKED_FOR = new Unknown(Lead.NONE);
}
