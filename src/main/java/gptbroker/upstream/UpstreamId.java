package gptbroker.upstream;

import io.helidon.http.ClientResponseHeaders;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The provider's id of a request: its header, else Azure's, else the id in the answer; only when well-formed. */
final class UpstreamId {
    private static final HeaderName REQUEST_ID = HeaderNames.create("x-request-id");
    private static final HeaderName AZURE_REQUEST_ID = HeaderNames.create("apim-request-id");
    private static final Pattern WELL_FORMED = Pattern.compile("[A-Za-z0-9._:-]{1,128}");

    private UpstreamId() {}

    static Optional<String> of(ClientResponseHeaders headers, @Nullable String inAnswer) {
        return wellFormed(Faults.header(headers, REQUEST_ID))
                .or(() -> wellFormed(Faults.header(headers, AZURE_REQUEST_ID)))
                .or(() -> wellFormed(inAnswer));
    }

    private static Optional<String> wellFormed(@Nullable String id) {
        return Optional.ofNullable(id).filter(it -> WELL_FORMED.matcher(it).matches());
    }
}
