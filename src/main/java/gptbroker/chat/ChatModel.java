package gptbroker.chat;

import java.util.stream.Stream;

/** The models that a chat may have. A name that is none of them is gpt-3, as in the seed (S1.30, S1.31). */
enum ChatModel {
    GPT_3("gpt-3", "gpt-3.5-turbo"),
    GPT_4("gpt-4", "gpt-4"),
    GPT_4O("gpt-4o", "gpt-4o"),
    GPT_4O_MINI("gpt-4o-mini", "gpt-4o-mini");

    private final String publicName;
    private final String name;

    ChatModel(String publicName, String name) {
        this.publicName = publicName;
        this.name = name;
    }

    /** The model of a name. */
    static ChatModel of(String name) {
        return Stream.of(values())
                .filter(model -> model.publicName.equals(name))
                .findFirst()
                .orElse(GPT_3);
    }

    /** What clients call it. */
    String publicName() {
        return publicName;
    }

    /** What is asked for; {@code MODEL_MAP} may give that another name at the provider. */
    String modelName() {
        return name;
    }
}
