package gptbroker.models;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.config.ConfigException;
import gptbroker.upstream.Usage;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ModelsTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    private static Models parse(String text) {
        return Models.parse(text.getBytes(UTF_8));
    }

    private static Price price(Models models, String name) {
        return models.find(name).flatMap(model -> model.price(NOW)).orElseThrow();
    }

    private static List<String> mistakes(String text) {
        try {
            parse(text);
            return List.of();
        } catch (ConfigException wrong) {
            return wrong.mistakes();
        }
    }

    @Test
    void theModelsOfTheFixedEndpointsHaveAPrice() {
        Models models = Models.standard();
        // 0.15, 0.075 and 0.60 dollars a million tokens.
        assertThat(price(models, "gpt-4o-mini"))
                .isEqualTo(new Price(LocalDate.parse("2024-10-01"), 150_000, 75_000, 600_000));
        assertThat(price(models, "gpt-4o").nanoUsd(1_000_000, 0)).isEqualTo(2_500_000_000L);
        assertThat(models.all().values()).allMatch(model -> model.price(NOW).isPresent());
        assertThat(models.providerNames()).isEmpty();
    }

    @Test
    void cachedTokensHaveTheirOwnPriceAndReasoningIsPartOfTheAnswer() {
        Price price = price(Models.standard(), "gpt-4o-mini");
        assertThat(price.nanoUsd(new Usage(1_000, 100))).isEqualTo(150_000 + 60_000);
        assertThat(price.nanoUsd(new Usage(1_000, 100, OptionalLong.of(600), OptionalLong.of(90))))
                .isEqualTo(400 * 150 + 600 * 75 + 60_000);
        // A provider that claims more cached tokens than there were cannot make a call cheaper than that.
        assertThat(price.nanoUsd(new Usage(10, 0, OptionalLong.of(99), OptionalLong.empty())))
                .isEqualTo(750);
    }

    @Test
    void fractionsOfABillionthAreRoundedUpOnce() {
        Models models = parse("models: [{name: m, prices: [{from: 2026-01-01, input: 0.0375, output: 0.000001}]}]");
        assertThat(price(models, "m").nanoUsd(1, 0)).isEqualTo(38);
        assertThat(price(models, "m").nanoUsd(2, 0)).isEqualTo(75);
        assertThat(price(models, "m").nanoUsd(2, 1)).isEqualTo(76);
        assertThat(price(models, "m").nanoUsd(0, 0)).isZero();
    }

    @Test
    void absurdFiguresDoNotWrapAround() {
        Models models = parse("models: [{name: m, prices: [{from: 2026-01-01, input: 999999999, output: 999999999}]}]");
        assertThat(price(models, "m").nanoUsd(Usage.MOST, Usage.MOST)).isEqualTo(Price.MOST_NANO_USD);
        assertThat(price(models, "m").nanoUsd(Long.MAX_VALUE, 1)).isEqualTo(Price.MOST_NANO_USD);
    }

    @Test
    void thePriceIsThatOfItsTime() {
        Model model = parse("""
                models:
                  - name: m
                    prices:
                      - {from: 2026-02-01, input: 1}
                      - {from: 2026-06-01, input: 3}
                      - {from: 2026-04-01, input: 2}
                """).find("m").orElseThrow();
        assertThat(model.price(Instant.parse("2026-01-31T23:59:59.999Z"))).isEmpty();
        assertThat(model.price(Instant.parse("2026-02-01T00:00:00Z"))
                        .orElseThrow()
                        .input())
                .isEqualTo(1_000_000);
        assertThat(model.price(Instant.parse("2026-05-31T23:59:59Z"))
                        .orElseThrow()
                        .input())
                .isEqualTo(2_000_000);
        assertThat(model.price(NOW).orElseThrow().from()).isEqualTo("2026-06-01");
    }

    @Test
    void datedSnapshotsArePricedAsTheirModelUnlessListed() {
        Models models = Models.standard();
        assertThat(price(models, "gpt-4o-mini-2024-07-18")).isEqualTo(price(models, "gpt-4o-mini"));
        assertThat(price(models, "gpt-4o-2024-05-13").nanoUsd(1, 0)).isEqualTo(5_000);
        assertThat(models.find("gpt-4o-mini-audio")).isEmpty();
        assertThat(models.find("-2024-07-18")).isEmpty();
        assertThat(models.find("")).isEmpty();
    }

    @Test
    void ownModelsStandOverTheBuiltInOnes() {
        Models models = parse("""
                source: our contract
                models:
                  - {name: gpt-4o, prices: [{from: 2026-01-01, input: 2, output: 8}]}
                  - {name: fast, provider: gpt-4o-mini, dialects: [prompts, v1]}
                  - {name: slow, provider: gpt-4o}
                  - {name: local, provider: llama-4}
                """);
        assertThat(price(models, "gpt-4o").nanoUsd(1, 1)).isEqualTo(10_000);
        assertThat(price(models, "fast")).isEqualTo(price(models, "gpt-4o-mini"));
        assertThat(price(models, "slow")).isEqualTo(price(models, "gpt-4o"));
        assertThat(models.find("local").orElseThrow().price(NOW)).isEmpty();
        assertThat(models.providerNames()).containsEntry("fast", "gpt-4o-mini").hasSize(3);
        Model fast = models.find("fast").orElseThrow();
        assertThat(fast.isAllowed(Surface.of("/v1/chat/completions"))).isTrue();
        assertThat(fast.isAllowed(Surface.of("/prompts/x"))).isTrue();
        assertThat(fast.isAllowed(Surface.of("/stream"))).isFalse();
        assertThat(fast.isAllowed(Surface.of("/query"))).isFalse();
        assertThat(models.dearest(NOW)).contains(price(models, "gpt-4"));
    }

    @Test
    void mappedNamesCostWhatTheyStandFor() {
        Models models = Models.standard()
                .withAliases(Map.of("public", "gpt-4o", "gpt-4o-mini", "my-deployment", "other", "my-deployment"));
        assertThat(price(models, "public")).isEqualTo(price(models, "gpt-4o"));
        assertThat(price(models, "gpt-4o-mini")).isEqualTo(price(Models.standard(), "gpt-4o-mini"));
        assertThat(models.find("other")).isEmpty();
    }

    @Test
    void chatsOfferWhatTheirClientsKnow() {
        Models models = Models.standard();
        assertThat(models.inChats(Surface.CHAT))
                .isEqualTo(Map.of(
                        "gpt-3", "gpt-3.5-turbo", "gpt-4", "gpt-4", "gpt-4o", "gpt-4o", "gpt-4o-mini", "gpt-4o-mini"));
        assertThat(models.inChats(Surface.GATEWAY).keySet()).containsExactlyInAnyOrder("gpt-4o", "gpt-4o-mini");
        assertThat(models.all().values())
                .allMatch(model -> model.isAllowed(Surface.BROKER)
                        && model.isAllowed(Surface.PROMPTS)
                        && model.isAllowed(Surface.V1)
                        && model.isAllowed(Surface.PROJECTS));
    }

    @Test
    void aBuiltInModelWithOtherPricesStaysWhereItWas() {
        Models models = parse("""
                models:
                  - {name: gpt-5, prices: [{from: 2026-01-01, input: 1}]}
                  - {name: gpt-3.5-turbo, prices: [{from: 2026-01-01, input: 1}]}
                  - {name: gpt-4.1, dialects: [gateway]}
                  - {name: everywhere}
                """);
        assertThat(models.inChats(Surface.CHAT))
                .containsEntry("gpt-3", "gpt-3.5-turbo")
                .containsKey("everywhere")
                .doesNotContainKeys("gpt-5", "gpt-4.1");
        assertThat(models.inChats(Surface.GATEWAY).keySet())
                .containsExactlyInAnyOrder("gpt-4o", "gpt-4o-mini", "gpt-4.1", "everywhere");
    }

    @Test
    void theLaterModelHasANameInChats() {
        Models models = parse("""
                models:
                  - {name: llama-4, chat_name: gpt-3, dialects: [chat]}
                  - {name: small, chat_name: gpt-4o, dialects: [gateway]}
                """);
        assertThat(models.inChats(Surface.CHAT))
                .isEqualTo(Map.of("gpt-3", "llama-4", "gpt-4", "gpt-4", "gpt-4o-mini", "gpt-4o-mini"));
        assertThat(models.inChats(Surface.GATEWAY)).containsEntry("gpt-4o", "small");
        assertThat(models.find("gpt-4o").orElseThrow().isAllowed(Surface.V1)).isTrue();
        Models mapped = Models.standard().withAliases(Map.of("gpt-3", "gpt-4o-mini", "gpt-4", "gpt-4o"));
        assertThat(mapped.inChats(Surface.CHAT)).containsEntry("gpt-3", "gpt-3").containsEntry("gpt-4", "gpt-4");
        assertThat(mistakes("""
                models:
                  - {name: a, chat_name: b}
                  - {name: b}
                  - {name: c, chat_name: d, dialects: [v1]}
                  - {name: d, chat_name: e f}
                """))
                .containsExactly(
                        "MODELS_FILE line 3: the name 'b' in chats is taken by another model",
                        "MODELS_FILE line 5: 'chat_name' is wrong; expected the name in chats, without spaces");
    }

    @Test
    void everyMistakeHasItsLine() {
        assertThat(mistakes("""
                models:
                  - {name: a, prices: [{from: 2026-13-01, input: 1}]}
                  - {name: a, prices: [{from: 2026-01-01, input: -1}]}
                  - {name: b c}
                  - {name: d, dialects: [smtp]}
                  - {name: e, prices: [{from: 2026-01-01, input: 0.0000001}, {input: 1}]}
                  - {name: f, prices: [{from: 2026-01-01, input: 1}, {from: 2026-01-01, input: 2}], cost: 3}
                  - {prices: 5}
                """))
                .containsExactly(
                        "MODELS_FILE line 2: 'from' is wrong; expected a day like 2026-11-01",
                        "MODELS_FILE line 3: 'input' is wrong; expected a number with at most six decimals, not negative",
                        "MODELS_FILE line 3: the name 'a' is taken by another model",
                        "MODELS_FILE line 4: 'name' is wrong; expected a model's name without spaces",
                        "MODELS_FILE line 5: no dialect; expected one of broker, prompts, v1, projects, chat, gateway",
                        "MODELS_FILE line 6: 'input' is wrong; expected a number with at most six decimals, not negative",
                        "MODELS_FILE line 6: a price has no 'from'",
                        "MODELS_FILE line 7: a model has an unknown field 'cost';"
                                + " expected one of [chat_name, dialects, name, prices, provider]",
                        "MODELS_FILE line 7: two prices from 2026-01-01",
                        "MODELS_FILE line 8: a model has no 'name'",
                        "MODELS_FILE line 8: 'prices' is wrong; expected a list");
        assertThat(mistakes(""))
                .containsExactly("MODELS_FILE line 1: the file is empty; expected a list under 'models'");
        assertThat(mistakes("models: 1")).containsExactly("MODELS_FILE line 1: 'models' is wrong; expected a list");
        assertThatThrownBy(() -> Models.read(Optional.of(Path.of("no-such-file"))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("MODELS_FILE cannot be read");
    }
}
