package gptbroker.identity;

import static gptbroker.problem.ProblemCode.AUTHORIZATION_MISSING;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;

import gptbroker.identity.Caller.Kind;
import gptbroker.problem.Problem;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Who may enter some routes, and where their credential may stand. Immutable.
 *
 * @param places in the order in which they are looked at, those of one header side by side; the first that is not
 *     empty decides
 * @param kinds who is let in; a credential of another kind is not even looked up
 */
public record Realm(List<Place> places, Set<Kind> kinds) {
    /** The project's users and nobody else: the five endpoints, and the tenant's own. */
    public static final Realm USERS = new Realm(List.of(Place.BEARER), EnumSet.of(Kind.SUPABASE_USER));

    /** The same with our own keys and sessions beside them ({@code BROKER_ACCEPT_LOCAL}). */
    public static final Realm USERS_AND_LOCAL =
            new Realm(List.of(Place.BEARER), EnumSet.of(Kind.SUPABASE_USER, Kind.API_KEY, Kind.SESSION));

    /** {@code /v1/*}. */
    public static final Realm V1 = new Realm(
            List.of(Place.BEARER, Place.BASIC, Place.X_API_KEY, Place.COOKIE),
            EnumSet.of(Kind.SUPABASE_USER, Kind.API_KEY, Kind.SESSION));

    /** {@code /user}, {@code /chat}, {@code /group} and {@code /me}. */
    public static final Realm CHAT = new Realm(
            List.of(Place.BEARER, Place.BASIC, Place.COOKIE),
            EnumSet.of(Kind.SUPABASE_USER, Kind.API_KEY, Kind.SESSION));

    /** Backend projects with their key. */
    public static final Realm PROJECTS = new Realm(List.of(Place.X_API_KEY, Place.BEARER), EnumSet.of(Kind.API_KEY));

    /** {@code POST /chat/} and {@code /chat/{id}/history}: users with an API key, which may stand bare (S4.2). */
    public static final Realm GATEWAY = new Realm(List.of(Place.BEARER, Place.RAW), EnumSet.of(Kind.API_KEY));

    /** The operator's live streams; everything else of theirs is let in by the listener alone. */
    public static final Realm OPERATOR =
            new Realm(List.of(Place.BEARER, Place.BASIC, Place.RAW), EnumSet.of(Kind.ADMIN));

    /**
     * A credential, not yet checked.
     *
     * @param place where it stood
     * @param text the credential itself
     */
    public record Shown(Place place, String text) {
        @Override
        public String toString() {
            return place.name();
        }
    }

    public Realm {
        places = List.copyOf(places);
        kinds = Set.copyOf(kinds);
    }

    /**
     * The one credential of a request.
     *
     * @param headers gives all values of a header, in order
     * @throws Problem 401 {@code authorization_missing} when all places are empty; {@code token_invalid} when the first
     *     that is not holds several values, or something else than a credential: what is there and bad is never made up
     *     for by what stands elsewhere
     */
    public Shown credential(Function<String, List<String>> headers) {
        String seen = null;
        for (Place place : places) {
            if (seen != null && !seen.equals(place.header())) {
                break;
            }
            List<String> values = headers.apply(place.header());
            if (values.isEmpty() || values.size() == 1 && values.getFirst().isEmpty()) {
                continue;
            }
            if (values.size() > 1) {
                throw Problem.of(TOKEN_INVALID, "several " + place.header() + " headers");
            }
            Optional<String> credential = place.read(values.getFirst());
            if (credential.isPresent()) {
                return new Shown(place, credential.get());
            }
            // Other cookies than ours say nothing about who asks.
            seen = place == Place.COOKIE ? seen : place.header();
        }
        throw seen == null ? Problem.of(AUTHORIZATION_MISSING) : Problem.of(TOKEN_INVALID, "not a credential's form");
    }
}
