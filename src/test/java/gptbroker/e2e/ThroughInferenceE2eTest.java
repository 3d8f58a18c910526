package gptbroker.e2e;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What holds of a broker with the provider's key holds of one without, whose calls go through an inference process: the
 * same tests, the same answers, charges and archive rows.
 */
@ExtendWith(ThroughInferenceE2eTest.Way.class)
class ThroughInferenceE2eTest {
    /** Stands before the inherited set-up, and for the brokers that single tests start. */
    static final class Way implements BeforeAllCallback, AfterAllCallback {
        @Override
        public void beforeAll(ExtensionContext context) {
            Rig.throughInference(true);
        }

        @Override
        public void afterAll(ExtensionContext context) {
            Rig.throughInference(false);
        }
    }

    @Nested
    class FixedEndpoints extends FixedEndpointsE2eTest {}

    @Nested
    class SeedRows extends SeedRowsE2eTest {}

    @Nested
    class Failures extends UpstreamFailuresE2eTest {}

    @Nested
    class V1 extends V1E2eTest {}

    @Nested
    class Prompts extends PromptsE2eTest {}

    @Nested
    class Departure extends DepartureE2eTest {}
}
