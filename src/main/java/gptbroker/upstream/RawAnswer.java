package gptbroker.upstream;

import java.util.List;
import java.util.Optional;

/** An answer that is relayed as it comes; its head is there. */
public interface RawAnswer extends Steps<Piece> {
    /** HTTP status. */
    int status();

    /** All header lines, in order. */
    List<RawHeader> headers();

    /** The provider's id of the request, if it told one. */
    Optional<String> upstreamId();
}
