package gptbroker.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * Who connected. {@code X-Forwarded-For} is believed as far as trusted proxies wrote it: from the right, the first
 * address that is not one of theirs. Anyone else's header is a claim, so the peer itself counts.
 *
 * <p>Immutable, thread-safe.
 */
final class ClientAddress {
    private final List<Block> trusted;

    /**
     * Trusts these proxies.
     *
     * @param blocks addresses or CIDR blocks, IPv4 or IPv6, as literals
     * @throws IllegalArgumentException naming the entry that is neither
     */
    ClientAddress(List<String> blocks) {
        this.trusted = blocks.stream().map(Block::parse).toList();
    }

    /** The client's address as a literal. */
    String of(InetAddress peer, List<String> forwardedFor) {
        InetAddress client = peer;
        if (!trusted.isEmpty()) {
            List<String> hops = new ArrayList<>();
            forwardedFor.forEach(line -> hops.addAll(Arrays.asList(line.split(","))));
            for (int i = hops.size() - 1; i >= 0 && isTrusted(client); i--) {
                try {
                    client = InetAddress.ofLiteral(withoutPort(hops.get(i).strip()));
                } catch (IllegalArgumentException notAnAddress) {
                    break;
                }
            }
        }
        String literal = client.getHostAddress();
        int zone = literal.indexOf('%');
        return zone < 0 ? literal : literal.substring(0, zone);
    }

    /**
     * What a limit counts by: an IPv4 address, or the network (64 bits) of an IPv6 one, since every host has a whole
     * network of addresses to itself.
     */
    static String network(String literal) {
        return literal.indexOf(':') < 0
                ? literal
                : HexFormat.of().formatHex(InetAddress.ofLiteral(literal).getAddress(), 0, 8);
    }

    private boolean isTrusted(InetAddress address) {
        return trusted.stream().anyMatch(block -> block.contains(address.getAddress()));
    }

    /** Some proxies write {@code 192.0.2.1:4711} or {@code [2001:db8::1]:4711}. */
    private static String withoutPort(String hop) {
        if (hop.startsWith("[")) {
            return hop.substring(1, Math.max(1, hop.indexOf(']')));
        }
        int colon = hop.indexOf(':');
        return colon >= 0 && colon == hop.lastIndexOf(':') ? hop.substring(0, colon) : hop;
    }

    private record Block(byte[] network, int bits) {
        static Block parse(String text) {
            try {
                int slash = text.indexOf('/');
                byte[] network = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash))
                        .getAddress();
                int bits = slash < 0 ? network.length * 8 : Integer.parseInt(text.substring(slash + 1));
                if (bits >= 0 && bits <= network.length * 8) {
                    return new Block(network, bits);
                }
            } catch (IllegalArgumentException e) {
                // Said below.
            }
            throw new IllegalArgumentException("not an address or CIDR block: " + text);
        }

        boolean contains(byte[] address) {
            if (address.length != network.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit += 8) {
                int mask = bits - bit >= 8 ? 0xff : 0xff << (8 - (bits - bit)) & 0xff;
                if ((address[bit / 8] & mask) != (network[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }
}
