// A real browser against the broker: a page of another origin calls it with supabase-js, the openai package and fetch.
// BROKER_URL (with env/prompts.example.yaml), INTERNAL_URL, SUPABASE_URL, SUPABASE_ANON_KEY, TOKEN, SPENT_TOKEN (a user
// whose day is used up) and CHROMIUM, the browser's program. Prints one line a check; exits 1 when one fails.
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';
import { runAll } from './checks.mjs';

const { BROKER_URL, INTERNAL_URL, SUPABASE_URL, SUPABASE_ANON_KEY, TOKEN, SPENT_TOKEN, CHROMIUM } = process.env;
const TYPES = { '.js': 'text/javascript', '.mjs': 'text/javascript' };
const PAGE = `<!doctype html><title>App</title><link rel="icon" href="data:,">
<script type="importmap">{"imports":{"openai":"/node_modules/openai/index.mjs"}}</script>
<script src="/node_modules/@supabase/supabase-js/dist/umd/supabase.js"></script>`;

/** Serves the page and the packages as their authors publish them. */
const site = createServer((request, response) => {
  const path = normalize(new URL(request.url, 'http://localhost').pathname);
  if (path === '/') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
  } else if (path.startsWith('/node_modules/')) {
    const file = createReadStream(join('.', path)).on('error', () => response.writeHead(404).end());
    file.on('open', () => response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }));
    file.pipe(response);
  } else {
    response.writeHead(404).end();
  }
});
await new Promise((listening) => site.listen(0, '127.0.0.1', listening));
// Another host name than the broker's, so another origin whatever the port.
const origin = `http://localhost:${site.address().port}`;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

