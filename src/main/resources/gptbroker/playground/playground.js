// The playground: signs in with supabase-js as a frontend does, and asks the broker that served this page.

const at = (id) => document.getElementById(id);
const settings = await (await fetch('/playground/settings')).json();
const client = supabase.createClient(settings.supabaseUrl, settings.supabaseAnonKey);
const user = (text) => [{ role: 'user', content: text }];
const lines = (line) => JSON.parse(line).data ?? '';

/**
 * What can be asked. `piece` takes the text out of a line or an event, `whole` out of a whole answer; the answer to what
 * has a `live` address comes there, and may begin anew.
 */
const endpoints = [
  {
    label: '/stream, server-sent events',
    hint: 'gpt-4o-mini, as it is written.',
    path: '/stream',
    accept: 'text/event-stream',
    body: (text) => ({ model: 'gpt-4o-mini', messages: user(text) }),
    piece: lines,
  },
  {
    label: '/stream, lines',
    hint: 'gpt-4o-mini, a JSON object a line.',
    path: '/stream',
    body: (text) => ({ model: 'gpt-4o-mini', messages: user(text) }),
    piece: lines,
  },
  { label: '/gpt-4o', hint: 'The whole answer of gpt-4o.', path: '/gpt-4o', body: (text) => ({ messages: user(text) }), whole: (json) => json.message },
  {
    label: '/simple-gpt-4o-mini-complete',
    hint: 'GET, the question as a system message, plain text.',
    path: (text) => `/simple-gpt-4o-mini-complete?prompt=${encodeURIComponent(text)}`,
  },
  {
    label: '/v1/chat/completions',
    hint: "OpenAI's own form, streamed.",
    path: '/v1/chat/completions',
    body: (text) => ({ model: 'gpt-4o-mini', stream: true, messages: user(text) }),
    piece: (data) => JSON.parse(data).choices?.[0]?.delta?.content ?? '',
  },
  {
    label: 'A chat',
    hint: 'It remembers what was said, and is heard at /chat/stream; choosing the endpoint again begins a new one.',
    path: '/chat/prompt',
    live: async () => `/chat/stream?id=${await chat()}`,
    body: async (text) => ({ id: await chat(), prompt: text, stream: true }),
    piece: (data) => {
      const { message, partial, error } = JSON.parse(data);
      return partial ? message.reply : error ? `\n${error}` : '';
    },
    begins: (data) => JSON.parse(data).partial && !JSON.parse(data).message.reply,
    isLast: (data) => !JSON.parse(data).partial,
  },
  {
    label: '/functions/v1/{name}, a prompt of your own',
    hint: 'Declared in PROMPTS_FILE. Its input is JSON.',
    path: () => `/functions/v1/${encodeURIComponent(at('name').value)}`,
    named: true,
    body: (text) => JSON.parse(text),
  },
];

let endpoint = endpoints[0];
let chatId;
let running;

/** The chat of this visit, made with its first question. */
async function chat() {
  if (!chatId) {
    const made = await call('/chat/create', { method: 'POST', body: JSON.stringify({ name: 'playground', model: 'gpt-4o-mini' }) });
    if (!made.ok) throw new Error(await made.text());
    chatId = (await made.json()).id;
  }
  return chatId;
}

async function call(path, options = {}) {
  const { data } = await client.auth.getSession();
  const headers = { Authorization: `Bearer ${data.session?.access_token}`, ...options.headers };
  if (options.body) headers['Content-Type'] = 'application/json';
  const answer = await fetch(path, { ...options, headers });
  const limit = answer.headers.get('X-RateLimit-Limit');
  if (limit) showLeft(answer.headers.get('X-RateLimit-Remaining'), limit);
  return answer;
}

function showLeft(remaining, limit) {
  at('left').textContent = `${remaining} of ${limit} requests left today`;
}

