package gptbroker.probe.check;

import java.util.List;

/** The five endpoints, and what is sent to them. */
final class Paths {
    static final String HEALTH = "/health";
    static final String SIMPLE = "/simple-gpt-4o-mini-complete";
    static final String ADVANCED = "/advanced-gpt-4o-mini-complete";
    static final String V2 = "/v2/advanced-gpt-4o-mini-complete";
    static final String GPT_4O = "/gpt-4o";
    static final String STREAM = "/stream";

    /** The endpoints that answer {@code {"message": …}}. */
    static final List<String> JSON = List.of(V2, GPT_4O);

    static final String MESSAGES =
            "[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"Say hello.\"}]";

    /** Long enough that a real model writes for some time, short enough to be cheap. */
    static final String LONG_MESSAGES =
            "[{\"role\":\"user\",\"content\":\"Count from 1 to 40, one number per line, nothing else.\"}]";

    /** Refused by every endpoint that takes a body, before it costs anything. */
    static final String BAD_TEMPERATURE = "{\"messages\":" + MESSAGES + ",\"temperature\":-1}";

    private Paths() {}

    static String withTemperature(String temperature) {
        return "{\"messages\":" + MESSAGES + ",\"temperature\":" + temperature + "}";
    }

    static String messages(String json) {
        return "{\"messages\":" + json + "}";
    }

    static String forStream(String messages, String model) {
        return "{\"messages\":" + messages + ",\"model\":\"" + model + "\",\"temperature\":0.7}";
    }
}
