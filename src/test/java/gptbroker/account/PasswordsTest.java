package gptbroker.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.password4j.BcryptFunction;
import com.password4j.Password;
import com.password4j.types.Bcrypt;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PasswordsTest {
    private final Passwords passwords = new Passwords(1);

    @AfterEach
    void close() {
        passwords.close();
    }

    @Test
    void onlyTheSamePasswordMatches() throws InterruptedException {
        String hash = passwords.hash("correct horse");
        assertThat(passwords.hash("correct horse")).as("a salt each").isNotEqualTo(hash);
        assertThat(passwords.matches("correct horse", Optional.of(hash))).isTrue();
        assertThat(passwords.matches("Correct horse", Optional.of(hash))).isFalse();
        assertThat(passwords.matches("correct horse", Optional.empty())).isFalse();
        assertThat(Passwords.isOutdated(hash)).isFalse();
    }

    @Test
    void keyboardsMayComposeLettersDifferently() throws InterruptedException {
        assertThat(passwords.matches("cafe\u0301 noir", Optional.of(passwords.hash("caf\u00e9 noir"))))
                .isTrue();
    }

    @Test
    void olderHashesMatchAndAreOutdated() throws InterruptedException {
        String old = Password.hash("correct horse")
                .with(BcryptFunction.getInstance(Bcrypt.B, 4))
                .getResult();
        assertThat(passwords.matches("correct horse", Optional.of(old))).isTrue();
        assertThat(passwords.matches("correct horse!", Optional.of(old))).isFalse();
        assertThat(Passwords.isOutdated(old)).isTrue();
    }

    @Test
    void aFloodIsTurnedAwayInsteadOfKept() throws Exception {
        List<ProblemCode> refusals = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> flood = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                flood.add(threads.submit(() -> passwords.matches("guess", Optional.empty())));
            }
            for (Future<Boolean> one : flood) {
                ExecutionException failed = catchThrowableOfType(ExecutionException.class, one::get);
                if (failed != null) {
                    refusals.add(((Problem) failed.getCause()).code());
                }
            }
        }
        assertThat(refusals).containsOnly(ProblemCode.OVERLOADED);
        assertThat(passwords.matches("guess", Optional.empty()))
                .as("afterwards all is well")
                .isFalse();
    }
}
