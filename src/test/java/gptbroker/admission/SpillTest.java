package gptbroker.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.admission.SpillRecord.Kind;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillTest {
    @TempDir
    Path directory;

    @Test
    void nextProcessReplaysInOrder() throws Exception {
        List<SpillRecord> records = List.of(record(1), record(2), record(3));
        try (var spill = new Spill(directory, "first")) {
            for (var one : records) {
                spill.append(one);
            }
            assertThat(spill.depth()).isEqualTo(3);
        }
        assertThat(ids(drain())).isEqualTo(ids(records));
        assertThat(drain()).isEmpty();
        assertThat(files()).isEmpty();
    }

    @Test
    void everyCutOfTheEndLeavesTheWholeRecords() throws Exception {
        try (var spill = new Spill(directory, "first")) {
            spill.append(record(1));
            spill.append(record(2));
        }
        Path file = files().getFirst();
        byte[] whole = Files.readAllBytes(file);
        int half = whole.length / 2;
        for (int length = half; length < whole.length; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            assertThat(drain()).as("cut at %d", length).hasSize(1);
        }
    }

    @Test
    void flippedBitKeepsTheFileForInspection() throws Exception {
        try (var spill = new Spill(directory, "first")) {
            spill.append(record(1));
        }
        try (var file = new RandomAccessFile(files().getFirst().toFile(), "rw")) {
            file.seek(20);
            int bits = file.read();
            file.seek(20);
            file.write(bits ^ 1);
        }
        assertThat(drain()).isEmpty();
        assertThat(files()).singleElement().asString().endsWith(".damaged");
    }

    @Test
    void recordOfAnotherVersionHoldsNothingUp() throws Exception {
        try (var segment = SpillSegment.open(directory.resolve("old.spill"))) {
            segment.append(new byte[] {99, 1, 2});
            segment.append(record(1).encode());
        }
        assertThat(drain()).hasSize(1);
        assertThat(files()).singleElement().asString().endsWith(".damaged");
    }

    /** As a broker wrote it that knew of no budgets. */
    @Test
    void recordOfTheFirstVersionIsReplayed() throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            out.write(new byte[] {1, 0});
            out.writeLong(7);
            out.writeLong(8);
            out.writeUTF("caller");
            out.writeUTF("20261120");
            out.writeInt(3);
            out.writeInt(1);
            out.write('a');
            out.writeInt(0);
        }
        assertThat(SpillRecord.decode(bytes.toByteArray()).settlement())
                .usingRecursiveComparison()
                .isEqualTo(new Settlement(
                        new UUID(7, 8), "caller", "20261120", Charge.units(3), new byte[] {'a'}, new byte[0]));
        var spending = new Settlement(new UUID(1, 2), "c", "20261120", Rig.charge(1, 2, 3), new byte[0], new byte[0]);
        assertThat(SpillRecord.decode(new SpillRecord(Kind.OPEN, spending).encode())
                        .settlement())
                .usingRecursiveComparison()
                .isEqualTo(spending);
    }

    @Test
    void failedReplayLosesNothing() throws Exception {
        try (var spill = new Spill(directory, "first")) {
            spill.append(record(1));
            spill.append(record(2));
            List<SpillRecord> seen = new ArrayList<>();
            assertThatThrownBy(() -> spill.drain(one -> {
                        seen.add(one);
                        if (seen.size() == 2) {
                            throw new IOException("away");
                        }
                        return true;
                    }))
                    .hasMessage("away");
            spill.append(record(3));
            List<SpillRecord> again = new ArrayList<>();
            spill.drain(again::add);
            assertThat(again).hasSize(3);
            assertThat(spill.depth()).isZero();
        }
    }

    @Test
    void whatHasToWaitHoldsUpNothingElse() throws Exception {
        try (var spill = new Spill(directory, "first")) {
            spill.append(record(1));
            spill.append(record(2));
            List<SpillRecord> seen = new ArrayList<>();
            UUID waiting = record(1).settlement().id();
            spill.drain(one -> seen.add(one) && !one.settlement().id().equals(waiting));
            assertThat(ids(seen)).isEqualTo(ids(List.of(record(1), record(2))));

            spill.append(record(3));
            List<SpillRecord> again = new ArrayList<>();
            spill.drain(again::add);
            assertThat(ids(again)).isEqualTo(ids(List.of(record(1), record(3))));
            assertThat(spill.depth()).isZero();
            assertThat(files()).isEmpty();
        }
    }

    @Test
    void brokersShareADirectory() throws Exception {
        try (var one = new Spill(directory, "one");
                var other = new Spill(directory, "other")) {
            one.append(record(1));
            other.append(record(2));
            List<SpillRecord> seen = new ArrayList<>();
            one.drain(seen::add);
            assertThat(seen).hasSize(1); // the other's is still being written
        }
        assertThat(drain()).hasSize(1);
    }

    @Test
    void whatAnotherBrokerHasReplayedWaitsNoMore() throws Exception {
        try (var one = new Spill(directory, "one");
                var other = new Spill(directory, "other")) {
            one.append(record(1));
            one.drain(record -> false);
            one.append(record(2));
            List<SpillRecord> seen = new ArrayList<>();
            other.drain(seen::add);
            assertThat(seen).hasSize(1);
            assertThat(one.depth()).isEqualTo(2);
            one.drain(seen::add);
            assertThat(ids(seen)).isEqualTo(ids(List.of(record(1), record(2))));
            assertThat(one.depth()).isZero();
            assertThat(one.oldestSeconds()).isZero();
        }
    }

    @Test
    void interruptedAndParallelWritersAllLand() throws Exception {
        try (var spill = new Spill(directory, "first")) {
            try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 64; i++) {
                    int n = i;
                    writers.submit(() -> {
                        if (n % 3 == 0) {
                            Thread.currentThread().interrupt();
                        }
                        spill.append(record(n));
                        return n;
                    });
                }
            }
            assertThat(spill.depth()).isEqualTo(64);
        }
        assertThat(drain()).hasSize(64);
    }

    @Test
    void replayBesideWritersMissesNothing() throws Exception {
        List<SpillRecord> seen = new ArrayList<>();
        try (var spill = new Spill(directory, "first")) {
            try (var writers = Executors.newVirtualThreadPerTaskExecutor()) {
                var done = new java.util.concurrent.CountDownLatch(4);
                for (int i = 0; i < 4; i++) {
                    writers.submit(() -> {
                        for (int n = 0; n < 100; n++) {
                            spill.append(record(n));
                        }
                        done.countDown();
                        return null;
                    });
                }
                while (done.getCount() > 0) {
                    spill.drain(seen::add);
                }
            }
            spill.drain(seen::add);
            assertThat(seen).hasSize(400);
            assertThat(spill.depth()).isZero();
        }
    }

    @Test
    void onlyTheOwnerMayRead() throws Exception {
        try (var spill = new Spill(directory.resolve("spill"), "first")) {
            spill.append(record(1));
        }
        assertThat(Files.getPosixFilePermissions(directory.resolve("spill"))).hasSize(3);
    }

    private List<SpillRecord> drain() throws Exception {
        List<SpillRecord> seen = new ArrayList<>();
        try (var next = new Spill(directory, "next" + UUID.randomUUID())) {
            next.drain(seen::add);
        }
        return seen;
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(directory)) {
            return files.toList();
        }
    }

    private static List<UUID> ids(List<SpillRecord> records) {
        return records.stream().map(one -> one.settlement().id()).toList();
    }

    private static SpillRecord record(int n) {
        byte[] bytes = new byte[100];
        return new SpillRecord(
                Kind.SETTLE, new Settlement(new UUID(n, n), "caller", "20261120", Charge.units(1), bytes, bytes));
    }
}
