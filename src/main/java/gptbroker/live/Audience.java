package gptbroker.live;

import gptbroker.http.Exchange;
import gptbroker.identity.Caller;

/** Says which topics there are and who may hear them; implemented by what owns the topics. Thread-safe. */
public interface Audience {
    /**
     * The topic that a request asks for, such as the id of a chat in its query or body, in the one spelling that is
     * published to.
     *
     * @throws gptbroker.problem.Problem 400 when it names none; when the caller may not hear it, or there is no such
     *     topic: both look alike
     */
    String enter(Caller caller, Exchange exchange);

    /**
     * Asked every half minute, so that who was removed hears no more.
     *
     * @throws gptbroker.problem.Problem when the caller may not hear it any more
     */
    void require(Caller caller, String topic);
}
