package gptbroker.probe.check;

import gptbroker.probe.check.FakeApi.Answer;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The one project of a {@link FakeBroker}, its key and what it has asked. Thread-safe. */
final class FakeProjects {
    private static final String JSON = "application/json; charset=utf-8";
    private static final String INPUT = UUID.randomUUID().toString();

    private final Set<Fault> faults;
    private final String key = "gb_" + UUID.randomUUID();
    private boolean made;
    private boolean valid;
    private boolean suspended;

    FakeProjects(Set<Fault> faults) {
        this.faults = faults;
    }

    static boolean serves(String path) {
        return path.startsWith("/admin/projects")
                || path.startsWith("/admin/keys/")
                || path.equals("/query")
                || path.startsWith("/inputs/");
    }

    /** Its key, which must not be printed. */
    String key() {
        return key;
    }

    /** Whether it has been left so that nobody can use it. */
    synchronized boolean isShut() {
        return made && suspended && !valid;
    }

    private static Answer ok(String body) {
        return new Answer(200, "", JSON, body, false);
    }

    private static Answer refused(int status, String code) {
        return new Answer(status, code, JSON, "{\"error\":\"no\"}", false);
    }

    synchronized Answer answer(String method, String path, String body, boolean operator, @Nullable String apiKey) {
        if (path.startsWith("/admin/")) {
            return operator ? admin(method, path, body) : refused(404, "not_found");
        }
        boolean known = key.equals(apiKey) && (valid || faults.contains(Fault.REVOKED_KEY_OPENS));
        if (!known) {
            return refused(401, "token_invalid");
        }
        return path.equals("/query")
                ? ok("{\"id\":\"" + INPUT + "\",\"input_id\":\"" + INPUT + "\",\"content\":\"hello\",\"cached\":false}")
                : ok("{\"content\":\"Say hello.\",\"responses\":[{\"content\":\"hello\",\"status\":\"done\"}]}");
    }

    private Answer admin(String method, String path, String body) {
        String shown = "\"id\":\"key-1\"";
        if (path.startsWith("/admin/keys/")) {
            valid = false;
            return ok("{" + shown + "}");
        }
        if (path.endsWith("/keys")) {
            valid |= method.equals("POST");
            boolean whole = method.equals("POST") || faults.contains(Fault.KEY_SHOWN_AGAIN);
            return ok("{" + shown + (whole ? ",\"key\":\"" + key + "\"" : "") + "}");
        }
        if (method.equals("GET") && !made) {
            return refused(404, "not_found");
        }
        made = true;
        suspended = body.contains("\"daily_requests\":0");
        return ok("{\"slug\":\"test-broker\"}");
    }
}
