// OpenAI's own client for Node against a broker that caches: what it asks twice it gets twice, once from the model.
// BROKER_URL, TOKEN, and MODEL_URL of the scripted model. Prints one line a check; exits 1 when one fails.
import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { runAll } from './checks.mjs';

const { BROKER_URL, TOKEN, MODEL_URL } = process.env;
const openai = new OpenAI({ baseURL: `${BROKER_URL}/v1`, apiKey: TOKEN, maxRetries: 0 });
const calls = async () => (await (await fetch(`${MODEL_URL}/dev/calls`)).json()).total;
const question = (content) => ({ model: 'gpt-4o', messages: [{ role: 'user', content }] });

const checks = {
  async 'a stream is replayed as a stream'() {
    const read = async () => {
      const { data, response } = await openai.chat.completions
        .create({ ...question('Tell me about the sea, at some length'), stream: true, stream_options: { include_usage: true } })
        .withResponse();
      const chunks = [];
      for await (const chunk of data) chunks.push(chunk);
      return { cache: response.headers.get('x-cache'), chunks };
    };
    const before = await calls();
    const first = await read();
    const second = await read();
    assert.equal(first.cache, 'MISS');
    assert.equal(second.cache, 'HIT');
    assert.deepEqual(second.chunks, first.chunks);
    assert.ok(second.chunks.length > 3);
    assert.equal(second.chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), 'Echo: Tell me about the sea, at some length');
    assert.ok(second.chunks.at(-1).usage.total_tokens > 0);
    assert.equal(await calls(), before + 1);
  },
  async 'the stream helper reads a replay to its end'() {
    const whole = () => openai.chat.completions.stream(question('Helped')).finalContent();
    assert.equal(await whole(), 'Echo: Helped');
    assert.equal(await whole(), 'Echo: Helped');
  },
  async 'a whole answer, embeddings and models come again'() {
    const input = { model: 'text-embedding-3-small', input: 'hi', encoding_format: 'float' };
    for (const ask of [
      () => openai.chat.completions.create(question('Whole')),
      () => openai.embeddings.create(input),
      () => openai.models.list(),
    ]) {
      const first = await ask().withResponse();
      const second = await ask().withResponse();
      assert.equal(first.response.headers.get('x-cache'), 'MISS');
      assert.equal(second.response.headers.get('x-cache'), 'HIT');
      assert.ok(second.response.headers.get('x-cache-timestamp'));
      assert.deepEqual(second.data.data ?? second.data, first.data.data ?? first.data);
    }
  },
  async 'a new answer is one header away'() {
    const ask = (headers) => openai.chat.completions.create(question('Anew'), { headers }).withResponse();
    const first = await ask();
    const fresh = await ask({ 'Cache-Control': 'no-cache' });
    assert.equal(fresh.response.headers.get('x-cache'), 'BYPASS');
    assert.notEqual(fresh.data.id, first.data.id);
  },
};

await runAll(checks);
