package gptbroker.prompt;

import gptbroker.http.Dialect;

/**
 * One prompt endpoint: how its question is read and its answer written.
 *
 * @param method HTTP method
 * @param path its path, also its name in the archive
 * @param parser reads the question
 * @param answer writes the answer
 * @param dialect shapes its errors
 */
record Endpoint(String method, String path, PromptParser parser, Answer answer, Dialect dialect) {}
