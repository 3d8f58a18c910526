package gptbroker.models;

/** The dialects that a model may be kept to. */
public enum Surface {
    /** The five fixed endpoints. */
    BROKER,
    /** Prompts that the tenant has declared. */
    PROMPTS,
    /** OpenAI's own paths. */
    V1,
    /** Backend projects. */
    PROJECTS,
    /** Chats and groups. */
    CHAT,
    /** The older gateway's {@code POST /chat/}. */
    GATEWAY;

    /** Whether it talks in chats, whose models may have names of their own. */
    boolean isOfChats() {
        return this == CHAT || this == GATEWAY;
    }

    /** Where an endpoint, by its name in the archive, belongs. */
    public static Surface of(String endpoint) {
        if (endpoint.startsWith("/v1/")) {
            return V1;
        }
        if (endpoint.startsWith("/prompts/")) {
            return PROMPTS;
        }
        if (endpoint.startsWith("/query")) {
            return PROJECTS;
        }
        if (endpoint.equals("/chat")) {
            return GATEWAY;
        }
        return endpoint.startsWith("/chat") || endpoint.startsWith("/group") ? CHAT : BROKER;
    }
}
