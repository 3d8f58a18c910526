package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.status;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.probe.tenant.Secret;
import gptbroker.probe.tenant.Tenant;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A backend project and its API key, where the env file says at which URL the admin API may be written to: the project
 * {@code test-broker} gets a key, asks once, and is suspended again, the key revoked.
 */
final class ProjectChecks {
    private static final String SLUG = "test-broker";
    private static final String PROJECT = "/admin/projects/" + SLUG;
    private static final String KEYS = PROJECT + "/keys";
    private static final String QUESTION = "{\"content\":\"Say hello.\"}";

    private final URI adminUrl;
    private final Secret adminKey;
    private boolean open;
    private Optional<Secret> key = Optional.empty();
    private String keyId = "";
    private String input = "";

    private ProjectChecks(URI adminUrl, Secret adminKey) {
        this.adminUrl = adminUrl;
        this.adminKey = adminKey;
    }

    static List<Check> of(Tenant tenant) {
        List<Check> checks = new ArrayList<>();
        checks.add(Check.anyone("projects: nobody (S0.4)", ProjectChecks::nobody));
        Optional<URI> url = tenant.further().adminUrl();
        Optional<Secret> key = tenant.further().adminKey();
        if (url.isPresent() && key.isPresent()) {
            checks.addAll(new ProjectChecks(url.get(), key.get()).all());
        } else {
            checks.add(Check.anyone("projects: a key, and what it opens", session -> {
                throw new Skipped("no ADMIN_URL and ADMIN_KEY in the env file");
            }));
        }
        return checks;
    }

    private List<Check> all() {
        return List.of(
                Check.anyone("projects: one for these checks", this::project),
                Check.anyone("projects: a key is shown once", this::key),
                Check.anyone("projects: the key asks", this::query),
                Check.anyone("projects: what it asked is kept", this::inputs),
                Check.anyone("projects: a revoked key is nobody's", this::revoke),
                Check.anyone("projects: it is suspended again", this::suspend));
    }

    private static String nobody(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(Ask.post("/query", QUESTION));
        if (reply.status() == 404) {
            throw new Skipped("this broker has no projects");
        }
        status(reply, 401);
        return "401 " + Mismatch.shortened(reply.header("X-Error-Code"));
    }

    private Reply admin(Session session, Ask ask) throws IOException, InterruptedException {
        return session.sendTo(adminUrl, ask.bearer(adminKey));
    }

    private static Ask patch(String json) {
        return Ask.withJson("PATCH", PROJECT, json);
    }

    private String project(Session session) throws IOException, InterruptedException {
        Reply known = admin(session, Ask.get(PROJECT));
        if (known.status() == 404) {
            Reply made = admin(
                    session,
                    Ask.post(
                            "/admin/projects",
                            "{\"slug\":\"" + SLUG
                                    + "\",\"model\":\"gpt-4o-mini\",\"limits\":{\"daily_requests\":20}}"));
            if (made.status() == 404) {
                throw new Skipped("there is no admin API at ADMIN_URL, or it does not know ADMIN_KEY");
            }
            status(made, 200);
            open = true;
            return "made";
        }
        status(known, 200);
        status(admin(session, patch("{\"model\":\"gpt-4o-mini\",\"limits\":{\"daily_requests\":20}}")), 200);
        open = true;
        return "there already";
    }

    private String key(Session session) throws IOException, InterruptedException {
        if (!open) {
            throw new Skipped("there is no project");
        }
        Reply reply = admin(session, Ask.post(KEYS, "{\"name\":\"test-broker\"}"));
        status(reply, 200);
        JsonNode made = reply.json();
        String text = made.path("key").asText();
        Mismatch.unless(!text.isEmpty(), "no 'key'");
        key = Optional.of(new Secret(text));
        session.conceal(key.get());
        keyId = made.path("id").asText();
        Mismatch.unless(!keyId.isEmpty(), "no 'id'");
        Reply list = admin(session, Ask.get(KEYS));
        status(list, 200);
        Mismatch.unless(list.text().contains(keyId), "the list lacks it");
        Mismatch.unless(!list.text().contains(text), "the list shows it again");
        return text.length() + " characters";
    }

    private Reply asks(Session session, Ask ask) throws IOException, InterruptedException {
        Secret own = key.orElseThrow(() -> new Skipped("there is no key"));
        return session.send(ask.with("X-API-Key", own.value()));
    }

    private String query(Session session) throws IOException, InterruptedException {
        Reply reply = asks(session, Ask.post("/query", QUESTION).with("Cache-Control", "no-cache"));
        if (reply.status() == 429 && reply.header("X-Error-Code").equals("quota_exceeded")) {
            throw new Skipped("the project's day is used up");
        }
        status(reply, 200);
        JsonNode answer = reply.json();
        Mismatch.unless(!answer.path("content").asText().isBlank(), "the answer is empty");
        Mismatch.unless(!answer.path("cached").asBoolean(true), "'cached' is not false");
        input = answer.path("input_id").asText();
        Mismatch.unless(input.length() == 36, "'input_id' is no id");
        return answer.path("content").asText().length() + " characters";
    }

    private String inputs(Session session) throws IOException, InterruptedException {
        if (input.isEmpty()) {
            throw new Skipped("nothing was asked");
        }
        Reply reply = asks(session, Ask.get("/inputs/" + input));
        status(reply, 200);
        JsonNode kept = reply.json();
        Mismatch.unless(kept.path("content").asText().equals("Say hello."), "another 'content'");
        Mismatch.unless(kept.path("responses").path(0).path("content").isTextual(), "no response");
        return Mismatch.shortened(kept.path("responses").path(0).path("status").asText());
    }

    private String revoke(Session session) throws IOException, InterruptedException {
        if (keyId.isEmpty()) {
            throw new Skipped("there is no key");
        }
        status(admin(session, Ask.of("DELETE", "/admin/keys/" + keyId)), 200);
        Reply reply = asks(session, Ask.post("/query", QUESTION));
        status(reply, 401);
        return "401 " + Mismatch.shortened(reply.header("X-Error-Code"));
    }

    /** Projects cannot be deleted; one whose day has no requests opens nothing. */
    private String suspend(Session session) throws IOException, InterruptedException {
        if (!open) {
            throw new Skipped("there is no project");
        }
        status(admin(session, patch("{\"limits\":{\"daily_requests\":0}}")), 200);
        return "0 requests a day";
    }
}
