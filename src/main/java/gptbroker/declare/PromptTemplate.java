package gptbroker.declare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.samskivert.mustache.BasicCollector;
import com.samskivert.mustache.Escapers;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.MustacheException;
import com.samskivert.mustache.Template;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * A text with {@code {{variables}}} and {@code {{#sections}}}. Values go in as they are: nothing is escaped, and what
 * looks like a tag inside of a value stays text. Only the input's own fields can be reached, no Java object's.
 *
 * <p>Immutable, thread-safe.
 */
public final class PromptTemplate {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Mustache.Compiler COMPILER = Mustache.compiler()
            .withEscaper(Escapers.NONE)
            .withCollector(new FieldsOnly())
            .withFormatter(PromptTemplate::format)
            .emptyStringIsFalse(true);

    private static final Pattern TAG = Pattern.compile("\\{\\{\\{?[^{}]*\\}?\\}\\}");

    private final String source;
    private final Template template;

    private PromptTemplate(String source, Template template) {
        this.source = source;
        this.template = template;
    }

    /** @throws MalformedTemplate when a tag is not closed, not opened, or of a kind that is not supported */
    public static PromptTemplate compile(String source) throws MalformedTemplate {
        try {
            var compiled = new PromptTemplate(source, COMPILER.compile(source));
            // The library takes a tag that is not closed for text.
            boolean unclosed = TAG.matcher(source).replaceAll("").contains("{{");
            if (unclosed || compiled.names().includes) {
                throw new MalformedTemplate();
            }
            return compiled;
        } catch (RuntimeException malformed) {
            // Its message quotes the prompt.
            throw new MalformedTemplate();
        }
    }

    /**
     * The text with the input's values.
     *
     * @throws MissingVariable when the input has no value for a variable
     */
    public String render(JsonNode input) throws MissingVariable {
        try {
            return template.execute(MAPPER.convertValue(input, Object.class));
        } catch (MustacheException.Context missing) {
            throw new MissingVariable(missing.key);
        }
    }

    /** The text as it was written. */
    public String source() {
        return source;
    }

    /** Variables outside of any section, which every input must have; the first part of dotted ones. */
    Set<String> variables() {
        return names().variables;
    }

    /** Sections outside of any other, which an input may have. */
    Set<String> sections() {
        return names().sections;
    }

    boolean mentions(String word) {
        return source.toLowerCase(Locale.ROOT).contains(word);
    }

    private Names names() {
        var names = new Names();
        template.visit(names);
        return names;
    }

    private static String format(Object value) {
        if (!(value instanceof Map || value instanceof Collection)) {
            return String.valueOf(value);
        }
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree that was JSON is not any more", e);
        }
    }

    /** Unlike the default, does not look for methods and fields of Java objects. */
    private static final class FieldsOnly extends BasicCollector {
        @Override
        public <K, V> Map<K, V> createFetcherCache() {
            return new ConcurrentHashMap<>();
        }
    }

    private static final class Names implements Mustache.Visitor {
        private final Set<String> variables = new HashSet<>();
        private final Set<String> sections = new HashSet<>();
        private boolean includes;

        @Override
        public void visitText(String text) {}

        @Override
        public void visitVariable(String name) {
            add(variables, name);
        }

        @Override
        public boolean visitInclude(String name) {
            includes = true;
            return false;
        }

        @Override
        public boolean visitParent(String name) {
            includes = true;
            return false;
        }

        @Override
        public boolean visitBlock(String name) {
            includes = true;
            return false;
        }

        @Override
        public boolean visitSection(String name) {
            add(sections, name);
            return false;
        }

        @Override
        public boolean visitInvertedSection(String name) {
            add(sections, name);
            return false;
        }

        private static void add(Set<String> names, String name) {
            if (!name.equals(".") && !name.equals("this")) {
                names.add(name.split("\\.", 2)[0]);
            }
        }
    }
}
