package gptbroker.ops;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A scrape in six figures, for who has no Prometheus (S4.13): requests by the class of their status, and tokens. Each
 * request counts once.
 *
 * @param in tokens of prompts, as providers counted them
 * @param out tokens of answers
 */
public record Totals(long ok, long refused, long failed, long all, long in, long out) {
    private static final Pattern SAMPLE =
            Pattern.compile("(?m)^(gpt_broker_requests_total|gpt_broker_tokens_total)\\{([^}]*)\\} (\\S+)$");
    private static final Pattern STATUS = Pattern.compile("status_code=\"(\\d)");

    /** The sums of a scrape's text. */
    public static Totals of(String scrape) {
        long[] classes = new long[6];
        long in = 0;
        long out = 0;
        Matcher sample = SAMPLE.matcher(scrape);
        while (sample.find()) {
            long value = (long) Double.parseDouble(sample.group(3));
            String labels = sample.group(2);
            Matcher status = STATUS.matcher(labels);
            if (status.find()) {
                classes[Math.min(5, status.group(1).charAt(0) - '0')] += value;
            } else if (labels.contains("type=\"prompt\"")) {
                in += value;
            } else if (labels.contains("type=\"completion\"")) {
                out += value;
            }
        }
        long all = 0;
        for (long value : classes) {
            all += value;
        }
        return new Totals(classes[2], classes[4], classes[5], all, in, out);
    }

    /** The shape that the gateway's scripts read. */
    public String json() {
        return "{\"200x\":" + ok + ",\"400x\":" + refused + ",\"500x\":" + failed + ",\"total_requests\":" + all
                + ",\"tokens_in\":" + in + ",\"tokens_out\":" + out + "}";
    }
}
