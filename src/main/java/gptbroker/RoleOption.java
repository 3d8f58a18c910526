package gptbroker;

import gptbroker.config.Role;
import picocli.CommandLine.Option;

/** {@code --role}, the same for whoever reads the configuration of a serving process. */
final class RoleOption {
    @Option(
            names = "--role",
            defaultValue = "gateway",
            description = "gateway: the whole broker (the default); inference: holds the provider's key for gateways.",
            converter = Word.class)
    private Role role;

    RoleOption() {}

    Role role() {
        return role;
    }

    /** Roles are spelled in lower case. */
    static final class Word implements picocli.CommandLine.ITypeConverter<Role> {
        Word() {}

        @Override
        public Role convert(String word) {
            for (Role role : Role.values()) {
                if (role.word().equals(word)) {
                    return role;
                }
            }
            throw new picocli.CommandLine.TypeConversionException("expected gateway or inference, was '" + word + "'");
        }
    }
}
