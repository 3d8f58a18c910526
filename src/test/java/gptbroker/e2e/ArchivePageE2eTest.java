package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every statement of {@code docs/archive.md} and {@code docs/night.md} runs, and the erasure erases. */
class ArchivePageE2eTest {
    private static final Pattern SQL = Pattern.compile("(?s)```sql\n(.*?)```");

    @Test
    void everyStatementRunsAndTheErasureErases() throws IOException, SQLException {
        try (Rig rig = Rig.start(Map.of())) {
            UUID user = rig.user();
            UUID other = rig.user();
            for (UUID asking : List.of(user, other)) {
                assertThat(rig.get("/simple-gpt-4o-mini-complete?prompt=Hello", rig.token(asking))
                                .statusCode())
                        .isEqualTo(200);
            }
            rig.archived("select count(*) from responses where status = 'done'", List.of("2"));
            int statements = 0;
            for (String page : List.of("docs/archive.md", "docs/night.md")) {
                statements += run(rig, Files.readString(Path.of(page)).replace("<user id>", user.toString()));
            }
            assertThat(statements).isGreaterThan(8);
            assertThat(rig.archive("select user_id from inputs")).containsExactly(other.toString());
            assertThat(rig.archive("select user_id from responses")).containsExactly(other.toString());
            assertThat(rig.archive("select count(*) from erased_exchanges")).containsExactly("1");
        }
    }

    private static int run(Rig rig, String page) throws SQLException {
        int statements = 0;
        try (Connection connection = TestPostgres.connect(rig.database());
                Statement statement = connection.createStatement()) {
            for (String block :
                    SQL.matcher(page).results().map(match -> match.group(1)).toList()) {
                for (String sql : block.split(";\\s*\n")) {
                    statement.execute(sql);
                    statements++;
                }
            }
        }
        return statements;
    }
}
