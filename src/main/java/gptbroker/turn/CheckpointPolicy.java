package gptbroker.turn;

import java.time.Duration;

/**
 * When the text of a running stream is put aside, so that a killed broker loses little of it.
 *
 * @param every at the latest after this time, if there is new text
 * @param characters at the latest after this much new text
 */
record CheckpointPolicy(Duration every, int characters) {
    boolean due(long nanosSince, int charactersSince) {
        return charactersSince > 0 && (charactersSince >= characters || nanosSince >= every.toNanos());
    }
}