const page = await (await browser.newContext()).newPage();
await page.goto(origin);
/** Preflights that the broker has answered; pages and tools never get to see them. */
const preflights = async () => {
  const metrics = await (await fetch(`${INTERNAL_URL}/metrics`)).text();
  const answered = /^gpt_broker_requests_total\{(?=.*method="OPTIONS")(?=.*status_code="204").*\} ([0-9.E]+)$/m;
  return Number(answered.exec(metrics)?.[1] ?? 0);
};
/** How many there are more, once there are: they are counted when their answers have left. */
const preflightsSince = async (before) => {
  const end = Date.now() + 60_000;
  while ((await preflights()) === before && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
  return (await preflights()) - before;
};
const env = { BROKER_URL, SUPABASE_URL, SUPABASE_ANON_KEY, TOKEN, SPENT_TOKEN };
/** Runs a function in the page; what it returns comes back as JSON. */
const inPage = (run, more = {}) => page.evaluate(run, { ...env, ...more });

/** supabase.functions.invoke with a session of this token; its functions are the broker's. */
const invoke = (name, body, token = TOKEN) =>
  inPage(
    async ({ BROKER_URL, SUPABASE_ANON_KEY, name, body, token }) => {
      const client = supabase.createClient(BROKER_URL, SUPABASE_ANON_KEY, { accessToken: async () => token });
      const { data, error } = await client.functions.invoke(name, { body });
      if (!error) return data instanceof Response ? { stream: await data.text() } : { data };
      const { status, headers } = error.context;
      const seen = Object.fromEntries(headers);
      return { error: error.name, status, headers: seen, body: await error.context.json() };
    },
    { name, body, token },
  );

/** One call of fetch with the user's token. */
const call = (path, body, more = {}) =>
  inPage(
    async ({ BROKER_URL, TOKEN, path, body, token = TOKEN, accept = '*/*' }) => {
      const answer = await fetch(BROKER_URL + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Accept: accept },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
    },
    { path, body, ...more },
  );

/** What the openai package makes of one chat completion. */
const chat = (content, more = {}) =>
  inPage(
    async ({ BROKER_URL, TOKEN, content, stream = false, apiKey = TOKEN }) => {
      const { default: OpenAI } = await import('openai');
      let tries = 0;
      const openai = new OpenAI({
        baseURL: `${BROKER_URL}/v1`,
        apiKey,
        dangerouslyAllowBrowser: true,
        fetch: (...call) => (tries++, fetch(...call)),
      });
      try {
        const ask = openai.chat.completions.create({ model: 'gpt-4o', stream, messages: [{ role: 'user', content }] });
        const { data, response } = await ask.withResponse();
        let text = stream ? '' : data.choices[0].message.content;
        if (stream) for await (const chunk of data) text += chunk.choices[0].delta.content ?? '';
        return { text, left: response.headers.get('x-ratelimit-remaining-requests') };
      } catch (error) {
        const names = Object.keys(OpenAI).filter((name) => error.constructor === OpenAI[name]);
        return { error: names[0], status: error.status, code: error.code, id: error.requestID, tries };
      }
    },
    { content, ...more },
  );

const messages = [{ role: 'user', content: 'Hello' }];
const text = 'Hi';

const checks = {
  async 'functions.invoke: text'() {
    const before = await preflights();
    const answer = await invoke('summarise', { text, language: 'German', sentences: 2 });
    assert.deepEqual(answer, { data: 'Echo: Hi' });
    assert.equal(await preflightsSince(before), 1);
  },
  async 'functions.invoke: JSON'() {
    assert.deepEqual(await invoke('extract-contact', { text }), { data: { answer: 'Echo: Hi' } });
  },
  async 'functions.invoke: an event stream'() {
    const { stream } = await invoke('chat', { question: text });
    assert.equal(stream, 'id: 1\ndata: {"data":"Echo: Hi"}\n\nid: 2\ndata: [DONE]\n\n');
  },
  async 'functions.invoke: FunctionsHttpError with our body'() {
    const { error, status, headers, body } = await invoke('summarise', { text, language: 'Latin', sentences: 2 });
    assert.deepEqual([error, status, headers['x-error-code']], ['FunctionsHttpError', 400, 'input_invalid']);
    assert.deepEqual(body, { error: 'The input is not what this prompt takes: /language', message: null });
  },
  async 'functions.invoke: 401 and 429 can be read'() {
    const refused = await invoke('chat', { question: text }, 'a.b.c');
    assert.deepEqual([refused.error, refused.status], ['FunctionsHttpError', 401]);
    assert.equal(refused.headers['x-error-code'], 'token_invalid');
    const spent = await invoke('chat', { question: text }, SPENT_TOKEN);
    assert.deepEqual([spent.status, spent.headers['x-error-code']], [429, 'quota_exceeded']);
    assert.ok(Number(spent.headers['retry-after']) > 0);
  },
  async 'fetch: the five endpoints'() {
    const simple = await call('/simple-gpt-4o-mini-complete?prompt=Hello');
    assert.deepEqual([simple.status, simple.text], [200, 'Echo: Hello']);
    for (const name of ['ratelimit', 'ratelimit-policy', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'x-request-id']) {
      assert.ok(simple.headers[name], `${name} can be read`);
    }
    assert.equal((await call('/advanced-gpt-4o-mini-complete', messages)).text, 'Echo: Hello');
    for (const path of ['/v2/advanced-gpt-4o-mini-complete', '/gpt-4o']) {
      assert.equal((await call(path, { messages })).text, '{"message":"Echo: Hello"}');
    }
    const lines = (await call('/stream', { model: 'gpt-4o', messages })).text.trim().split('\n');
    assert.equal(lines.map((line) => JSON.parse(line).data).join(''), 'Echo: Hello');
    const events = await call('/stream', { model: 'gpt-4o', messages }, { accept: 'text/event-stream' });
    assert.ok(events.text.endsWith('data: [DONE]\n\n') && events.headers['x-ratelimit-remaining']);
  },
  async 'fetch: refusals can be read, with their headers'() {
    const unsigned = await call('/gpt-4o', { messages }, { token: 'a.b.c' });
    assert.deepEqual([unsigned.status, unsigned.headers['x-error-code']], [401, 'token_invalid']);
    assert.equal(unsigned.text, '{"error":"Invalid or expired token","message":null}');
    const spent = await call('/gpt-4o', { messages }, { token: SPENT_TOKEN });
    assert.deepEqual([spent.status, spent.headers['x-error-code']], [429, 'quota_exceeded']);
    assert.ok(Number(spent.headers['retry-after']) > 0 && spent.headers['x-ratelimit-remaining'] === '0');
    const busy = [{ role: 'user', content: '[[model:fault-429-30]]' }];
    const away = await call('/gpt-4o', { messages: busy });
    assert.deepEqual([away.status, away.headers['x-error-code']], [503, 'upstream_rate_limited']);
    assert.ok(Number(away.headers['retry-after']) > 0);
    assert.equal((await call('/nowhere', {})).text, '{"error":"Endpoint not found"}');
    const large = await call('/gpt-4o', { messages: 'x'.repeat(1 << 21) });
    assert.deepEqual([large.status, large.headers['x-error-code']], [413, 'body_too_large']);
  },
  async 'fetch: what is left, and whose it is'() {
    const me = JSON.parse((await call('/me')).text);
    const limits = await call('/me/limits');
    assert.ok(me.id && limits.status === 200, limits.text);
  },
  async 'openai: chat and stream'() {
    const before = await preflights();
    const whole = await chat('Hello');
    assert.equal(whole.text, 'Echo: Hello', JSON.stringify(whole));
    assert.ok(Number(whole.left) > 0);
    assert.equal((await chat('Hello', { stream: true })).text, 'Echo: Hello');
    assert.equal(await preflightsSince(before), 1, 'one, which the browser remembers');
  },
  async 'openai: 401 is an AuthenticationError'() {
    const { error, code, id } = await chat('Hello', { apiKey: 'a.b.c' });
    assert.deepEqual([error, code], ['AuthenticationError', 'invalid_api_key']);
    assert.ok(id, 'the request id can be read');
  },
  async 'openai: a used-up day is not tried again'() {
    const { error, code, tries } = await chat('Hello', { apiKey: SPENT_TOKEN });
    assert.deepEqual([error, code, tries], ['RateLimitError', 'insufficient_quota', 1]);
  },
  async 'openai: upstream 404 and 500 have their classes'() {
    assert.equal((await chat('[[model:fault-404]]')).error, 'NotFoundError');
    assert.equal((await chat('[[model:fault-500]]')).error, 'InternalServerError');
  },
  async 'docs: opens without an error and without another host'() {
    const wrong = [];
    const hosts = new Set();
    const docs = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
    docs.on('console', (line) => ['error', 'warning'].includes(line.type()) && wrong.push(line.text()));
    docs.on('pageerror', (error) => wrong.push(String(error)));
    docs.on('requestfailed', (request) => wrong.push(`${request.url()} failed`));
    docs.on('request', (request) => request.url().startsWith('data:') || hosts.add(new URL(request.url()).host));
    await docs.goto(`${INTERNAL_URL}/docs`);
    await docs.locator('.opblock').first().waitFor();
    const { paths } = await (await fetch(`${INTERNAL_URL}/openapi.json`)).json();
    const methods = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];
    const operations = Object.values(paths).flatMap((path) => Object.keys(path).filter((key) => methods.includes(key)));
    assert.equal(await docs.locator('.opblock').count(), operations.length);
    await docs.locator('.opblock-summary-control', { hasText: '/gpt-4o' }).first().click();
    await docs.locator('.opblock.is-open .responses-table').waitFor();
    await docs.screenshot({ path: 'docs.png', fullPage: false });
    assert.deepEqual(wrong, []);
    assert.deepEqual([...hosts], [new URL(INTERNAL_URL).host]);
    await docs.close();
  },
};

await runAll(checks, async () => {
  await browser.close();
  site.close();
});
