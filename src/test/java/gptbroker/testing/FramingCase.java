package gptbroker.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One attack on the framing of requests; the numbers are those of the table of bad inputs.
 *
 * @param bytes what is sent, before a FIN; most hide another request
 * @param statuses what the answer may be; 0 stands for none
 */
public record FramingCase(String name, byte[] bytes, Set<Integer> statuses) {
    /**
     * What the attacks aim at.
     *
     * @param host the {@code Host} of all requests
     * @param headers more header lines of all requests, each ending in CRLF
     * @param post a target that reads its body, and the status it has for the body {@code abc}
     * @param refusing a POST target that does not run its body, and its status
     * @param get a target for GET, and its status
     * @param hidden the request that must not run
     */
    public record Aim(String host, String headers, Target post, Target refusing, Target get, String hidden) {
        @Override
        public String toString() {
            return post.path + (headers.isEmpty() ? "" : " +");
        }
    }

    /** A path, and the status of a well-framed request to it. */
    public record Target(String path, int status) {}

    private static final Set<Integer> BAD = Set.of(400);
    /** A broken chunked body: refused for being chunked, or already by the parser. */
    private static final Set<Integer> CHUNKED = Set.of(411, 400);

    /** Whether the first of these statuses is what the case allows. */
    public boolean accepts(List<? extends Integer> answered) {
        return answered.isEmpty() ? statuses.contains(0) : statuses.contains(answered.getFirst());
    }

    @Override
    public String toString() {
        return name;
    }

    /** The whole table, aimed at this. */
    public static List<FramingCase> all(Aim aim) {
        Table table = new Table(aim, new ArrayList<>());
        table.transferEncodings();
        table.chunks();
        table.lengths();
        table.heads();
        return List.copyOf(table.cases);
    }

    private record Table(Aim aim, List<FramingCase> cases) {

        private void transferEncodings() {
            String chunked = "0\r\n\r\n" + aim.hidden;
            add("1 CL+TE", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunked), BAD);
            add("2 TE+CL", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunked), BAD);
            add("3 xchunked", post("Transfer-Encoding: xchunked\r\n", chunked), BAD);
            add("4 chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", chunked), BAD);
            add("5 gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", chunked), Set.of(501));
            add("6 two TE lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked), BAD);
            add("7 blank before colon", post("Transfer-Encoding : chunked\r\n", chunked), BAD);
            add("8 VT in TE", post("Transfer-Encoding: \u000bchunked\r\n", chunked), BAD);
            add(
                    "9 TE on HTTP/1.0",
                    "POST " + aim.post.path + " HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
                    Set.of(505));
        }

        private void chunks() {
            chunk("10 good chunks", "3\r\nabc\r\n0\r\n\r\n");
            chunk("11 bare LF", "3\nabc\n0\n\n" + aim.hidden);
            chunk("12 extension", "3;a=b\r\nabc\r\n0\r\n\r\n" + aim.hidden);
            chunk("13 extension with quoted CRLF", "1;ext=\"val\r\nX\r\n0\r\n\r\n" + aim.hidden);
            chunk("14 0x3", "0x3\r\nabc\r\n0\r\n\r\n" + aim.hidden);
            chunk("15 +3", "+3\r\nabc\r\n0\r\n\r\n" + aim.hidden);
            chunk("16 -1", "-1\r\nabc\r\n0\r\n\r\n" + aim.hidden);
            chunk("17 2^64+3", "10000000000000003\r\nabc\r\n0\r\n\r\n" + aim.hidden);
            chunk("18 2^32+3", "100000003\r\nabc\r\n0\r\n\r\n" + aim.hidden);
            chunk("19 zz", "zz\r\nabc\r\n0\r\n\r\n" + aim.hidden);
            chunk("20 no CRLF after data", "3\r\nabc0\r\n\r\n" + aim.hidden);
            chunk("21 300 zeros", "0".repeat(300) + "3\r\nabc\r\n0\r\n\r\n" + aim.hidden);
            chunk("22 trailers", "0\r\nX-A: b\r\n\r\n" + aim.hidden);
            chunk("23 truncated", "ff\r\nabc");
        }

        private void lengths() {
            length("24 twice equal", "3\r\nContent-Length: 3");
            length("25 twice different", "3\r\nContent-Length: 0");
            length("26 list", "3, 3");
            length("27 plus", "+3");
            length("28 negative", "-1");
            length("29 hex", "0x3");
            length("30 underscore", "1_0");
            length("31 20 digits", "99999999999999999999");
            length("32 empty", "");
            // Where nobody is let in without a token, the refusal does not wait for the body.
            add("33 short", post("Content-Length: 100\r\n", "abc"), aim.post.status == 401 ? Set.of(401) : Set.of(0));
            add(
                    "34 Expect and body at once",
                    refusing("Expect: 100-continue\r\n", aim.hidden),
                    Set.of(aim.refusing.status));
            add("35 unknown Expect", post("Expect: tea\r\nContent-Length: 3\r\n", "abc"), either(aim.post.status, 417));
            add("36 request as refused body", refusing("", aim.hidden), Set.of(aim.refusing.status));
        }

        private void heads() {
            add("38 bare LF", "GET " + aim.get.path + " HTTP/1.1\nHost: " + aim.host + "\n\n", BAD);
            add("39 CR in value", get("X-A: a\rb\r\n"), BAD);
            add("40 NUL in value", get("X-A: a\0b\r\n"), BAD);
            add("41 folded", get("X-A: a\r\n b\r\n"), BAD);
            add("42 no colon", get("X-A\r\n"), BAD);
            add("43 empty name", get(": a\r\n"), either(aim.get.status, 400));
            add("44 no Host", "GET " + aim.get.path + " HTTP/1.1\r\n\r\n", BAD);
            add("45 two Hosts", get("Host: y\r\n"), BAD);
            add("46 bad Host", "GET " + aim.get.path + " HTTP/1.1\r\nHost: a b\r\n\r\n", BAD);
            add("47 long head", get("X-A: " + "a".repeat(40_000) + "\r\n"), Set.of(400, 431));
            add("48 500 headers", get("X-A: a\r\n".repeat(500)), either(aim.get.status, 431));
            add(
                    "49 two Authorizations",
                    refusing("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n", ""),
                    Set.of(401));
            add("50 Content-Encoding", post("Content-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"), Set.of(415));
        }

        private void chunk(String name, String body) {
            add(name, post("Transfer-Encoding: chunked\r\n", body), CHUNKED);
        }

        private void length(String name, String value) {
            add(name, post("Content-Length: " + value + "\r\n", "abc" + aim.hidden), BAD);
        }

        private String post(String headers, String body) {
            return head("POST " + aim.post.path) + headers + "\r\n" + body;
        }

        private String get(String headers) {
            return head("GET " + aim.get.path) + headers + "\r\n";
        }

        private String refusing(String headers, String body) {
            String length = body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n";
            return head("POST " + aim.refusing.path) + headers + length + "\r\n" + body;
        }

        private String head(String start) {
            return start + " HTTP/1.1\r\nHost: " + aim.host + "\r\n" + aim.headers;
        }

        private void add(String name, String request, Set<Integer> statuses) {
            cases.add(new FramingCase(name, request.getBytes(StandardCharsets.ISO_8859_1), statuses));
        }

        private static Set<Integer> either(int one, int other) {
            return Stream.of(one, other).collect(Collectors.toUnmodifiableSet());
        }
    }
}
