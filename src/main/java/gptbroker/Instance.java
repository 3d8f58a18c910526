package gptbroker;

import gptbroker.config.BrokerConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** This process among the replicas of its tenant. */
final class Instance {
    private Instance() {}

    /** A name that is the same after a restart, so that the archive finds what it had begun: tenant and host name. */
    static String name(BrokerConfig config) {
        try {
            return config.tenant() + "@" + InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException noName) {
            return config.tenant() + "@localhost";
        }
    }
}
