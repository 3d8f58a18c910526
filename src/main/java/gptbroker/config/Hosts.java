package gptbroker.config;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/** What the shape of an address tells, without any look-up. */
final class Hosts {
    private static final Pattern ORIGIN = Pattern.compile("[a-z][a-z0-9+.-]*://[A-Za-z0-9.\\-\\[\\]:]+[^/]");
    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
    private static final Pattern NETWORK4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}(/(3[0-2]|[12]?\\d))?");
    private static final Pattern NETWORK6 =
            Pattern.compile("(?=.*:.*:)[0-9A-Fa-f:.]{2,45}(/(12[0-8]|1[01]\\d|[1-9]?\\d))?");
    private static final Pattern PRIVATE = Pattern.compile(
            "localhost|.*\\.(localhost|local|internal|test|invalid)|[^.:]+|127\\..*|10\\..*|192\\.168\\..*"
                    + "|172\\.(1[6-9]|2\\d|3[01])\\..*|169\\.254\\..*|\\[(::1|f[cd].*|fe80.*)\\]");

    private static final Pattern PRIVATE_ADDRESS = Pattern.compile("localhost|::1|f[cd][0-9a-f]{2}:[0-9a-f:]+"
            + "|(127|10)(\\.\\d{1,3}){3}|192\\.168(\\.\\d{1,3}){2}|172\\.(1[6-9]|2\\d|3[01])(\\.\\d{1,3}){2}");

    private Hosts() {}

    /** Scheme, host and port, nothing after. */
    static boolean isOrigin(String text) {
        return ORIGIN.matcher(text).matches();
    }

    /** An address or a CIDR block, IPv4 or IPv6. */
    static boolean isNetwork(String text) {
        return NETWORK4.matcher(text).matches() || NETWORK6.matcher(text).matches();
    }

    /** OpenAI itself and Azure answer nobody without a key; a model of one's own may. */
    static boolean needsKey(URI provider) {
        var host = provider.getHost().toLowerCase(Locale.ROOT);
        return host.endsWith(".openai.com") || host.endsWith(".openai.azure.com");
    }

    /** Whether a listener bound to it can be reached from its own machine or private network alone; no names. */
    static boolean isPrivateAddress(String host) {
        return PRIVATE_ADDRESS.matcher(host.toLowerCase(Locale.ROOT)).matches();
    }

    /** Whether tokens and keys to it would cross a public network unencrypted. */
    static boolean isPlainAndPublic(URI address) {
        return "http".equalsIgnoreCase(address.getScheme())
                && !PRIVATE.matcher(address.getHost().toLowerCase(Locale.ROOT)).matches();
    }
}
