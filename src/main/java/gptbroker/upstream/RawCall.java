package gptbroker.upstream;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A request of the provider's API that is passed on as it came.
 *
 * @param method HTTP method, upper case
 * @param path what stands behind {@code /v1/}, undecoded
 * @param query the raw query without question mark, may be empty
 * @param model the public model that chooses Azure's deployment; empty when the call names none
 * @param headers end-to-end headers; never {@code Host} or {@code Content-Length}, and no credential unless foreign
 * @param body the body, may be empty
 * @param foreign whether the headers hold the caller's own credential: ours is then not used, and answers of every
 *     status are the caller's business
 */
public record RawCall(
        String method, String path, String query, String model, List<RawHeader> headers, byte[] body, boolean foreign) {
    public RawCall {
        requireNonNull(method, "method");
        requireNonNull(path, "path");
        requireNonNull(query, "query");
        requireNonNull(model, "model");
        requireNonNull(body, "body");
        headers = List.copyOf(headers);
    }
}