async function ask(text, signal) {
  const started = performance.now();
  const live = endpoint.live && (await call(await endpoint.live(), { signal }));
  const body = endpoint.body && JSON.stringify(await endpoint.body(text));
  const answer = await call(typeof endpoint.path === 'function' ? endpoint.path(text) : endpoint.path, {
    method: body ? 'POST' : 'GET',
    body,
    signal,
    headers: endpoint.accept ? { Accept: endpoint.accept } : {},
  });
  const first = await show(live?.ok && answer.ok ? live : answer);
  const facts = [`status ${answer.status}`, `first text after ${Math.round(first - started)} ms`];
  const code = answer.headers.get('X-Error-Code');
  if (code) facts.push(code);
  facts.push(`request ${answer.headers.get('X-Request-Id')}`);
  at('facts').textContent = facts.join(' · ');
}

/** Writes an answer as it comes; returns when its first text was there. */
async function show(answer) {
  const out = at('answer');
  if (!answer.ok || !endpoint.piece) {
    const text = await answer.text();
    out.textContent = answer.ok && endpoint.whole ? endpoint.whole(JSON.parse(text)) : text;
    return performance.now();
  }
  let first = 0;
  let rest = '';
  for await (const part of chunks(answer.body.pipeThrough(new TextDecoderStream()))) {
    const parts = (rest + part).split('\n');
    rest = parts.pop();
    for (const line of parts) {
      const data = line.replace(/^data: ?/, '').trim();
      if (!data || /^(:|id:|event:|retry:)/.test(data) || data === '[DONE]') continue;
      first ||= performance.now();
      if (endpoint.begins?.(data)) out.textContent = '';
      out.append(data.startsWith('{"error"') ? `\n${data}` : endpoint.piece(data));
      if (endpoint.isLast?.(data)) return first;
    }
  }
  return first || performance.now();
}

/** Not every browser iterates over streams by itself. */
async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel();
  }
}

function busy(on) {
  at('send').disabled = on;
  at('stop').disabled = !on;
}

async function showSession(session) {
  at('sign-in').hidden = Boolean(session);
  at('signed-in').hidden = at('ask').hidden = !session;
  at('answer-part').hidden = !session;
  if (!session) {
    at('left').textContent = 'Sign in to see what is left today.';
    chatId = undefined;
    return;
  }
  at('who').textContent = session.user.email ?? session.user.id;
  await call('/me/limits');
}

at('sign-in').addEventListener('submit', async (event) => {
  event.preventDefault();
  at('sign-in-error').textContent = '';
  const { error } = await client.auth.signInWithPassword({ email: at('email').value, password: at('password').value });
  at('sign-in-error').textContent = error?.message ?? '';
  if (!error) at('prompt').focus();
});

at('sign-out').addEventListener('click', () => client.auth.signOut());

at('endpoint').addEventListener('change', () => {
  endpoint = endpoints[at('endpoint').selectedIndex];
  chatId = undefined;
  at('hint').textContent = endpoint.hint;
  at('name-row').hidden = !endpoint.named;
  at('prompt-label').textContent = endpoint.named ? 'Input, JSON' : 'Question';
  if (endpoint.named) at('prompt').value = '{"text": "Hello"}';
});

at('ask').addEventListener('submit', async (event) => {
  event.preventDefault();
  at('answer').textContent = at('facts').textContent = '';
  running = new AbortController();
  busy(true);
  try {
    await ask(at('prompt').value, running.signal);
  } catch (error) {
    at('facts').textContent = error.name === 'AbortError' ? 'stopped' : String(error.message);
  } finally {
    busy(false);
  }
});

at('prompt').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) at('ask').requestSubmit();
});

at('stop').addEventListener('click', () => running?.abort());

at('endpoint').append(...endpoints.map(({ label }) => new Option(label)));
at('hint').textContent = endpoint.hint;
// Outside of its own turn: supabase-js holds a lock while it tells.
client.auth.onAuthStateChange((_, session) => setTimeout(() => showSession(session), 0));
