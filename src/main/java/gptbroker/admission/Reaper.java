package gptbroker.admission;

import static gptbroker.admission.Ledger.bytes;
import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.store.RedisReply;
import gptbroker.store.RedisScript;
import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says that this broker is alive and closes what dead ones left open: charged, and archived as interrupted. An instance
 * must look dead in two sweeps running, because after a pause of Redis itself everybody looks dead once. One thread.
 */
final class Reaper {
    private static final Duration OFTEN = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(Reaper.class);
    private static final RedisScript SWEEP = RedisScript.resource(Reaper.class, "sweep");
    private static final RedisScript OWNED = RedisScript.resource(Reaper.class, "owned");
    private static final RedisScript REAP = RedisScript.resource(Reaper.class, "reap");
    private static final RedisScript LEAVE = RedisScript.resource(Reaper.class, "leave");
    private static final Duration WITHIN = Duration.ofSeconds(2);
    private static final int BATCH = 200;
    /** What nearly every call costs; the script says so when this one costs something else. */
    private static final Charge USUAL = Charge.units(1);

    private final RedisPipe pipe;
    private final RedisKeys keys;
    private final String instance;
    private final Duration silence;
    private final String silenceMillis;
    private final ArchiveView archive;
    private final AdmissionMeters meters;
    private final List<Set<String>> suspects = new ArrayList<>();

    /** @param silence after which a broker looks dead */
    Reaper(
            RedisPipe pipe,
            RedisKeys keys,
            String instance,
            Duration silence,
            ArchiveView archive,
            AdmissionMeters meters) {
        this.pipe = pipe;
        this.keys = keys;
        this.instance = instance;
        this.silence = silence;
        this.silenceMillis = Long.toString(silence.toMillis());
        this.archive = archive;
        this.meters = meters;
        for (int i = 0; i < keys.partitions(); i++) {
            suspects.add(Set.of());
        }
    }

    /** How often brokers say that they are alive, and sweep: two heartbeats may be lost. */
    Duration every() {
        Duration third = silence.dividedBy(3);
        return third.compareTo(OFTEN) < 0 ? OFTEN : third;
    }

    /** One heartbeat and sweep over all partitions; never throws. */
    synchronized void turn() {
        for (int partition = 0; partition < keys.partitions(); partition++) {
            try {
                sweep(partition);
                meters.degraded(false);
            } catch (StoreUnavailable e) {
                meters.degraded(true);
                LOG.debug("sweep waits for Redis: {}", e.getMessage());
            } catch (RuntimeException e) {
                LOG.error("Sweep of partition {} failed", partition, e);
            }
        }
    }

    /** Takes this broker off the list of the living, at a clean end. */
    void leave() {
        for (int partition = 0; partition < keys.partitions(); partition++) {
            try {
                pipe.run(LEAVE, bytes(instances(partition), owned(partition, instance)), bytes(instance), WITHIN);
            } catch (StoreUnavailable e) {
                LOG.debug("leaving without a word: {}", e.getMessage());
            }
        }
    }

    private void sweep(int partition) {
        RedisReply found = pipe.run(
                SWEEP,
                bytes(instances(partition)),
                bytes(instance, silenceMillis, keys.key(partition, ""), Integer.toString(BATCH)),
                WITHIN);
        Set<String> dead = new HashSet<>(found.texts(0));
        Set<String> before = suspects.set(partition, Set.copyOf(dead));
        List<String> late = found.texts(1);
        for (int i = 0; i < late.size(); i += 2) {
            reap(partition, late.get(i), late.get(i + 1));
        }
        dead.retainAll(before);
        dead.forEach(gone -> reapAll(partition, gone));
    }

    private void reapAll(int partition, String gone) {
        List<String> ids;
        do {
            ids = pipe.run(
                            OWNED,
                            bytes(instances(partition), owned(partition, gone)),
                            bytes(gone, silenceMillis, Integer.toString(BATCH)),
                            WITHIN)
                    .texts(0);
            if (!ids.isEmpty()) {
                LOG.warn("Broker instance {} is gone; closing {} of its calls", gone, ids.size());
            }
            // One that came back to life meanwhile keeps the rest.
            if (ids.stream().filter(id -> reap(partition, gone, id)).count() < ids.size()) {
                return;
            }
        } while (!ids.isEmpty());
    }

    /** False when the owner turned out to be alive. */
    private boolean reap(int partition, String owner, String id) {
        RedisReply reply = reap(partition, owner, id, USUAL);
        if (reply.text(0).equals("CHARGE")) {
            reply = reap(partition, owner, id, charge(reply.text(1)));
        }
        if (reply.text(0).equals("REAPED")) {
            meters.reaped();
        }
        return !reply.text(0).equals("ALIVE");
    }

    private RedisReply reap(int partition, String owner, String id, Charge charge) {
        return pipe.run(
                REAP,
                bytes(
                        keys.key(partition, "resv:" + id),
                        instances(partition),
                        keys.outbox(partition),
                        owned(partition, owner)),
                List.of(
                        id.getBytes(UTF_8),
                        silenceMillis.getBytes(UTF_8),
                        keys.key(partition, "").getBytes(UTF_8),
                        archive.interrupted(UUID.fromString(id), charge),
                        words(charge).getBytes(UTF_8)),
                WITHIN);
    }

    /** As the script words it. */
    private static String words(Charge charge) {
        return charge.units()
                + charge.spend()
                        .map(spend -> " " + spend.tokens() + " " + spend.nanoUsd())
                        .orElse("  ");
    }

    private static Charge charge(String words) {
        String[] parts = words.split(" ");
        int units = Integer.parseInt(parts[0]);
        return parts.length == 1
                ? Charge.units(units)
                : new Charge(units, Optional.of(new Spend(Long.parseLong(parts[1]), Long.parseLong(parts[2]))));
    }

    private String instances(int partition) {
        return keys.key(partition, "instances");
    }

    private String owned(int partition, String who) {
        return keys.key(partition, "owned:" + who);
    }
}
