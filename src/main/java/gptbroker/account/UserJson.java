package gptbroker.account;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** An account as JSON, in the names that S1's clients read (S1.22, S1.23). */
public final class UserJson {
    private UserJson() {}

    /** With its groups. */
    public static ObjectNode of(Accounts.Profile profile) {
        ObjectNode json = of(profile.user());
        json.set("groups", profile.groups());
        return json;
    }

    /** Without groups, as in a list of members. */
    public static ObjectNode of(User user) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", user.id().toString())
                .put("username", user.username().orElse(""))
                .put("first_name", user.firstName())
                .put("last_name", user.lastName())
                .put("CreatedAt", user.createdAt().toString())
                .put("UpdatedAt", user.updatedAt().toString())
                .putNull("DeletedAt");
    }

    static ObjectNode of(Accounts.SignedIn signedIn) {
        ObjectNode user = of(signedIn.profile());
        String token = signedIn.session().token().reveal();
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("Token", token);
        json.set("User", user);
        json.put("token", token);
        json.set("user", user);
        return json;
    }
}
