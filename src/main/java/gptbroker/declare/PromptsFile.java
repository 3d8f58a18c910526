package gptbroker.declare;

import gptbroker.config.ConfigException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The file that {@code PROMPTS_FILE} names: YAML 1.2, UTF-8, at most 1 MB. {@code docs/prompts.md} describes it. */
public final class PromptsFile {
    private static final int MOST_BYTES = 1 << 20;

    private PromptsFile() {}

    /**
     * Its prompts by name.
     *
     * @throws ConfigException with every mistake and its line
     */
    public static Map<String, Declaration> read(Path file) {
        return parse(bytes(file));
    }

    /** @throws ConfigException when it cannot be read */
    static byte[] bytes(Path file) {
        try {
            if (Files.isRegularFile(file) && Files.size(file) <= MOST_BYTES) {
                return Files.readAllBytes(file);
            }
        } catch (IOException | SecurityException unreadable) {
            // Told below; the system's own words add nothing but the path.
        }
        throw new ConfigException(List.of("PROMPTS_FILE cannot be read; expected the path of a file of at most 1 MB"));
    }

    /** @throws ConfigException with every mistake and its line */
    static Map<String, Declaration> parse(byte[] content) {
        var mistakes = new Mistakes();
        Map<String, Declaration> prompts = new HashMap<>();
        compose(content, mistakes).ifPresent(root -> read(root, prompts, mistakes));
        if (!mistakes.isEmpty()) {
            throw mistakes.told();
        }
        return Map.copyOf(prompts);
    }

    private static Optional<Node> compose(byte[] content, Mistakes mistakes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
            Optional<Node> root =
                    new Compose(LoadSettings.builder().setLabel("PROMPTS_FILE").build()).composeString(text);
            if (root.isEmpty()) {
                mistakes.add(1, "the file is empty; expected a list under 'prompts'");
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

    private static void read(Node root, Map<String, Declaration> prompts, Mistakes mistakes) {
        Fields file = Fields.of(root, "the file", Set.of("prompts"), mistakes);
        Optional<Node> list = file.required("prompts");
        if (list.isPresent() && !(list.get() instanceof SequenceNode)) {
            mistakes.add(list.get(), "'prompts' is wrong; expected a list of prompts");
        }
        if (list.isPresent() && list.get() instanceof SequenceNode sequence) {
            for (Node item : sequence.getValue()) {
                // Each on its own, because some checks make sense only where nothing was wrong before.
                var own = new Mistakes();
                Declaration prompt = new DeclarationReader(item, own).read();
                if (!prompt.name().isEmpty() && prompts.putIfAbsent(prompt.name(), prompt) != null) {
                    own.add(item, "the name '" + prompt.name() + "' is taken by another prompt");
                }
                mistakes.addAll(own);
            }
        }
    }
}
