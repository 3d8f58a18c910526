package gptbroker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WatchdogTest {
    @Test
    void noInterruptOutlivesItsDeadline() throws InterruptedException {
        AtomicInteger interrupted = new AtomicInteger();
        AtomicInteger leaked = new AtomicInteger();
        AtomicBoolean done = new AtomicBoolean();
        try (Watchdog watchdog = new Watchdog(System::nanoTime, Duration.ofMillis(1))) {
            Thread requests = Thread.ofVirtual().start(() -> {
                while (interrupted.get() < 500) {
                    try (Deadline deadline = watchdog.watch(Duration.ZERO)) {
                        Thread.yield();
                        interrupted.addAndGet(deadline.cause() == null ? 0 : 1);
                    }
                    leaked.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
                }
                done.set(true);
            });
            while (!done.get()) {
                watchdog.interruptAll(Deadline.Cause.TOTAL);
            }
            requests.join();
        }
        assertThat(leaked.get()).isZero();
    }

    @Test
    void aPhaseEndsOnTime() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        try (Watchdog watchdog = new Watchdog(System::nanoTime, Duration.ofMillis(1))) {
            watchdog.start();
            Thread.ofVirtual().start(() -> {
                try (Deadline deadline = watchdog.watch(Duration.ofHours(1))) {
                    deadline.enter(Deadline.Cause.BODY, Duration.ofHours(1));
                    deadline.leave();
                    deadline.enter(Deadline.Cause.WRITE, Duration.ofMillis(5));
                    new CountDownLatch(1).await();
                } catch (InterruptedException expected) {
                    interrupted.countDown();
                }
            });
            interrupted.await();
        }
    }

    @Test
    void aPhaseEndsForWhoeverIsInIt() throws InterruptedException {
        CountDownLatch interrupted = new CountDownLatch(1);
        try (Watchdog watchdog = new Watchdog(System::nanoTime, Duration.ofMillis(1));
                Deadline deadline = watchdog.watch(Duration.ofHours(1))) {
            watchdog.start();
            Thread.ofVirtual().start(() -> {
                deadline.enter(Deadline.Cause.WRITE, Duration.ofMillis(5));
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException expected) {
                    interrupted.countDown();
                }
            });
            interrupted.await();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        }
    }

    @Test
    void anInterruptSparesTheLastWords() {
        try (Watchdog watchdog = new Watchdog(System::nanoTime, Duration.ofMillis(1));
                Deadline deadline = watchdog.watch(Duration.ofHours(1))) {
            watchdog.interruptAll(Deadline.Cause.DRAIN);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            deadline.spare();
            assertThat(Thread.currentThread().isInterrupted()).isFalse();

            watchdog.interruptAll(Deadline.Cause.DRAIN);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            watchdog.interruptAll(Deadline.Cause.WRITE);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            assertThat(deadline.cause()).isEqualTo(Deadline.Cause.WRITE);
        }
    }
}
