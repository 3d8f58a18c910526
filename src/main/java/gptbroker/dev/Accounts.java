package gptbroker.dev;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Users, sessions and refresh tokens of the stand-in. Changes reach the disk within a moment ({@link Saver}), so a
 * {@code kill -9} may forget the newest user; its tokens stay valid all the same. Thread-safe.
 */
final class Accounts implements AutoCloseable {
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final String REFRESH_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
    private static final int REFRESH_LENGTH = 12;
    private static final int PASSWORD_MIN = 6;
    private static final int PASSWORD_MAX = 72;

    private final SecureRandom random = new SecureRandom();
    private final InstantSource clock;
    private final Map<String, Account> users = new LinkedHashMap<>();
    private final Map<String, String> idsByEmail = new HashMap<>();
    private final Map<String, Session> sessions = new LinkedHashMap<>();
    private final Map<String, RefreshToken> refreshTokens = new LinkedHashMap<>();
    private final Saver saver;

    /** One signed-in device. */
    record Session(String id, String userId, String method, long startedAt) {}

    /** Good for one refresh. */
    record RefreshToken(String sessionId, boolean used) {}

    /** What a sign-in or a refresh gives. */
    record Grant(Account account, ObjectNode user, Session session, String refreshToken) {}

    Accounts(Path file, InstantSource clock) {
        this.clock = clock;
        try {
            if (Files.exists(file)) {
                load(file);
            }
        } catch (IOException e) {
            throw new DevException("The users in " + file + " cannot be read; delete it", e);
        }
        this.saver = new Saver(file, this::snapshot);
    }

    private void load(Path file) throws IOException {
        var saved = mapper.readTree(Files.readString(file));
        for (var node : saved.path("users")) {
            index(mapper.treeToValue(node, Account.class));
        }
        for (var node : saved.path("sessions")) {
            var session = mapper.treeToValue(node, Session.class);
            sessions.put(session.id(), session);
        }
        for (var entry : saved.path("refreshTokens").properties()) {
            refreshTokens.put(entry.getKey(), mapper.treeToValue(entry.getValue(), RefreshToken.class));
        }
    }

    private synchronized String snapshot() {
        var saved = mapper.createObjectNode();
        saved.set("users", mapper.valueToTree(users.values()));
        saved.set("sessions", mapper.valueToTree(sessions.values()));
        saved.set("refreshTokens", mapper.valueToTree(refreshTokens));
        return saved.toPrettyString();
    }

    private void index(Account account) {
        users.put(account.id, account);
        if (!account.email.isEmpty()) {
            idsByEmail.put(account.email, account.id);
        }
    }

    /**
     * Adds a user; an empty e-mail address makes an anonymous one.
     *
     * @param exists the code of the refusal when the address is taken
     */
    Account create(String email, String password, String exists, Consumer<Account> details) {
        var account = new Account();
        account.anonymous = email.isEmpty();
        account.email = email.isEmpty() ? "" : checkedEmail(email);
        account.passwordHash = password.isEmpty() ? "" : Passwords.hash(checkedPassword(password));
        account.createdAt = clock.instant().toString();
        account.updatedAt = account.createdAt;
        if (!email.isEmpty()) {
            account.appMetadata.put("provider", "email").putArray("providers").add("email");
        }
        details.accept(account);
        synchronized (this) {
            if (idsByEmail.containsKey(account.email)) {
                throw exists.equals("email_exists")
                        ? new AuthError(422, exists, "A user with this email address has already been registered")
                        : new AuthError(422, exists, "User already registered");
            }
            index(account);
        }
        saver.changed();
        return account;
    }

    static String checkedEmail(String email) {
        int at = email.indexOf('@');
        if (at < 1
                || at == email.length() - 1
                || email.length() > 255
                || email.chars().anyMatch(c -> c <= ' ')) {
            throw new AuthError(400, "validation_failed", "Unable to validate email address: invalid format");
        }
        return email.toLowerCase(Locale.ROOT);
    }

    static String checkedPassword(String password) {
        if (password.length() > PASSWORD_MAX) {
            throw new AuthError(400, "validation_failed", "Password cannot be longer than 72 characters");
        }
        if (password.length() < PASSWORD_MIN) {
            throw new AuthError(422, "weak_password", "Password should be at least 6 characters.");
        }
        return password;
    }

