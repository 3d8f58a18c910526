package gptbroker.declare;

import gptbroker.config.ConfigException;
import gptbroker.yaml.Fields;
import gptbroker.yaml.Mistakes;
import gptbroker.yaml.YamlFile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The file that {@code PROMPTS_FILE} names: YAML 1.2, UTF-8, at most 1 MB. {@code docs/prompts.md} describes it. */
public final class PromptsFile {
    private static final String VARIABLE = "PROMPTS_FILE";

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
        return YamlFile.bytes(file, VARIABLE);
    }

    /** @throws ConfigException with every mistake and its line */
    static Map<String, Declaration> parse(byte[] content) {
        var mistakes = new Mistakes(VARIABLE);
        Map<String, Declaration> prompts = new HashMap<>();
        YamlFile.compose(content, "a list under 'prompts'", mistakes).ifPresent(root -> read(root, prompts, mistakes));
        if (!mistakes.isEmpty()) {
            throw mistakes.told();
        }
        return Map.copyOf(prompts);
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
                Mistakes own = mistakes.own();
                Declaration prompt = new DeclarationReader(item, own).read();
                if (!prompt.name().isEmpty() && prompts.putIfAbsent(prompt.name(), prompt) != null) {
                    own.add(item, "the name '" + prompt.name() + "' is taken by another prompt");
                }
                mistakes.addAll(own);
            }
        }
    }
}
