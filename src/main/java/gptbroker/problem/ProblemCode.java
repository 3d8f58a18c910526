package gptbroker.problem;

/**
 * Every refusal and failure that a client can meet: its stable code, HTTP status and public text.
 *
 * <p>The code travels as the {@code X-Error-Code} header (and inside bodies where the dialect has a place for it);
 * clients may branch on it, so a code is never renamed. Texts of the five fixed endpoints are the seed's, to the byte.
 */
public enum ProblemCode {
    BAD_REQUEST("bad_request", 400, "Bad Request"),
    PARAMETER_INVALID("parameter_invalid", 400, "A parameter of the request is missing or not valid"),
    INVALID_JSON("invalid_json", 400, "Bad Request"),
    PROMPT_MISSING("prompt_missing", 400, "Missing required 'prompt' query parameter"),
    PROMPT_NOT_STRING("prompt_not_string", 400, "'prompt' must be a string"),
    TEMPERATURE_INVALID("temperature_invalid", 400, "'temperature' must be a number between [0, 1]"),
    MESSAGES_MISSING("messages_missing", 400, "Missing required 'messages' in body of request"),
    MESSAGES_NOT_ARRAY("messages_not_array", 400, "'messages' must be an array"),
    MESSAGE_MALFORMED("message_malformed", 400, "each 'message' object must have a 'role' and 'content' property"),
    MODEL_UNKNOWN("model_unknown", 400, "'model' must be one of gpt-4o,gpt-4o-mini"),
    INPUT_INVALID("input_invalid", 400, "The input is not what this prompt takes"),
    OWNER_STAYS("owner_stays", 400, "cannot delete group owner"),
    MEMBERS_MISSING("members_missing", 400, "require at least 1 member"),
    UPSTREAM_REJECTED("upstream_rejected", 400, "The model refused this request"),

    AUTHORIZATION_MISSING("authorization_missing", 401, "Authorization header is required"),
    TOKEN_INVALID("token_invalid", 401, "Invalid or expired token"),
    NOT_SIGNED_IN("not_signed_in", 401, "Not signed in: this is the project's API key, not a user's access token"),
    ADMIN_KEY_REQUIRED("admin_key_required", 401, "The operator's key is required (ADMIN_KEY)"),
    LOGIN_FAILED("login_failed", 401, "Invalid username or password"),
    PASSWORD_WRONG("password_wrong", 401, "Invalid password"),

    ORIGIN_DENIED("origin_denied", 403, "Pages of this origin may not use the session (CORS_ORIGINS)"),
    ACCESS_DENIED("access_denied", 403, "This user may not call this service"),
    ANONYMOUS_DENIED("anonymous_denied", 403, "Anonymous users may not call this service"),
    MODEL_NOT_ALLOWED("model_not_allowed", 403, "This model may not be used here"),
    MODEL_PRICE_UNKNOWN("model_price_unknown", 403, "What this model costs is not known, so it may not be used"),
    NOT_OWNER("not_owner", 403, "unauthorized"),
    ONLY_SELF("only_self", 403, "can only remove self"),

    NOT_FOUND("not_found", 404, "Endpoint not found"),
    GROUP_NOT_FOUND("group_not_found", 404, "group not found"),
    USER_NOT_FOUND("user_not_found", 404, "user not found"),
    METHOD_NOT_ALLOWED("method_not_allowed", 405, "Endpoint not found"),
    BODY_TIMEOUT("body_timeout", 408, "The request body did not arrive in time"),
    ALREADY_EXISTS("already_exists", 409, "There is one of this name already"),
    TOO_MANY("too_many", 409, "There are too many of them already"),
    USERNAME_TAKEN("username_taken", 409, "Failed to signup user: User exists"),
    LENGTH_REQUIRED("length_required", 411, "Chunked request bodies are not accepted: send a Content-Length"),
    BODY_TOO_LARGE("body_too_large", 413, "request entity too large"),
    URI_TOO_LONG("uri_too_long", 414, "The request line is too long"),
    MEDIA_TYPE_UNSUPPORTED("media_type_unsupported", 415, "Unsupported content encoding or charset"),
    UPGRADE_REQUIRED("upgrade_required", 426, "Only version 13 of the WebSocket protocol is spoken"),

    ATTEMPTS_EXCEEDED("attempts_exceeded", 429, "Too many attempts, try again later"),
    QUOTA_EXCEEDED("quota_exceeded", 429, "GPT Rate limit exceeded."),
    TOKEN_QUOTA_EXCEEDED("token_quota_exceeded", 429, "GPT Rate limit exceeded."),
    COST_QUOTA_EXCEEDED("cost_quota_exceeded", 429, "GPT Rate limit exceeded."),
    RATE_EXCEEDED("rate_exceeded", 429, "GPT Rate limit exceeded."),
    CONCURRENCY_EXCEEDED("concurrency_exceeded", 429, "GPT Rate limit exceeded."),
    ADDRESS_RATE_EXCEEDED("address_rate_exceeded", 429, "GPT Rate limit exceeded."),

    INTERNAL("internal", 500, "Internal Server Error"),
    METHOD_UNKNOWN("method_unknown", 501, "Endpoint not found"),
    UPSTREAM_FAILED("upstream_failed", 502, "The model could not answer"),
    IDENTITY_UNAVAILABLE("identity_unavailable", 503, "Sign-in cannot be checked right now"),
    QUOTA_UNAVAILABLE("quota_unavailable", 503, "Limits cannot be checked right now"),
    ARCHIVE_FULL("archive_full", 503, "The archive cannot take more right now"),
    ARCHIVE_UNAVAILABLE("archive_unavailable", 503, "The archive cannot be read right now"),
    OVERLOADED("overloaded", 503, "The broker is busy"),
    DRAINING("draining", 503, "The broker is shutting down"),
    UPSTREAM_RATE_LIMITED("upstream_rate_limited", 503, "The model is busy"),
    UPSTREAM_UNAVAILABLE("upstream_unavailable", 503, "The model is unavailable"),
    UPSTREAM_TIMEOUT("upstream_timeout", 504, "The model did not answer in time");

    private final String code;
    private final int status;
    private final String text;

    ProblemCode(String code, int status, String text) {
        this.code = code;
        this.status = status;
        this.text = text;
    }

    /** The stable machine-readable code, lower snake case. */
    public String code() {
        return code;
    }

    /** The HTTP status in the broker dialect. */
    public int status() {
        return status;
    }

    /** Whether today's share is used up, of whatever kind: nothing will help before the day ends. */
    public boolean isOfTheDay() {
        return this == QUOTA_EXCEEDED || this == TOKEN_QUOTA_EXCEEDED || this == COST_QUOTA_EXCEEDED;
    }

    /** Whether the model, not the caller or the broker, is why a request failed. */
    public boolean isUpstream() {
        return code.startsWith("upstream_");
    }

    /** The public text; it never holds input, secrets or upstream text. */
    public String text() {
        return text;
    }
}
