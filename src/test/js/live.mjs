// Live streams and resumed answers with what a frontend has: EventSource, WebSocket and fetch of a real browser, in a page
// of another origin, and the ws package. BROKER_URL (with STREAM_ON_DISCONNECT=drain), TOKEN and CHROMIUM, the browser's
// program. Prints one line a check; exits 1 when one fails.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';
import WebSocket from 'ws';
import { runAll } from './checks.mjs';

const { BROKER_URL, TOKEN, CHROMIUM } = process.env;
const site = createServer((_, response) =>
  response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>App</title><link rel="icon" href="data:,">'),
);
await new Promise((listening) => site.listen(0, '127.0.0.1', listening));
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
const page = await (await browser.newContext()).newPage();
// Another host name than the broker's, so another origin whatever the port.
await page.goto(`http://localhost:${site.address().port}`);
const inPage = (run, more = {}) => page.evaluate(run, { BROKER_URL, TOKEN, ...more });

const post = async (path, body) => {
  const answer = await fetch(BROKER_URL + path, {
    method: 'POST',
    headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, path);
  return answer.json();
};
const newChat = async () => (await post('/chat/create', { name: 'live' })).id;
const ask = (id) => post('/chat/prompt', { id, prompt: '[[model:chunks-10-20]] Hi', stream: true });
const whole = '0 1 2 3 4 5 6 7 8 9 ';

/** What a page hears of a chat once `listen` has opened it; `listen` returns the frames up to the last. */
const heardInPage = async (listen) => {
  const id = await newChat();
  const hearing = inPage(listen, { id });
  // The page tells by its title that it listens.
  await page.waitForFunction((title) => document.title === title, `listening ${id}`);
  await ask(id);
  return hearing;
};
const isWhole = (frames) => {
  const last = frames.pop();
  assert.deepEqual([last.partial, last.message.reply], [false, whole]);
  assert.equal(frames.map(({ message }) => message.reply).join(''), whole);
  assert.ok(frames.length > 5 && frames.every(({ partial }) => partial));
};

const checks = {
  async 'EventSource: a chat as it happens'() {
    isWhole(
      await heardInPage(
        ({ BROKER_URL, TOKEN, id }) =>
          new Promise((resolve, reject) => {
            const frames = [];
            const events = new EventSource(`${BROKER_URL}/chat/stream?id=${id}&token=${TOKEN}`);
            events.onopen = () => (document.title = `listening ${id}`);
            events.onerror = () => reject(new Error('no event source'));
            events.onmessage = ({ data, lastEventId }) => {
              if (!lastEventId) reject(new Error('no id'));
              frames.push(JSON.parse(data));
              if (!frames.at(-1).partial) resolve(frames) || events.close();
            };
          }),
      ),
    );
  },
  async 'WebSocket: a chat as it happens'() {
    const { frames, protocol, code } = await heardInPage(
      ({ BROKER_URL, TOKEN, id }) =>
        new Promise((resolve, reject) => {
          const frames = [];
          const socket = new WebSocket(`${BROKER_URL.replace('http', 'ws')}/chat/stream?id=${id}`, ['bearer', TOKEN]);
          socket.onopen = () => (document.title = `listening ${id}`);
          socket.onerror = () => reject(new Error('no socket'));
          socket.onmessage = ({ data }) => {
            frames.push(JSON.parse(data));
            if (!frames.at(-1).partial) socket.close();
          };
          socket.onclose = ({ code }) => resolve({ frames, protocol: socket.protocol, code });
        }),
    );
    // A browser that closes without a code is answered with the usual one.
    assert.deepEqual([protocol, code], ['bearer', 1000]);
    isWhole(frames);
  },
  async 'fetch: an answer goes on after a reload'() {
    const { location, begun, rest } = await inPage(async ({ BROKER_URL, TOKEN }) => {
      const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json', Accept: 'text/event-stream' };
      const messages = [{ role: 'user', content: '[[model:chunks-40-20]] Hi' }];
      const leaving = new AbortController();
      const answer = await fetch(`${BROKER_URL}/stream`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ model: 'gpt-4o', messages }),
        signal: leaving.signal,
      });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let begun = '';
      while (begun.split('\n\n').length < 4) begun += (await reader.read()).value;
      leaving.abort();
      const location = answer.headers.get('content-location');
      const got = begun.split('\n\n').length - 1;
      begun = begun.split('\n\n').slice(0, got).join('\n\n') + '\n\n';
      const after = { Authorization: headers.Authorization, 'Last-Event-ID': String(got) };
      const rest = await (await fetch(BROKER_URL + location, { headers: after })).text();
      return { location, begun, rest };
    });
    assert.match(location, /^\/streams\/[0-9a-f-]{36}$/);
    const events = (begun + rest).split('\n\n').slice(0, -1).filter((event) => !event.startsWith(':'));
    assert.deepEqual(events.map((event) => event.split('\n')[0]), events.map((_, n) => `id: ${n + 1}`));
    assert.equal(events.length, 41);
    assert.ok(rest.endsWith('data: [DONE]\n\n'));
  },
  async 'ws: headers, pings and the end'() {
    const id = await newChat();
    const options = { headers: { Authorization: `Bearer ${TOKEN}` } };
    const socket = new WebSocket(`${BROKER_URL.replace('http', 'ws')}/chat/stream?id=${id}`, options);
    const frames = [];
    socket.on('message', (data) => {
      frames.push(JSON.parse(data));
      if (!frames.at(-1).partial) socket.ping('there?');
    });
    await new Promise((open, fail) => socket.once('open', open).once('error', fail));
    // Listened for before it can come: the frames do not wait for the answer to have been read.
    const pong = new Promise((resolve) => socket.once('pong', resolve));
    await ask(id);
    assert.equal(String(await pong), 'there?');
    isWhole(frames);
    socket.close(1000);
    assert.equal(await new Promise((closed) => socket.once('close', closed)), 1000);
  },
  async 'ws: a refusal has its status'() {
    const socket = new WebSocket(`${BROKER_URL.replace('http', 'ws')}/chat/stream?id=nobodys`, ['bearer', TOKEN]);
    const [, answer] = await new Promise((refused) => socket.once('unexpected-response', (...told) => refused(told)));
    assert.deepEqual([answer.statusCode, answer.headers['x-error-code']], [404, 'not_found']);
    socket.on('error', () => {}).terminate();
  },
};

await runAll(checks, async () => {
  await browser.close();
  site.close();
});
