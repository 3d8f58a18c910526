package gptbroker.chat;

import gptbroker.models.Models;
import gptbroker.models.Surface;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.Map;

/** The models that chats may have, by the names that their clients use. Immutable, thread-safe. */
public final class ChatModels {
    /** What stands for a name that is not offered, as in the seed (S1.30, S1.31). */
    static final String USUAL = "gpt-3";

    private final Map<Surface, Map<String, String>> offered;

    /** Those that the registry allows there. */
    public ChatModels(Models models) {
        offered = Map.of(
                Surface.CHAT, models.inChats(Surface.CHAT),
                Surface.GATEWAY, models.inChats(Surface.GATEWAY));
    }

    /**
     * Whether an endpoint offers a model of this name.
     *
     * @param endpoint the route's name in the archive
     */
    public boolean offers(String endpoint, String name) {
        return at(endpoint).containsKey(name);
    }

    /**
     * The name under which {@code /chat/*} keeps a model: the client's, or gpt-3 where that is not offered.
     *
     * @throws Problem 403 {@code model_not_allowed} when not even gpt-3 is
     */
    String kept(String name) {
        return offeredOf(at(ChatRoutes.PROMPT), name);
    }

    /**
     * What the registry calls the model of the next turn. It may no longer be offered, or only at another endpoint.
     *
     * @param endpoint the route's name in the archive
     * @param kept the chat's model
     * @throws Problem as {@link #kept}
     */
    String asked(String endpoint, String kept) {
        Map<String, String> here = at(endpoint);
        return here.get(offeredOf(here, kept));
    }

    private static String offeredOf(Map<String, String> here, String name) {
        if (here.containsKey(name)) {
            return name;
        }
        if (here.containsKey(USUAL)) {
            return USUAL;
        }
        throw Problem.of(ProblemCode.MODEL_NOT_ALLOWED, "gpt-3 is not offered in chats");
    }

    private Map<String, String> at(String endpoint) {
        return offered.get(Surface.of(endpoint));
    }
}
