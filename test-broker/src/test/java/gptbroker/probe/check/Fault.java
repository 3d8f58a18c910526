package gptbroker.probe.check;

/** One broken promise of a {@link FakeBroker}, and the row that must show it. */
enum Fault {
    WRONG_TEXT("v2: temperature -1"),
    MISSING_NULL("simple: no prompt"),
    NO_ERROR_CODE("v2: {}"),
    NO_LIMIT_HEADER("limits: told on a success"),
    DISAGREEING_LIMITS("limits: told on a refusal"),
    CHARGED_REFUSAL("limits: a success cost 1"),
    FREE_SUCCESS("limits: told on a success"),
    FOREIGN_TOKEN_ACCEPTED("isolation: "),
    FORGED_TOKEN_ACCEPTED("who: a token whose signature was changed"),
    ANON_KEY_ACCEPTED("who: the project's anon key"),
    LIMITS_ON_401("who: a 401 tells no limits"),
    METRICS_PUBLIC("404: operator's routes"),
    CHUNKS_ACCEPTED("411: chunked request body"),
    NO_BODY_LIMIT("413: body over 1 MiB"),
    NO_CORS_ON_ERRORS("cors: errors are readable"),
    NO_PREFLIGHT("cors: preflight of a POST"),
    SAME_REQUEST_ID("request id"),
    NO_ALLOW("405: GET where POST belongs"),
    STREAM_HELD_BACK("stream: arrives while it is written"),
    STREAM_FAILED("stream: lines of JSON"),
    NO_DONE("stream: server-sent events"),
    EMPTY_ANSWER("gpt-4o: no temperature"),
    STRING_REFUSED("v2: messages as a string of JSON"),
    ME_COSTS("limits: a success cost 1"),
    ME_DISAGREES("me: limits"),
    NO_ENVELOPE("v1: nobody"),
    USAGE_SHOWN("v1: a stream"),
    ADMIN_KEY_ASKS("operator: the key asks no model"),
    CHAT_OPEN_TO_OTHERS("chats: another user's"),
    CHAT_COSTS("limits: a success cost 1"),
    CHAT_STAYS("chats: it is deleted"),
    LAST_FRAME_CUT("chats: a streamed prompt"),
    RESUMED_FROM_START("chats: Last-Event-ID"),
    KEY_SHOWN_AGAIN("projects: a key is shown once"),
    REVOKED_KEY_OPENS("projects: a revoked key"),
    /** No fault: its first three streams come at once, as to a client that stood still meanwhile. */
    SEEN_LATE(""),
    /** No fault but a low rate: every third call has to wait. */
    TOO_FAST("");

    private final String row;

    Fault(String row) {
        this.row = row;
    }

    /** How the name of the failing row begins. */
    String row() {
        return row;
    }
}
