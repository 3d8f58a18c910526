package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.e2e.Doors.Door;
import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that leave: whoever was admitted pays, and nothing is left running for them. */
class DepartureE2eTest {
    private static final String EVENTS = "Accept: text/event-stream\r\n";

    private static Doors doors;

    @BeforeAll
    static void start() {
        doors = new Doors(Map.of("REDIS_TIMEOUT", "5s"));
    }

    @AfterAll
    static void stop() {
        doors.close();
    }

    private static byte[] ask(String path, UUID user, String headers, String script) {
        String body = "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"[[model:" + script
                + "]] Hello\"}]}";
        String all = "Authorization: Bearer " + doors.rig.token(user) + "\r\n" + headers + Doors.JSON;
        return Doors.request("POST", path, all, body.getBytes(StandardCharsets.UTF_8));
    }

    private static String row(UUID user, String columns) {
        return "select " + columns + " from responses where user_id = '" + user + "'";
    }

    /** Half a million pieces would take hours: only the departure can end it. */
    @ParameterizedTest
    @EnumSource
    void inTheMiddleOfAStream(Door door) throws Exception {
        // Calls that stall on purpose go on at the model.
        long before = doors.rig.model().running();
        for (String accept : List.of("", EVENTS)) {
            for (boolean reset : new boolean[] {false, true}) {
                UUID user = doors.rig.user();
                try (RawHttp client = RawHttp.connect(doors.port(door))) {
                    client.send(ask(Doors.STREAM, user, accept, "chunks-500000-20"));
                    assertThat(client.readHead().status()).isEqualTo(200);
                    assertThat(client.readChunk()).isNotEmpty();
                    if (reset) {
                        client.reset();
                    }
                }
                doors.rig.archived(row(user, "status, units, content <> ''"), List.of("partial_client|1|t"));
            }
        }
        Eventually.isTrue(
                "no call of the model is left", () -> doors.rig.model().running() <= before);
    }

    /** A whole answer is asked for to its end: it costs its unit, and the archive has it. */
    @ParameterizedTest
    @EnumSource
    void duringACall(Door door) throws Exception {
        UUID user = doors.rig.user();
        long asked = doors.asked();
        try (RawHttp client = RawHttp.connect(doors.port(door))) {
            client.send(ask(Doors.GPT_4O, user, "", "slow-500"));
            Eventually.isTrue("the model is asked", () -> doors.asked() > asked);
            client.reset();
        }
        doors.rig.archived(row(user, "units, content <> ''"), List.of("1|t"));
    }

    private static final String V1 = "/v1/chat/completions";

    /** Nothing is written before the provider's head has come: who has left is found out by looking. */
    @Test
    void whileAnotherApisProviderIsSilent() throws Exception {
        List<UUID> users = List.of(doors.rig.user(), doors.rig.user(), doors.rig.user());
        long asked = doors.asked();
        try (RawHttp resets = RawHttp.connect(doors.port(Door.DIRECT));
                RawHttp closes = RawHttp.connect(doors.port(Door.DIRECT));
                RawHttp behind = RawHttp.connect(doors.port(Door.NGINX))) {
            resets.send(ask(V1, users.get(0), "", "slow-600000"));
            closes.send(ask(V1, users.get(1), "", "slow-600000"));
            behind.send(ask(V1, users.get(2), "", "slow-600000"));
            Eventually.isTrue("the model is asked", () -> doors.asked() >= asked + users.size());
            resets.reset();
        }
        for (UUID user : users) {
            doors.rig.archived(row(user, "status, units, content"), List.of("partial_client|1|"));
        }
    }

    /** Who stays sees nothing of the look but the end of the connection, on which a next request may already wait. */
    @Test
    void notAtAll() throws Exception {
        List<UUID> users = List.of(doors.rig.user(), doors.rig.user());
        long asked = doors.asked();
        try (RawHttp waits = RawHttp.connect(doors.port(Door.DIRECT));
                RawHttp sendsAhead = RawHttp.connect(doors.port(Door.DIRECT))) {
            // Three seconds after the look, so that no stall makes the answer come before it.
            waits.send(ask(V1, users.get(0), "", "slow-6000"));
            sendsAhead.send(ask(V1, users.get(1), "", "slow-6000"));
            Eventually.isTrue("the model is asked", () -> doors.asked() >= asked + users.size());
            sendsAhead.send(Doors.request("GET", "/health", "", new byte[0]));
            for (RawHttp client : List.of(waits, sendsAhead)) {
                RawHttp.Answer answer = client.readHead();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.header("connection")).contains("close");
            }
        }
        for (UUID user : users) {
            doors.rig.archived(row(user, "status, units"), List.of("done|1"));
        }
    }

    /**
     * Before the model has said anything, not even a head: the heartbeat finds out who has left, and holds the connection of
     * who stays, in whose answer it is no content; who is done with asking, but still reads, gets the answer.
     */
    @Test
    void whileTheModelIsSilent() throws Exception {
        UUID leaver = doors.rig.user();
        UUID half = doors.rig.user();
        UUID patient = doors.rig.user();
        long asked = doors.asked();
        try (RawHttp leaves = RawHttp.connect(doors.port(Door.DIRECT));
                RawHttp finishes = RawHttp.connect(doors.port(Door.DIRECT));
                RawHttp stays = RawHttp.connect(doors.port(Door.NGINX))) {
            leaves.send(ask(Doors.STREAM, leaver, EVENTS, "fault-stall-head"));
            finishes.send(ask(V1, half, "", "slow-7000"));
            finishes.finish();
            stays.send(ask(Doors.STREAM, patient, EVENTS, "slow-13000"));
            Eventually.isTrue("the model is asked", () -> doors.asked() >= asked + 3);
            leaves.reset();
            // An interim answer before it is to be expected.
            RawHttp.Answer answer = finishes.read();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text()).contains("Echo:");
            assertFilled(stays);
        }
        doors.rig.archived(row(leaver, "status, units, content"), List.of("partial_client|1|"));
        doors.rig.archived(row(half, "status, units"), List.of("done|1"));
        doors.rig.archived(row(patient, "status, units"), List.of("done|1"));
    }

    /** The answer after the comment is whole. */
    private static void assertFilled(RawHttp client) throws IOException {
        RawHttp.Answer head = client.readHead();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("content-type")).contains("text/event-stream; charset=utf-8");
        assertThat(head.header("x-ratelimit-remaining")).contains("49");
        // As one text: nginx may join what has come in pieces.
        StringBuilder body = new StringBuilder();
        for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
            body.append(new String(chunk, StandardCharsets.UTF_8));
        }
        assertThat(body.toString())
                .startsWith(": ping\n\ndata: {\"data\":\"Echo")
                .endsWith("data: [DONE]\n\n");
    }
}
