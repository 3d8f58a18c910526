package gptbroker.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TokensTest {
    @Test
    void countsAsOpenAiDoes() {
        // The counts of OpenAI's own o200k_base.
        assertThat(Tokens.of("")).isZero();
        assertThat(Tokens.of("Hello")).isEqualTo(1);
        assertThat(Tokens.of("The quick brown fox jumps over the lazy dog.")).isEqualTo(10);
        assertThat(Tokens.of("<|endoftext|>")).isGreaterThan(1);
    }

    @Test
    void aMessageIsItsStringsAndTheirFrame() {
        // As usage.prompt_tokens says of this body: 3 a message, 1 for the role, 3 for the answer's beginning.
        assertThat(Tokens.ofPrompt("[{\"role\":\"user\",\"content\":\"Hello\"}]"))
                .isBetween(8L, 10L);
        assertThat(Tokens.ofPrompt("Hello")).isEqualTo(8);
        assertThat(Tokens.ofPrompt("[not json")).isGreaterThan(8);
        assertThat(Tokens.ofPrompt("[1,2,3]")).isBetween(6L, 7L);
    }

    @Test
    void anImageIsNotItsBytes() {
        String image = "[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":"
                + "\"data:image/png;base64," + "A".repeat(400_000) + "\"}}]}]";
        assertThat(Tokens.ofPrompt(image)).isBetween(1_500L, 1_600L);
        assertThat(Tokens.guess(image)).isBetween(1_500L, 1_600L);
    }

    @Test
    void theGuessIsRatherHigh() {
        String prose = "It was the best of times, it was the worst of times, it was the age of wisdom. ".repeat(50);
        assertThat(Tokens.guess(prose)).isBetween(Tokens.of(prose), 2 * Tokens.of(prose));
        String japanese = "吾輩は猫である。名前はまだ無い。".repeat(50);
        assertThat(Tokens.guess(japanese)).isBetween(Tokens.of(japanese), 2 * Tokens.of(japanese));
    }

    @Test
    void noTextIsTooLongOrTooStrangeToBeCounted() {
        assertThat(Tokens.of("a".repeat(1 << 20))).isBetween(100_000L, 200_000L);
        assertThat(Tokens.of(" ".repeat(1 << 20))).isPositive();
        assertThat(Tokens.of("\ud800".repeat(70_000))).isPositive();
        var random = new Random(1);
        for (int i = 0; i < 200; i++) {
            var text = new StringBuilder();
            for (int k = 0; k < 500; k++) {
                text.append((char) random.nextInt(0x10000));
            }
            assertThat(Tokens.of(text.toString())).isPositive();
            assertThat(Tokens.ofPrompt(text.toString())).isPositive();
            assertThat(Tokens.guess(text.toString())).isPositive();
        }
    }
}
