package gptbroker.probe.load;

import gptbroker.probe.tenant.ConfigurationError;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;

/**
 * Where the load goes.
 *
 * @param host as the Host header names it, with the port if it is not the scheme's own
 * @param tls whether the scheme is https
 * @param prefix path of the base URL, without a slash at its end
 */
record Target(InetSocketAddress address, String host, boolean tls, String prefix) {
    private static final int HTTPS = 443;
    private static final int HTTP = 80;

    /**
     * Resolves a base URL.
     *
     * @param ownTarget whether the operator has said that a target outside this machine is theirs
     * @throws ConfigurationError when the name is unknown, or the target is not loopback and not said to be owned
     */
    static Target of(URI baseUrl, boolean ownTarget) {
        boolean tls = "https".equalsIgnoreCase(baseUrl.getScheme());
        int port = baseUrl.getPort() >= 0 ? baseUrl.getPort() : tls ? HTTPS : HTTP;
        InetAddress address = resolve(baseUrl.getHost());
        if (!address.isLoopbackAddress() && !ownTarget) {
            throw new ConfigurationError(
                    baseUrl.getHost() + " is not this machine: load may only go there with --i-own-this-target");
        }
        String path = baseUrl.getRawPath() == null ? "" : baseUrl.getRawPath();
        return new Target(new InetSocketAddress(address, port), baseUrl.getRawAuthority(), tls, path);
    }

    /** Once, so that what was checked is what is loaded. */
    private static InetAddress resolve(String host) {
        try {
            return InetAddress.getByName(host);
        } catch (UnknownHostException unknown) {
            throw new ConfigurationError("unknown host: " + host);
        }
    }
}
