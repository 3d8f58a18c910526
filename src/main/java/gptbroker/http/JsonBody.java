package gptbroker.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** Reads a request's body as one JSON object, strictly. */
public final class JsonBody {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_NUMBER = 100;
    /** Nothing after the document, no field twice, no depth or number without end. */
    static final JsonMapper STRICT = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxNumberLength(MAX_NUMBER)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    private JsonBody() {}

    /**
     * The object; an empty one when there is no body.
     *
     * @throws Problem 415 when it is said to be something else than JSON, 400 {@code invalid_json}
     */
    public static ObjectNode object(Exchange exchange) {
        byte[] body = exchange.body();
        if (body.length == 0) {
            return JsonNodeFactory.instance.objectNode();
        }
        List<String> types = exchange.headers("Content-Type");
        String type = types.size() == 1 ? types.getFirst().toLowerCase(Locale.ROOT) : "";
        if (!type.split(";", 2)[0].strip().equals("application/json")) {
            throw Problem.of(ProblemCode.MEDIA_TYPE_UNSUPPORTED);
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            if (STRICT.readTree(text) instanceof ObjectNode object) {
                return object;
            }
        } catch (CharacterCodingException | JsonProcessingException malformed) {
            // Its message quotes the body.
        }
        throw Problem.of(ProblemCode.INVALID_JSON);
    }
}
