package gptbroker;

import picocli.CommandLine.IVersionProvider;

/** What this build calls itself, from the manifest. */
final class Version implements IVersionProvider {
    Version() {}

    @Override
    public String[] getVersion() {
        String version = Broker.class.getPackage().getImplementationVersion();
        return new String[] {"GPT Broker " + (version == null ? "(not packaged)" : version)};
    }
}
