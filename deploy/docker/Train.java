import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.regex.Pattern;

/** Signs in at the stand-in Supabase and calls each endpoint a few times. Addresses are in the environment. */
final class Train {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final int ROUNDS = 5;

    public static void main(String[] args) throws Exception {
        var token = signIn();
        var messages = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]";
        for (int round = 0; round < ROUNDS; round++) {
            send("/health", null, "");
            send("/simple-gpt-4o-mini-complete?prompt=Hello", null, token);
            send("/advanced-gpt-4o-mini-complete", "{" + messages + "}", token);
            send("/v2/advanced-gpt-4o-mini-complete", "{" + messages + "}", token);
            send("/gpt-4o", "{" + messages + "}", token);
            send("/stream", "{" + messages + ",\"model\":\"gpt-4o-mini\"}", token);
            send("/gpt-4o", "{}", token);
            send("/gpt-4o", "{" + messages + "}", "not.a.token");
        }
    }

    private static String signIn() throws Exception {
        var request = HttpRequest.newBuilder(env("SUPABASE_URL", "/auth/v1/token?grant_type=password"))
                .header("apikey", System.getenv("SUPABASE_ANON_KEY"))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"email\":\"%s\",\"password\":\"%s\"}"
                        .formatted(System.getenv("SUPABASE_EMAIL"), System.getenv("SUPABASE_PASSWORD"))))
                .build();
        var token = Pattern.compile("\"access_token\"\\s*:\\s*\"([^\"]+)\"")
                .matcher(CLIENT.send(request, BodyHandlers.ofString()).body());
        if (!token.find()) {
            throw new IllegalStateException("no token from " + request.uri());
        }
        return token.group(1);
    }

    private static void send(String path, String body, String token) throws Exception {
        var request = HttpRequest.newBuilder(env("BASE_URL", path)).header("Content-Type", "application/json");
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (body != null) {
            request.POST(BodyPublishers.ofString(body));
        }
        var response = CLIENT.send(request.build(), BodyHandlers.ofString());
        System.out.println(response.statusCode() + " " + path);
    }

    private static URI env(String name, String path) {
        return URI.create(System.getenv(name) + path);
    }
}