    /** The user with this address and password, who may sign in. */
    Account authenticate(String email, String password) {
        Optional<Account> account;
        synchronized (this) {
            account = Optional.ofNullable(idsByEmail.get(email.toLowerCase(Locale.ROOT)))
                    .map(users::get);
        }
        var known = account.filter(each -> Passwords.matches(password, each.passwordHash))
                .orElseThrow(() -> new AuthError(400, "invalid_credentials", "Invalid login credentials"));
        if (isBanned(known)) {
            throw new AuthError(400, "user_banned", "User is banned");
        }
        if (known.confirmedAt == null) {
            throw new AuthError(400, "email_not_confirmed", "Email not confirmed");
        }
        return known;
    }

    /** Starts a session. */
    synchronized Grant open(Account account, String method) {
        var now = clock.instant();
        account.lastSignInAt = now.toString();
        var session = new Session(UUID.randomUUID().toString(), account.id, method, now.getEpochSecond());
        sessions.put(session.id(), session);
        return grant(account, session);
    }

    private Grant grant(Account account, Session session) {
        var token = new StringBuilder();
        for (int i = 0; i < REFRESH_LENGTH; i++) {
            token.append(REFRESH_ALPHABET.charAt(random.nextInt(REFRESH_ALPHABET.length())));
        }
        refreshTokens.put(token.toString(), new RefreshToken(session.id(), false));
        saver.changed();
        return new Grant(account, account.toJson(), session, token.toString());
    }

    /** Uses a refresh token up. One that was used before ends the session's line of tokens. */
    synchronized Grant refresh(String token) {
        var known = refreshTokens.get(token);
        if (known == null) {
            throw new AuthError(400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found");
        }
        if (known.used()) {
            refreshTokens.replaceAll((name, each) ->
                    each.sessionId().equals(known.sessionId()) ? new RefreshToken(each.sessionId(), true) : each);
            saver.changed();
            throw new AuthError(400, "refresh_token_already_used", "Invalid Refresh Token: Already Used");
        }
        var session = sessions.get(known.sessionId());
        var account = session == null ? null : users.get(session.userId());
        if (session == null || account == null) {
            throw new AuthError(400, "session_not_found", "Invalid Refresh Token: No Valid Session Found");
        }
        if (isBanned(account)) {
            throw new AuthError(400, "user_banned", "Invalid Refresh Token: User Banned");
        }
        refreshTokens.put(token, new RefreshToken(session.id(), true));
        return grant(account, session);
    }

    synchronized Optional<Account> byId(String id) {
        return Optional.ofNullable(users.get(id)).filter(account -> account.deletedAt == null);
    }

    synchronized boolean hasSession(String id) {
        return sessions.containsKey(id);
    }

    /** Whether the user is banned now. */
    boolean isBanned(Account account) {
        return account.bannedAt(clock.instant());
    }

    /** Changes a user under the lock; returns it as it is then. */
    synchronized ObjectNode update(Account account, Consumer<Account> change) {
        var before = account.email;
        change.accept(account);
        if (!account.email.equals(before)) {
            if (idsByEmail.containsKey(account.email)) {
                account.email = before;
                throw new AuthError(422, "email_exists", "A user with this email address has already been registered");
            }
            idsByEmail.remove(before);
            index(account);
        }
        account.updatedAt = clock.instant().toString();
        saver.changed();
        return account.toJson();
    }

    /** Removes a user with all sessions; softly, the row stays. */
    synchronized void delete(Account account, boolean softly) {
        endSessions(account.id, session -> true);
        idsByEmail.remove(account.email);
        if (softly) {
            account.deletedAt = clock.instant().toString();
            account.email = "";
            account.passwordHash = "";
        } else {
            users.remove(account.id);
        }
        saver.changed();
    }

    /** Ends those sessions of a user; their refresh tokens are gone, access tokens live until they expire. */
    synchronized void endSessions(String userId, Predicate<Session> which) {
        sessions.values().removeIf(session -> session.userId().equals(userId) && which.test(session));
        refreshTokens.values().removeIf(token -> !sessions.containsKey(token.sessionId()));
        saver.changed();
    }

    /** Newest first, as GoTrue lists them. */
    synchronized List<ObjectNode> page(int page, int size) {
        var all = new ArrayList<>(users.values());
        all.sort(Comparator.comparing((Account account) -> account.createdAt).reversed());
        return all.stream()
                .skip((long) (page - 1) * size)
                .limit(size)
                .map(Account::toJson)
                .toList();
    }

    synchronized int count() {
        return users.size();
    }

    /** The time by which everything here is judged. */
    Instant now() {
        return clock.instant();
    }

    /** Writes what is not written yet. */
    @Override
    public void close() {
        saver.close();
    }
}
