package gptbroker;

import gptbroker.account.Accounts;
import gptbroker.account.Roster;
import gptbroker.account.Sessions;
import gptbroker.account.UserRoutes;
import gptbroker.account.Users;
import gptbroker.admin.AccountRoutes;
import gptbroker.chat.Groups;
import gptbroker.gateway.GatewayRoutes;
import gptbroker.http.Route;
import gptbroker.identity.OwnPages;
import gptbroker.identity.Principals;
import gptbroker.identity.SupabaseAuthenticator;
import gptbroker.project.ProjectKeys;
import gptbroker.turn.Turns;
import java.util.List;

/** Who may ask, wired: Supabase's users, accounts of our own, projects and their keys. */
final class CallerParts {
    private final boolean open;
    private final SupabaseAuthenticator supabase;
    private final ProjectKeys projects;
    private final Groups groups;
    private final Users users;
    private final Accounts accounts;
    private final Principals principals;
    private final UserRoutes user;
    private final AccountRoutes roster;

    /** Begins to fetch the signing keys. */
    CallerParts(Foundation on) {
        var config = on.config();
        open = config.accounts().open();
        supabase = SupabaseAuthenticator.start(config.identity(), on.clock(), on.meters());
        projects = new ProjectKeys(config.redis(), on.redis(), on.database(), on.meters(), on.clock());
        groups = new Groups(on.database());
        users = new Users(on.database(), groups);
        var sessions = new Sessions(on.database(), config.accounts().sessionTtl());
        accounts = new Accounts(config, on.database(), sessions, groups, on.redis(), on.meters());
        var pages = new OwnPages(config.listen().corsOrigins());
        principals = new Principals(config.identity(), supabase, projects.lookup(), sessions, pages);
        user = new UserRoutes(principals, users, accounts, sessions, pages, open);
        roster = new AccountRoutes(new Roster(on.database()), accounts, sessions, projects.keys());
    }

    Principals principals() {
        return principals;
    }

    SupabaseAuthenticator supabase() {
        return supabase;
    }

    ProjectKeys projects() {
        return projects;
    }

    Groups groups() {
        return groups;
    }

    Users users() {
        return users;
    }

    /** {@code /user/*}. */
    List<Route> routes() {
        return user.routes();
    }

    /** Sign-up for a key, and chats by it. */
    List<Route> gateway(Turns turns, GatewayRoutes.Talk talk) {
        return new GatewayRoutes(
                        turns,
                        users,
                        accounts,
                        (connection, made) -> projects.keys().createFor(connection, made.id(), "sign-up"),
                        talk,
                        open)
                .routes();
    }

    /** Accounts, for the operator. */
    List<Route> operatorsRoutes() {
        return roster.routes();
    }

    void start() {
        projects.start();
    }

    /** What is to be closed, in this order. */
    List<Runnable> closing() {
        return List.of(accounts::close, supabase::close, projects::close);
    }
}
