// The Vercel AI SDK and LangChain.js against the broker, for openai.mjs.
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { APICallError, embed, generateText, streamText, tool } from 'ai';
import { z } from 'zod';

export default function checks({ baseURL, TOKEN, SPENT_TOKEN, idle }) {
  const provider = (apiKey = TOKEN) => createOpenAI({ baseURL, apiKey });
  const chat = (apiKey) => provider(apiKey).chat('gpt-4o');
  const langchain = (more) =>
    new ChatOpenAI({ model: 'gpt-4o', apiKey: TOKEN, maxRetries: 0, ...more, configuration: { baseURL } });
  const refused = (apiKey, prompt, status) =>
    assert.rejects(
      generateText({ model: chat(apiKey), prompt, maxRetries: 0 }),
      (e) => APICallError.isInstance(e) && e.statusCode === status,
    );
  return {
    async 'ai sdk: generateText'() {
      assert.equal((await generateText({ model: chat(), prompt: 'Hello' })).text, 'Echo: Hello');
    },
    async 'ai sdk: streamText'() {
      const { textStream } = streamText({ model: chat(), prompt: 'Hello' });
      let text = '';
      for await (const delta of textStream) text += delta;
      assert.equal(text, 'Echo: Hello');
    },
    async 'ai sdk: tools'() {
      const weather = tool({ description: 'weather', inputSchema: z.object({ city: z.string() }) });
      const { toolCalls } = await generateText({ model: chat(), prompt: '[[model:tool]]', tools: { weather } });
      assert.deepEqual(toolCalls[0].input, { city: 'Oslo' });
    },
    async 'ai sdk: embed'() {
      const { embedding } = await embed({ model: provider().embedding('text-embedding-3-small'), value: 'hi' });
      assert.equal(embedding.length, 3);
    },
    async 'ai sdk: 401, 429 and upstream 500'() {
      await refused('a.b.c', 'x', 401);
      await refused(SPENT_TOKEN, 'x', 429);
      await refused(TOKEN, '[[model:fault-500]]', 502);
    },
    async 'ai sdk: abort cancels the model'() {
      const leaving = new AbortController();
      const { textStream } = streamText({
        model: chat(),
        prompt: '[[model:chunks-5000-20]]',
        abortSignal: leaving.signal,
        onError: () => {},
      });
      for await (const delta of textStream) {
        assert.ok(delta);
        leaving.abort();
        break;
      }
      await idle();
    },
    async 'langchain: invoke, stream, embed'() {
      assert.equal((await langchain().invoke('Hello')).content, 'Echo: Hello');
      let text = '';
      for await (const chunk of await langchain().stream('Hello')) text += chunk.content;
      assert.equal(text, 'Echo: Hello');
      const embeddings = new OpenAIEmbeddings({ apiKey: TOKEN, encodingFormat: 'float', configuration: { baseURL } });
      assert.equal((await embeddings.embedQuery('hi')).length, 3);
    },
    async 'langchain: tools'() {
      const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: {} } } };
      const bound = langchain().bindTools([weather]);
      assert.deepEqual((await bound.invoke('[[model:tool]]')).tool_calls[0].args, { city: 'Oslo' });
    },
    async 'langchain: 401, 429 and upstream 500'() {
      const status = (expected) => (e) => e.status === expected;
      await assert.rejects(langchain({ apiKey: 'a.b.c' }).invoke('x'), status(401));
      await assert.rejects(langchain({ apiKey: SPENT_TOKEN }).invoke('x'), (e) => e.name === 'InsufficientQuotaError');
      await assert.rejects(langchain().invoke('[[model:fault-500]]'), status(502));
    },
    async 'langchain: abort cancels the model'() {
      const leaving = new AbortController();
      await assert.rejects(async () => {
        for await (const chunk of await langchain().stream('[[model:chunks-5000-20]]', { signal: leaving.signal })) {
          if (chunk.content) leaving.abort();
        }
      });
      await idle();
    },
  };
}
