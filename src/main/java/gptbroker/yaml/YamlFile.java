package gptbroker.yaml;

import gptbroker.config.ConfigException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** A file that a variable names: YAML 1.2, UTF-8, at most 1 MB, as nodes that know their lines. */
public final class YamlFile {
    private static final int MOST_BYTES = 1 << 20;

    private YamlFile() {}

    /**
     * What is in the file.
     *
     * @param variable names it to the operator
     * @throws ConfigException when it cannot be read
     */
    public static byte[] bytes(Path file, String variable) {
        try {
            if (Files.isRegularFile(file) && Files.size(file) <= MOST_BYTES) {
                return Files.readAllBytes(file);
            }
        } catch (IOException | SecurityException unreadable) {
            // Told below; the system's own words add nothing but the path.
        }
        throw new ConfigException(List.of(variable + " cannot be read; expected the path of a file of at most 1 MB"));
    }

    /**
     * The root of the document; empty, with a mistake, when there is none.
     *
     * @param expected what an empty file lacks
     */
    public static Optional<Node> compose(byte[] content, String expected, Mistakes mistakes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            LoadSettings settings =
                    LoadSettings.builder().setLabel(mistakes.file()).build();
            Optional<Node> root = new Compose(settings).composeString(text);
            if (root.isEmpty()) {
                mistakes.add(1, "the file is empty; expected " + expected);
            }
            return root;
        } catch (CharacterCodingException e) {
            mistakes.add(1, "the file is not UTF-8");
        } catch (MarkedYamlEngineException e) {
            // Only the parser's own words: the whole message quotes the file.
            mistakes.add(e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1), "no YAML: " + e.getProblem());
        } catch (YamlEngineException | StackOverflowError e) {
            mistakes.add(1, "no YAML: unreadable, or nested too deeply");
        }
        return Optional.empty();
    }
}
