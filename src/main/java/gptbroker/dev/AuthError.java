package gptbroker.dev;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/** A refusal of the stand-in with GoTrue's status, code and words. */
final class AuthError extends RuntimeException {
    /** Chooses the newer form of answers. */
    static final HeaderName API_VERSION = HeaderNames.create("X-Supabase-Api-Version");

    private static final long serialVersionUID = 1L;
    private static final HeaderName ERROR_CODE = HeaderNames.create("X-Sb-Error-Code");
    private static final String NEWER = "2024-01-01";
    private static final ObjectMapper mapper = new ObjectMapper();

    private final int status;
    private final String code;

    AuthError(int status, String code, String message) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
    }

    /** Writes it in the form that the client asked for. */
    void send(ServerRequest req, ServerResponse res) {
        var body = mapper.createObjectNode();
        boolean newer = req.headers().first(API_VERSION).orElse("").compareTo(NEWER) >= 0;
        if (newer) {
            res.header(API_VERSION, NEWER);
            body.put("code", code).put("message", getMessage());
        } else {
            body.put("code", status).put("error_code", code).put("msg", getMessage());
        }
        if (code.equals("weak_password")) {
            body.putObject("weak_password").putArray("reasons").add("length");
        }
        res.status(status)
                .header(ERROR_CODE, code)
                .header(HeaderValues.CONTENT_TYPE_JSON)
                .send(body.toString());
    }
}
