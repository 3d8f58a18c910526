package gptbroker.dev;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * What the scripted model does, told by a model name. Names that mean nothing here (gpt-4o) answer with an echo.
 *
 * <table>
 * <caption>names with a meaning</caption>
 * <tr><td>{@code slow-<ms>}</td><td>the echo, that much later</td></tr>
 * <tr><td>{@code chunks-<n>-<ms>}</td><td>n deltas, the first at once, then one each ms</td></tr>
 * <tr><td>{@code big-<bytes>}, {@code empty}, {@code nul}</td><td>that many letters; nothing; U+0000 and a lone
 * surrogate</td></tr>
 * <tr><td>{@code no-usage}, {@code filtered}, {@code cut-short}</td><td>the echo without usage; ending by content_filter;
 * by length</td></tr>
 * <tr><td>{@code tool}</td><td>a call of the tool {@code weather} instead of text</td></tr>
 * <tr><td>{@code sse-crlf}, {@code sse-cr}, {@code sse-bom}</td><td>other forms of the event stream</td></tr>
 * <tr><td>{@code fault-<status>}</td><td>an error of OpenAI's form; {@code fault-<status>-html|-empty|-huge|-key} with
 * that body, {@code fault-<status>-<anything else>} with that {@code Retry-After}</td></tr>
 * <tr><td>{@code fault-stall-head|-first|-mid|-done}</td><td>silence before the head, the first delta, in the middle,
 * before {@code [DONE]}</td></tr>
 * <tr><td>{@code fault-cut-head|-mid|-done}</td><td>the connection closes there</td></tr>
 * <tr><td>{@code fault-no-done|-two-done|-after-done|-error-mid|-bad-line|-no-choices|-null-delta|-long-line|-comments|
 * -endless}</td><td>streams that are wrong in that way</td></tr>
 * <tr><td>{@code fault-nonjson|-gzip|-redirect}</td><td>an answer that is not JSON; a gzip bomb; a redirect</td></tr>
 * </table>
 *
 * @param name as asked for
 * @param kind its first words
 * @param rest what follows, may be empty
 */
record Script(String name, Kind kind, String rest) {
    private static final Pattern FAULT_STATUS = Pattern.compile("fault-([1-5]\\d\\d)(?:-(.*))?", Pattern.DOTALL);
    private static final Pattern NUMBERS = Pattern.compile("(slow|chunks|big)-(\\d{1,9}(?:-\\d{1,6})?)");
    private static final String DIRECTIVE = "[[model:";
    private static final String NONCE = "nonce-";
    private static final int PIECE = 16;
    private static final int MOST_CHUNKS = 10_000_000;

    /** The families of behaviour. */
    enum Kind {
        ECHO,
        SLOW,
        CHUNKS,
        BIG,
        EMPTY,
        NUL,
        NO_USAGE,
        FILTERED,
        CUT_SHORT,
        TOOL,
        SSE_CRLF,
        SSE_CR,
        SSE_BOM,
        STATUS,
        STALL_HEAD,
        STALL_FIRST,
        STALL_MID,
        STALL_DONE,
        CUT_HEAD,
        CUT_MID,
        CUT_DONE,
        NO_DONE,
        TWO_DONE,
        AFTER_DONE,
        ERROR_MID,
        BAD_LINE,
        NO_CHOICES,
        NULL_DELTA,
        LONG_LINE,
        COMMENTS,
        ENDLESS,
        NONJSON,
        GZIP,
        REDIRECT;

        private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The script of a request: the prompt's {@code [[model:NAME]]} if it starts with one, else the model's name. */
    static Script of(String model, String prompt) {
        if (prompt.startsWith(DIRECTIVE)) {
            int end = prompt.indexOf("]]");
            if (end > 0) {
                return named(prompt.substring(DIRECTIVE.length(), end));
            }
        }
        return named(model);
    }

    private static Script named(String name) {
        var status = FAULT_STATUS.matcher(name);
        if (status.matches()) {
            return new Script(name, Kind.STATUS, name.substring("fault-".length()));
        }
        var numbers = NUMBERS.matcher(name);
        if (numbers.matches()) {
            return new Script(name, kind(numbers.group(1)), numbers.group(2));
        }
        return new Script(name, kind(name.startsWith("fault-") ? name.substring("fault-".length()) : name), "");
    }

    private static Kind kind(String word) {
        for (var kind : Kind.values()) {
            if (kind.word.equals(word)) {
                return kind;
            }
        }
        return Kind.ECHO;
    }

    /** The n-th number of the name, 0 when absent. */
    int number(int n) {
        var numbers = rest.split("-");
        return n < numbers.length && !numbers[n].isEmpty() ? Integer.parseInt(numbers[n]) : 0;
    }

    /** The answer to this prompt in the pieces in which it is streamed. The same prompt gets the same answer. */
    List<String> pieces(String prompt) {
        return switch (kind) {
            case EMPTY, TOOL -> List.of();
            case NUL -> List.of("before\u0000after", "\ud800", " end");
            case BIG -> pieces("x".repeat(number(0)), 4_096);
            case CHUNKS ->
                IntStream.range(0, Math.min(number(0), MOST_CHUNKS))
                        .mapToObj(i -> mark(prompt) + i + " ")
                        .toList();
            default -> pieces("Echo: " + mark(prompt) + prompt, PIECE);
        };
    }

    /** The prompt's nonce ({@code nonce-} and what follows of letters and digits) and a blank, or nothing. */
    private static String mark(String prompt) {
        int start = prompt.indexOf(NONCE);
        if (start < 0) {
            return "";
        }
        int end = start + NONCE.length();
        while (end < prompt.length() && Character.isLetterOrDigit(prompt.charAt(end))) {
            end++;
        }
        return prompt.substring(start, end) + " ";
    }

    private static List<String> pieces(String text, int size) {
        var pieces = new ArrayList<String>();
        for (int start = 0; start < text.length(); ) {
            int end = Math.min(start + size, text.length());
            if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
                end++;
            }
            pieces.add(text.substring(start, end));
            start = end;
        }
        return pieces;
    }
}
