package gptbroker.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Parameters;
import gptbroker.http.Route;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /admin/chats} and {@code /admin/messages}: whosever they are (S1.57 e to h). Thread-safe. */
public final class ChatAdminRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(ChatAdminRoutes.class);
    private static final int MAX_PAGE = 200;
    private static final String CHAT = "select " + Chat.COLUMNS + " from broker_chats c where c.id = ?";

    private final Database database;

    /** The routes over this database. */
    public ChatAdminRoutes(Database database) {
        this.database = database;
    }

    /** For both listeners; each wants the admin key. */
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/admin/chats/{id}", Access.ADMIN, Dialect.BARE, this::chat),
                new Route("GET", "/admin/chats/{id}/users", Access.ADMIN, Dialect.BARE, this::users),
                new Route("GET", "/admin/chats/{id}/messages", Access.ADMIN, Dialect.BARE, this::messages),
                new Route("DELETE", "/admin/messages/{id}", Access.ADMIN, Dialect.BARE, this::delete));
    }

    private void chat(Exchange x) throws ClientGone {
        JsonAnswer.send(x, Shapes.chat(answer(connection -> find(connection, x))));
    }

    private void users(Exchange x) throws ClientGone {
        List<Seat> seats = answer(connection -> Chats.seats(connection, find(connection, x)));
        ObjectNode json = Shapes.object();
        json.set("users", Shapes.array(seats, Shapes::seat));
        JsonAnswer.send(x, json);
    }

    private void messages(Exchange x) throws ClientGone {
        int limit = Parameters.number(x, "limit", 1, MAX_PAGE, 50);
        var before = Parameters.id(x, "before");
        Messages.Page page = answer(connection -> Messages.page(connection, find(connection, x), before, limit));
        ObjectNode json = Shapes.object();
        json.set("messages", Shapes.array(page.messages(), Shapes::message));
        JsonAnswer.send(x, json.put("next", page.next().map(UUID::toString).orElse(null)));
    }

    private void delete(Exchange x) throws ClientGone {
        UUID id = Parameters.pathId(x, "id");
        int deleted = answer(connection -> Sql.update(connection, "delete from broker_messages where id = ?", id));
        if (deleted == 0) {
            throw Problem.of(ProblemCode.NOT_FOUND, "no such message");
        }
        LOG.info("deleted message {} for the operator", id);
        JsonAnswer.send(x, Shapes.object().put("deleted", deleted));
    }

    private static Chat find(Connection connection, Exchange x) throws SQLException {
        return Sql.one(connection, CHAT, Chat::read, Ids.chat(x.pathParameter("id")))
                .orElseThrow(() -> Problem.of(ProblemCode.NOT_FOUND, "no such chat"));
    }

    private <T> T answer(Database.Work<T> work) {
        return database.answer(ProblemCode.ARCHIVE_UNAVAILABLE, work);
    }
}
