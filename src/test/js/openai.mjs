// Real OpenAI clients against the broker: BROKER_URL, TOKEN and SPENT_TOKEN (a user whose day is used up), MODEL_URL of
// the scripted model. Prints one line a check; exits 1 when one fails.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import frameworkChecks from './frameworks.mjs';
import { runAll } from './checks.mjs';

const { BROKER_URL, TOKEN, SPENT_TOKEN, MODEL_URL } = process.env;
const baseURL = `${BROKER_URL}/v1`;
const openai = (apiKey = TOKEN) => new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const messages = (content) => [{ role: 'user', content }];
const ask = (content, more) => openai().chat.completions.create({ model: 'gpt-4o', messages: messages(content), ...more });
/** Waits for a number of calls that the model is answering. */
const until = async (what, isSo) => {
  const end = Date.now() + 60_000;
  while (!isSo((await (await fetch(`${MODEL_URL}/dev/calls`)).json()).running)) {
    assert.ok(Date.now() < end, `not within a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
const idle = () => until('the model answers nobody any more', (running) => running === 0);

const checks = {
  async 'openai: chat'() {
    const { data, response } = await ask('Hello').withResponse();
    assert.equal(data.choices[0].message.content, 'Echo: Hello');
    assert.ok(data.usage.total_tokens > 0);
    assert.ok(response.headers.get('x-ratelimit-remaining-requests'));
  },
  async 'openai: stream'() {
    let text = '';
    for await (const chunk of await ask('Hello', { stream: true })) {
      assert.equal(chunk.choices.length, 1, 'no usage chunk, since none was asked for');
      text += chunk.choices[0].delta.content ?? '';
    }
    assert.equal(text, 'Echo: Hello');
  },
  async 'openai: stream with usage'() {
    let usage;
    for await (const chunk of await ask('Hello', { stream: true, stream_options: { include_usage: true } })) {
      usage = chunk.usage ?? usage;
    }
    assert.ok(usage.completion_tokens > 0);
  },
  async 'openai: tools reach the model as they are'() {
    const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } }];
    await ask('Hello', { tools, tool_choice: 'auto' });
    const last = await (await fetch(`${MODEL_URL}/dev/last`)).json();
    assert.deepEqual(last.tools, tools);
  },
  async 'openai: calls of tools come back, whole and streamed'() {
    const { choices } = await ask('[[model:tool]]');
    assert.equal(choices[0].message.tool_calls[0].function.name, 'weather');
    let name;
    for await (const chunk of await ask('[[model:tool]]', { stream: true })) {
      name = chunk.choices[0].delta.tool_calls?.[0].function.name ?? name;
    }
    assert.equal(name, 'weather');
  },
  async 'openai: embeddings'() {
    const { data } = await openai().embeddings.create({
      model: 'text-embedding-3-small',
      input: 'hi',
      encoding_format: 'float',
    });
    assert.deepEqual(data[0].embedding, [0.5, -0.25, 0.125]);
  },
  async 'openai: responses, whole and streamed'() {
    const response = await openai().responses.create({ model: 'gpt-4o', input: 'hi' });
    assert.equal(response.output_text, 'Echo: hi');
    let text = '';
    for await (const event of await openai().responses.create({ model: 'gpt-4o', input: 'hi', stream: true })) {
      text += event.type === 'response.output_text.delta' ? event.delta : '';
    }
    assert.equal(text, 'Echo: hi');
  },
  async 'openai: models'() {
    assert.ok((await openai().models.list()).data.length > 0);
  },
  async 'openai: the key may be a function, as the README has it'() {
    const fresh = new OpenAI({ baseURL, apiKey: async () => TOKEN, maxRetries: 0 });
    const { choices } = await fresh.chat.completions.create({ model: 'gpt-4o', messages: messages('Hello') });
    assert.ok(choices[0].message.content);
  },
  async 'openai: 401 is an AuthenticationError'() {
    const wrong = openai('a.b.c').chat.completions.create({ model: 'gpt-4o', messages: messages('x') });
    await assert.rejects(wrong, (e) => e instanceof OpenAI.AuthenticationError && e.code === 'invalid_api_key');
  },
  async 'openai: a used-up day is a RateLimitError that is not tried again'() {
    let tries = 0;
    const counting = (...args) => (tries++, fetch(...args));
    const spent = new OpenAI({ baseURL, apiKey: SPENT_TOKEN, maxRetries: 2, fetch: counting });
    const call = spent.chat.completions.create({ model: 'gpt-4o', messages: messages('x') });
    await assert.rejects(call, (e) => e instanceof OpenAI.RateLimitError && e.type === 'insufficient_quota');
    assert.equal(tries, 1);
  },
  async 'openai: upstream 500 is an InternalServerError'() {
    await assert.rejects(
      ask('[[model:fault-500]]'),
      (e) => e instanceof OpenAI.InternalServerError && e.status === 502 && e.type === 'upstream_error',
    );
  },
  async 'openai: upstream 404 is a NotFoundError'() {
    await assert.rejects(ask('[[model:fault-404]]'), (e) => e instanceof OpenAI.NotFoundError && e.code === 'scripted');
  },
  async 'openai: a stream that breaks throws'() {
    const read = async () => {
      for await (const chunk of await ask('[[model:fault-error-mid]] and more', { stream: true })) assert.ok(chunk);
    };
    await assert.rejects(read, (e) => e instanceof OpenAI.APIError);
  },
  async 'openai: abort cancels the model'() {
    for await (const chunk of await ask('[[model:chunks-5000-20]]', { stream: true })) {
      if (chunk.choices[0].delta.content) break; // leaving the loop aborts
    }
    await idle();
  },
};

Object.assign(checks, frameworkChecks({ baseURL, TOKEN, SPENT_TOKEN, idle }), {
  // Last, since the scripted model does not stop for it. The broker finds out by looking, there being nothing to write
  // yet; the archive tells whether it did.
  async 'openai: abort of a whole answer'() {
    const leaving = new AbortController();
    await idle();
    const call = openai().chat.completions.create(
      { model: 'gpt-4o', messages: messages('[[model:slow-60000]]') },
      { signal: leaving.signal },
    );
    const rejected = assert.rejects(call, (e) => e instanceof OpenAI.APIUserAbortError);
    await until('the model is asked', (running) => running > 0);
    leaving.abort();
    await rejected;
  },
});

await runAll(checks);
