package gptbroker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Sizes are in units that are no small bodies. */
class RoomTest {
    private static final long UNIT = 2L * Room.SMALL;

    @Test
    void soManyRequests() {
        var room = new Room(2, UNIT);
        assertThat(room.enter()).isTrue();
        assertThat(room.enter()).isTrue();
        assertThat(room.enter()).isFalse();
        room.leave();
        assertThat(room.enter()).isTrue();
    }

    @Test
    void soManyBytesAndSmallBodiesBeside() {
        var room = new Room(10, 100 * UNIT);
        assertThat(room.hold(60 * UNIT)).isTrue();
        assertThat(room.hold(41 * UNIT)).isFalse();
        assertThat(room.hold(40 * UNIT)).isTrue();
        assertThat(room.hold(Room.SMALL + 1)).isFalse();
        assertThat(room.hold(Room.SMALL)).isTrue();
        assertThat(room.bytes()).isEqualTo(100 * UNIT);
        room.forget(Room.SMALL);
        room.forget(60 * UNIT);
        assertThat(room.bytes()).isEqualTo(40 * UNIT);
        assertThat(room.hold(60 * UNIT)).isTrue();
    }

    @Test
    void oneThatIsLargerThanAllComesInAlone() {
        var room = new Room(10, 100 * UNIT);
        assertThat(room.hold(UNIT)).isTrue();
        assertThat(room.hold(200 * UNIT)).isFalse();
        room.forget(UNIT);
        assertThat(room.hold(200 * UNIT)).isTrue();
        assertThat(room.hold(UNIT)).isFalse();
    }

    @Test
    void neverMoreAndInTheEndNothing() {
        var room = new Room(1_000, 100 * UNIT);
        var most = new AtomicLong();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                long body = (1 + i % 50) * UNIT;
                clients.submit(() -> {
                    for (int n = 0; n < 100; n++) {
                        if (room.hold(body)) {
                            most.accumulateAndGet(room.bytes(), Math::max);
                            room.forget(body);
                        }
                    }
                });
            }
        }
        assertThat(most.get()).isBetween(UNIT, 100 * UNIT);
        assertThat(room.bytes()).isZero();
    }
}
