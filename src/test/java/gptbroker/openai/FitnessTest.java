package gptbroker.openai;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.upstream.RawHeader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which answers may be given again, and how long. */
class FitnessTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'choices':[{'index':0,'message':{'content':'x'},'finish_reason':'stop'}]}; true",
                "{'choices':[{'index':0,'message':{'content':'x'},'finish_reason':'length'}]}; false",
                "{'choices':[{'index':0,'message':{'content':'x'}}]}; false",
                "{'choices':[{'index':0,'message':{'content':'x'},'finish_reason':null}]}; false",
                "{'choices':[{'index':0,'message':{'tool_calls':[{}]},'finish_reason':'stop'}]}; false",
                "{'choices':[{'index':0,'finish_reason':'stop'},{'index':1,'finish_reason':'length'}]}; false",
                "{'error':{'message':'x'}}; false",
                "nonsense; false",
            })
    void completions(String json, boolean fit) {
        assertThat(Fitness.of(Kind.CHAT, false, bytes(json.replace('\'', '"')))).isEqualTo(fit);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'choices':[{'index':0,'delta':{'content':'x'},'finish_reason':null}]}| {'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}| [DONE]; true",
                "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}; false",
                "{'choices':[{'index':0,'delta':{'tool_calls':[{}]}}]}| {'choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}| [DONE]; false",
                "{'choices':[{'index':0,'delta':{},'finish_reason':'content_filter'}]}| [DONE]; false",
                "{'choices':[]}| [DONE]; false",
            })
    void streams(String events, boolean fit) {
        String stream = "data: " + events.replace('\'', '"').replace("| ", "\n\ndata: ") + "\n\n";
        assertThat(Fitness.of(Kind.CHAT, true, bytes(stream))).isEqualTo(fit);
    }

    @Test
    void embeddingsEndAsTheyCome() {
        assertThat(Fitness.of(Kind.EMBEDDING, false, bytes("{\"data\":[]}"))).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{'data':[{'id':'gpt-4o'}]}; true",
                "{'status':'completed'}; true",
                "{'status':'in_progress'}; false",
                "{'data':[{'status':'succeeded'},{'status':'queued'}]}; false",
                "{'status':{'code':1}}; true",
                "{'status'; false",
            })
    void whatIsStillGoingOnIsAskedAnew(String json, boolean settled) {
        assertThat(Fitness.isSettled("application/json", bytes(json.replace('\'', '"'))))
                .isEqualTo(settled);
        assertThat(Fitness.isSettled("application/octet-stream", bytes(json))).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "''; false; 300",
                "public, max-age=60; false; 60",
                "max-age=3600; false; 300",
                "max-age=0; false; 0",
                "s-maxage=\"7\"; false; 7",
                "No-Store; true; 0",
                "no-cache, must-revalidate; false; 0",
                "no-cache; true; 300",
                "private; false; 300",
                "max-age=many; false; 300",
            })
    void theProvidersWordCounts(String line, boolean stream, long seconds) {
        var headers = List.of(new RawHeader("Cache-Control", line));
        assertThat(Freshness.of(headers, stream, Duration.ofMinutes(5))).isEqualTo(Duration.ofSeconds(seconds));
        assertThat(Freshness.of(List.of(new RawHeader("vary", "*")), stream, Duration.ofMinutes(5)))
                .isZero();
    }
}
