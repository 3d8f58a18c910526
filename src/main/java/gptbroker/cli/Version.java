package gptbroker.cli;

import picocli.CommandLine.IVersionProvider;

/** What this build calls itself, from the manifest. */
public final class Version implements IVersionProvider {
    /** For picocli. */
    public Version() {}

    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"GPT Broker " + (version == null ? "(not packaged)" : version)};
    }
}
