package gptbroker.http;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One attack on the framing of requests; the numbers are those of the table of bad inputs.
 *
 * @param bytes what is sent, before a FIN; most hide a {@code GET /smuggled}
 * @param statuses what the answer may be; 0 stands for none
 */
record FramingCase(String name, byte[] bytes, Set<Integer> statuses) {
    private static final String HIDDEN = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final Set<Integer> BAD = Set.of(400);
    /** A broken chunked body: refused for being chunked, or already by the parser. */
    private static final Set<Integer> CHUNKED = Set.of(411, 400);

    static final List<FramingCase> ALL = all();

    boolean accepts(List<? extends Integer> answered) {
        return answered.isEmpty() ? statuses.contains(0) : statuses.contains(answered.getFirst());
    }

    @Override
    public String toString() {
        return name;
    }

    private static List<FramingCase> all() {
        List<FramingCase> cases = new ArrayList<>();
        transferEncodings(cases);
        chunks(cases);
        lengths(cases);
        heads(cases);
        return List.copyOf(cases);
    }

    private static void transferEncodings(List<FramingCase> cases) {
        String chunked = "0\r\n\r\n" + HIDDEN;
        add(cases, "1 CL+TE", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", chunked), BAD);
        add(cases, "2 TE+CL", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", chunked), BAD);
        add(cases, "3 xchunked", post("Transfer-Encoding: xchunked\r\n", chunked), BAD);
        add(cases, "4 chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", chunked), BAD);
        add(cases, "5 gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", chunked), Set.of(501));
        add(
                cases,
                "6 two TE lines",
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", chunked),
                BAD);
        add(cases, "7 blank before colon", post("Transfer-Encoding : chunked\r\n", chunked), BAD);
        add(cases, "8 VT in TE", post("Transfer-Encoding: \u000bchunked\r\n", chunked), BAD);
        add(
                cases,
                "9 TE on HTTP/1.0",
                "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
                Set.of(505));
    }

    private static void chunks(List<FramingCase> cases) {
        chunk(cases, "10 good chunks", "3\r\nabc\r\n0\r\n\r\n");
        chunk(cases, "11 bare LF", "3\nabc\n0\n\n" + HIDDEN);
        chunk(cases, "12 extension", "3;a=b\r\nabc\r\n0\r\n\r\n" + HIDDEN);
        chunk(cases, "13 extension with quoted CRLF", "1;ext=\"val\r\nX\r\n0\r\n\r\n" + HIDDEN);
        chunk(cases, "14 0x3", "0x3\r\nabc\r\n0\r\n\r\n" + HIDDEN);
        chunk(cases, "15 +3", "+3\r\nabc\r\n0\r\n\r\n" + HIDDEN);
        chunk(cases, "16 -1", "-1\r\nabc\r\n0\r\n\r\n" + HIDDEN);
        chunk(cases, "17 2^64+3", "10000000000000003\r\nabc\r\n0\r\n\r\n" + HIDDEN);
        chunk(cases, "18 2^32+3", "100000003\r\nabc\r\n0\r\n\r\n" + HIDDEN);
        chunk(cases, "19 zz", "zz\r\nabc\r\n0\r\n\r\n" + HIDDEN);
        chunk(cases, "20 no CRLF after data", "3\r\nabc0\r\n\r\n" + HIDDEN);
        chunk(cases, "21 300 zeros", "0".repeat(300) + "3\r\nabc\r\n0\r\n\r\n" + HIDDEN);
        chunk(cases, "22 trailers", "0\r\nX-A: b\r\n\r\n" + HIDDEN);
        chunk(cases, "23 truncated", "ff\r\nabc");
    }

    private static void lengths(List<FramingCase> cases) {
        length(cases, "24 twice equal", "3\r\nContent-Length: 3");
        length(cases, "25 twice different", "3\r\nContent-Length: 0");
        length(cases, "26 list", "3, 3");
        length(cases, "27 plus", "+3");
        length(cases, "28 negative", "-1");
        length(cases, "29 hex", "0x3");
        length(cases, "30 underscore", "1_0");
        length(cases, "31 20 digits", "99999999999999999999");
        length(cases, "32 empty", "");
        add(cases, "33 short", post("Content-Length: 100\r\n", "abc"), Set.of(0));
        add(
                cases,
                "34 Expect and body at once",
                "POST /denied HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: " + HIDDEN.length()
                        + "\r\n\r\n" + HIDDEN,
                Set.of(401));
        add(cases, "35 unknown Expect", post("Expect: tea\r\nContent-Length: 3\r\n", "abc"), Set.of(200, 417));
        add(
                cases,
                "36 request as refused body",
                "POST /denied HTTP/1.1\r\nHost: x\r\nContent-Length: " + HIDDEN.length() + "\r\n\r\n" + HIDDEN,
                Set.of(401));
    }

    private static void heads(List<FramingCase> cases) {
        add(cases, "38 bare LF", "GET /ok HTTP/1.1\nHost: x\n\n", BAD);
        add(cases, "39 CR in value", get("X-A: a\rb\r\n"), BAD);
        add(cases, "40 NUL in value", get("X-A: a\0b\r\n"), BAD);
        add(cases, "41 folded", get("X-A: a\r\n b\r\n"), BAD);
        add(cases, "42 no colon", get("X-A\r\n"), BAD);
        add(cases, "43 empty name", get(": a\r\n"), Set.of(200, 400));
        add(cases, "44 no Host", "GET /ok HTTP/1.1\r\n\r\n", BAD);
        add(cases, "45 two Hosts", get("Host: y\r\n"), BAD);
        add(cases, "46 bad Host", "GET /ok HTTP/1.1\r\nHost: a b\r\n\r\n", BAD);
        add(cases, "47 long head", get("X-A: " + "a".repeat(40_000) + "\r\n"), Set.of(400, 431));
        add(cases, "48 500 headers", get("X-A: a\r\n".repeat(500)), Set.of(200, 431));
        add(
                cases,
                "49 two Authorizations",
                "POST /denied HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
                Set.of(401));
        add(cases, "50 Content-Encoding", post("Content-Encoding: gzip\r\nContent-Length: 3\r\n", "abc"), Set.of(415));
    }

    private static void chunk(List<FramingCase> cases, String name, String body) {
        add(cases, name, post("Transfer-Encoding: chunked\r\n", body), CHUNKED);
    }

    private static void length(List<FramingCase> cases, String name, String value) {
        add(cases, name, post("Content-Length: " + value + "\r\n", "abc" + HIDDEN), BAD);
    }

    private static String post(String headers, String body) {
        return "POST /echo HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n" + body;
    }

    private static String get(String headers) {
        return "GET /ok HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
    }

    private static void add(List<FramingCase> cases, String name, String request, Set<Integer> statuses) {
        cases.add(new FramingCase(name, request.getBytes(StandardCharsets.ISO_8859_1), statuses));
    }
}
