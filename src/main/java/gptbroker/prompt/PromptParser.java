package gptbroker.prompt;

import gptbroker.http.Exchange;
import gptbroker.problem.Problem;

/** Reads and validates the question of one endpoint. Thread-safe. */
@FunctionalInterface
interface PromptParser {
    /**
     * Validates wholly before anything is spent.
     *
     * @throws Problem 400, 408, 413 or 415 with the endpoint's texts
     */
    Prompt parse(Exchange exchange);
}
