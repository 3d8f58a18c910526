package gptbroker.openai;

import gptbroker.cache.Digest;
import gptbroker.cache.Found;
import gptbroker.cache.Kept;
import gptbroker.cache.Key;
import gptbroker.cache.Lead;
import gptbroker.cache.ResponseCache;
import gptbroker.config.BrokerConfig;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.identity.Caller;
import gptbroker.live.Resumes;
import gptbroker.upstream.RawAnswer;
import gptbroker.upstream.RawCall;
import gptbroker.upstream.RawHeader;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Which calls of OpenAI's API may be answered from the cache, and what is kept of their answers: GETs, and the three
 * POSTs that ask a model statelessly. Everything is each caller's own. The key covers all that goes to the provider, so
 * that what is not thought of here makes a miss, never a wrong answer; a streamed answer and a whole one are two.
 *
 * <p>Thread-safe.
 */
final class Caching {
    /** A refusal to a caller's own key may be over as soon as the caller has mended something (S2.13). */
    private static final Duration REFUSAL_TTL = Duration.ofSeconds(10);

    /** Headers of requests that no answer depends on; SDKs change some of them each time. */
    private static final Set<String> WITHOUT_EFFECT =
            Set.of("user-agent", "idempotency-key", "cache-control", "pragma", "priority", "dnt");

    private final ResponseCache cache;
    private final String provider;

    Caching(ResponseCache cache, BrokerConfig.Upstream upstream) {
        this.cache = cache;
        this.provider = Key.provider(upstream);
    }

    /**
     * Whose answers these are.
     *
     * @param name hashed into the key
     * @param account of the provider's that is used: what one of its users writes, all of them see
     * @param tag by which all answers of the principal can be dropped
     */
    record Principal(String name, String account, String tag, boolean foreign) {
        static Principal of(Caller caller) {
            return new Principal(caller.kind() + " " + caller.id(), "ours", Key.owner(caller.id()), false);
        }

        /** The holder of a key of its own; of the key only hashes are kept. */
        static Principal foreign(Exchange exchange) {
            String key = String.join(" ", exchange.headers("Authorization"));
            return new Principal("foreign " + key, key, Key.tag("foreign", key), true);
        }
    }

    /** Looks for the answer; a write makes what was read of the same resource unknown when it is over. */
    Found look(Exchange exchange, Principal who, RawCall call, Optional<Kind> kind) throws InterruptedException {
        if (!cache.config().v1()) {
            return Found.NOT_LOOKED_FOR;
        }
        if (call.method().equals("GET")) {
            return cache.look(exchange, key(exchange, who, call, List.of(who.tag(), resource(who, call))));
        }
        if (kind.isEmpty()) {
            cache.bypass(exchange);
            return new Found.Unknown(new Writing(resource(who, call)));
        }
        return kind.get() == Kind.RESPONSE
                ? cache.bypass(exchange)
                : cache.look(exchange, key(exchange, who, call, List.of(who.tag())));
    }

    /** Whether cached answers are charged. */
    boolean charges() {
        return cache.config().hitsCount();
    }

    /**
     * Keeps a whole answer.
     *
     * @param fit whether its content may be given again
     * @param text for the archive
     */
    void keep(Lead lead, Principal who, RawAnswer answer, Optional<byte[]> body, String text, boolean fit) {
        Duration ttl = fit && body.isPresent() ? ttl(answer, who.foreign()) : Duration.ZERO;
        if (ttl.isZero()) {
            lead.unfit();
            return;
        }
        List<RawHeader> headers =
                answer.headers().stream().filter(Caching::isKept).toList();
        lead.keep(new Kept(answer.status(), Passage.type(answer), headers, body.get(), text), ttl);
    }

    /** Keeps an answer that nobody has read on its way, if it is fit. */
    void keep(Lead lead, Principal who, RawAnswer answer, Copy copy, Optional<Kind> kind) {
        Optional<byte[]> body = copy.whole();
        boolean fit = body.isPresent() && isGood(answer.status(), who.foreign()) && isFit(answer, body.get(), kind);
        keep(lead, who, answer, body, "", fit);
    }

    /** Gives a kept answer again. */
    static void give(Exchange exchange, Kept kept, boolean foreign) throws ClientGone {
        RelayHeaders.respond(exchange, kept.headers(), foreign);
        if (Passage.isEventStream(kept.contentType())) {
            Resumes.cancelled(exchange, kept.contentType(), () -> {}).write(kept.body());
        } else {
            exchange.send(kept.status(), kept.contentType(), kept.body());
        }
    }

    private static boolean isFit(RawAnswer answer, byte[] body, Optional<Kind> kind) {
        if (answer.status() >= 400) {
            return true;
        }
        String type = Passage.type(answer);
        return kind.map(of -> Fitness.of(of, Passage.isEventStream(type), body))
                .orElseGet(() -> Fitness.isSettled(type, body));
    }

    private Duration ttl(RawAnswer answer, boolean foreign) {
        if (!isGood(answer.status(), foreign)) {
            return Duration.ZERO;
        }
        Duration most = cache.config().ttl();
        if (answer.status() >= 400 && most.compareTo(REFUSAL_TTL) > 0) {
            most = REFUSAL_TTL;
        }
        return Freshness.of(answer.headers(), Passage.isEventStream(Passage.type(answer)), most);
    }

    /** Refusals to our key are mapped by what they say, and cost nothing: only a caller's own are kept. */
    private static boolean isGood(int status, boolean foreign) {
        return status == 200 || status == 201 || foreign && (status == 400 || status == 401);
    }

    private static boolean isKept(RawHeader line) {
        String name = line.name().toLowerCase(Locale.ROOT);
        return !name.equals("set-cookie") && !name.startsWith("x-ratelimit-");
    }

    private Key key(Exchange exchange, Principal who, RawCall call, List<String> tags) {
        var digest = new Digest("v1").add(provider).add(who.name()).add(call.method());
        digest.add(call.path()).add(call.query()).add(exchange.body());
        for (RawHeader line : call.headers()) {
            String name = line.name().toLowerCase(Locale.ROOT);
            if (!WITHOUT_EFFECT.contains(name) && !name.startsWith("x-stainless-")) {
                digest.add(name).add(line.value());
            }
        }
        return new Key(digest.hex(), tags);
    }

    /** The first segment, {@code files} of {@code files/f1/content}: coarse, so that lists are made unknown too. */
    private static String resource(Principal who, RawCall call) {
        String path = Kind.decoded(call.path());
        int slash = path.indexOf('/');
        return Key.tag("resource", who.account() + " " + (slash < 0 ? path : path.substring(0, slash)));
    }

    /**
     * Of a call that changes something at the provider, whether it succeeds or not. What was read before goes before the
     * client can know of the change, and in any case.
     */
    private final class Writing implements Lead {
        private final String resource;
        private boolean dropped;

        Writing(String resource) {
            this.resource = resource;
        }

        @Override
        public boolean wants(long bytes) {
            return false;
        }

        @Override
        public void keep(Kept kept, Duration ttl) {
            unfit();
        }

        /** The provider has answered. */
        @Override
        public void unfit() {
            if (!dropped) {
                dropped = true;
                cache.drop(resource);
            }
        }

        @Override
        public void close() {
            unfit();
        }
    }
}
