package gptbroker.account;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;

/** What accounts need of the groups that somebody else keeps. Thread-safe. */
public interface Membership {
    /** No groups at all. */
    Membership NONE = new Membership() {
        @Override
        public void found(Connection connection, UUID user, String name) {
            // nobody keeps groups
        }

        @Override
        public ArrayNode of(Connection connection, UUID user) {
            return JsonNodeFactory.instance.arrayNode();
        }
    };

    /**
     * Makes the first group of a new account, with the user as owner and member, in the transaction that makes the
     * account.
     */
    void found(Connection connection, UUID user, String name) throws SQLException;

    /** The groups that a user belongs to, as the user's JSON shows them. */
    ArrayNode of(Connection connection, UUID user) throws SQLException;
}
