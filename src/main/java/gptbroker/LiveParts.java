package gptbroker;

import gptbroker.admission.Admission;
import gptbroker.config.BrokerConfig;
import gptbroker.http.Dialect;
import gptbroker.http.Route;
import gptbroker.identity.Authenticator;
import gptbroker.identity.Realm;
import gptbroker.live.Audience;
import gptbroker.live.Feed;
import gptbroker.live.LiveRoutes;
import gptbroker.live.Resumes;
import gptbroker.live.Seats;
import gptbroker.live.StreamRoutes;
import gptbroker.openai.EventOutlets;
import gptbroker.store.RedisConnections;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/** The feed and what is delivered from it, wired. */
final class LiveParts implements AutoCloseable {
    private final BrokerConfig config;
    private final Authenticator authenticator;
    private final Admission admission;
    private final InstantSource clock;
    private final Feed feed;
    private final Seats seats;

    LiveParts(Foundation on, Authenticator authenticator, Admission admission) {
        this.config = on.config();
        this.authenticator = authenticator;
        this.admission = admission;
        this.clock = on.clock();
        // The durable Redis serves when there is none of its own.
        feed = new Feed(
                config.live().redisUrl().map(RedisConnections::new).orElse(on.redis()),
                config.redis(),
                config.live(),
                on.meters());
        seats = new Seats(config.live().streams(), config.live().streamsPerUser());
    }

    Feed feed() {
        return feed;
    }

    Resumes resumes() {
        return new Resumes(feed);
    }

    EventOutlets eventOutlets() {
        return new EventOutlets(resumes(), config.live().drainV1());
    }

    /** {@code /streams/{id}}. */
    List<Route> streams() {
        return new StreamRoutes(feed, seats, authenticator, admission).routes();
    }

    /** A path where topics are heard as they happen. */
    List<Route> live(String path, Dialect dialect, Realm realm, Audience audience) {
        return routes(realm, audience).routes(path, dialect);
    }

    /** The same for the operator. */
    List<Route> forOperator(String path, Audience audience) {
        return routes(Realm.OPERATOR, audience).forOperator(path);
    }

    private LiveRoutes routes(Realm realm, Audience audience) {
        Set<String> origins = config.listen().corsOrigins();
        return new LiveRoutes(feed, seats, authenticator, realm, audience, origins, clock);
    }

    @Override
    public void close() {
        feed.close();
    }
}
