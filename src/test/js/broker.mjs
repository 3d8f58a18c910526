// The five endpoints with a token that supabase-js got.
import assert from 'node:assert/strict';

const messages = [{ role: 'user', content: 'say nonce-js' }];

/** Checks by name; the token is asked for when they run. */
export function brokerChecks(url, token) {
  const call = (path, body) =>
    fetch(url + path, {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${token()}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
  const text = async (answer) => {
    const body = await answer.text();
    assert.equal(answer.status, 200, body);
    return body;
  };
  return {
    async 'broker: no token is 401'() {
      assert.equal((await fetch(`${url}/simple-gpt-4o-mini-complete?prompt=hello`)).status, 401);
    },
    async 'broker: GET /simple-gpt-4o-mini-complete'() {
      assert.ok(await text(await call('/simple-gpt-4o-mini-complete?prompt=hello')));
    },
    async 'broker: POST /advanced-gpt-4o-mini-complete'() {
      assert.ok(await text(await call('/advanced-gpt-4o-mini-complete', messages)));
      assert.ok(await text(await call('/advanced-gpt-4o-mini-complete', { messages })));
    },
    async 'broker: POST /v2/advanced-gpt-4o-mini-complete'() {
      assert.ok(JSON.parse(await text(await call('/v2/advanced-gpt-4o-mini-complete', { messages }))).message);
    },
    async 'broker: POST /gpt-4o'() {
      assert.ok(JSON.parse(await text(await call('/gpt-4o', { messages }))).message);
    },
    async 'broker: POST /stream'() {
      const lines = (await text(await call('/stream', { messages, model: 'gpt-4o-mini' }))).trim().split('\n');
      const answer = lines.map((line) => JSON.parse(line).data).join('');
      assert.ok(answer.length > 0);
    },
  };
}
