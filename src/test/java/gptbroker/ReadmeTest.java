package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.config.Variable;
import gptbroker.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the README says about codes and variables, held against the code. */
class ReadmeTest {
    private static final Pattern CODED = Pattern.compile("`([^`]+)`");

    private final String readme = read("README.md");

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The rows of the table whose head begins so, cell by cell. */
    private List<String[]> table(String head) {
        return readme.substring(readme.indexOf(head))
                .lines()
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(line -> line.split("\\|"))
                .toList();
    }

    private static List<String> coded(String cell) {
        return CODED.matcher(cell).results().map(match -> match.group(1)).toList();
    }

    @Test
    void everyErrorCodeIsListedOnceUnderItsStatus() {
        List<String[]> rows = table("| status | codes |");
        assertThat(rows.stream().flatMap(row -> coded(row[2]).stream()))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(ProblemCode.values()).map(ProblemCode::code).toList());
        for (ProblemCode code : ProblemCode.values()) {
            assertThat(rows)
                    .as(code.code())
                    .anyMatch(row -> coded(row[2]).contains(code.code()) && row[1].contains("" + code.status()));
        }
    }

    @Test
    void variablesExistWithTheseDefaults() {
        for (String[] row : table("| variable | default | meaning |")) {
            List<String> names = coded(row[1]);
            List<String> told = Stream.of(row[2].replace("`", "").split(","))
                    .map(String::strip)
                    .toList();
            for (int i = 0; i < names.size(); i++) {
                Variable variable = Variable.valueOf(names.get(i));
                String value = told.get(Math.min(i, told.size() - 1));
                assertThat(value.startsWith("required") || value.equals("embedded") ? "" : value)
                        .as(variable.name())
                        .isEqualTo(variable.fallback());
            }
        }
    }
}
