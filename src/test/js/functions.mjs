// Declared prompts through the client behind supabase.functions.invoke, pointed at the broker.
import assert from 'node:assert/strict';
import { FunctionsClient, FunctionsHttpError, FunctionRegion } from '@supabase/functions-js';

/** Checks by name; the token is asked for when they run. */
export function functionsChecks(url, token) {
  const invoke = (name, body, options) =>
    new FunctionsClient(`${url}/functions/v1`, {
      headers: { Authorization: `Bearer ${token()}`, apikey: 'sb_publishable_x', 'x-client-info': 'test' },
      ...options,
    }).invoke(name, { body });
  const data = async (...call) => {
    const { data, error } = await invoke(...call);
    assert.equal(error, null, error?.message);
    return data;
  };
  const refusal = async (...call) => {
    const { data, error } = await invoke(...call);
    assert.equal(data, null);
    assert.ok(error instanceof FunctionsHttpError, String(error));
    const { status, headers } = error.context;
    return { status, code: headers.get('x-error-code'), body: await error.context.json() };
  };
  const text = 'Hi';
  return {
    async 'functions: text'() {
      const answer = await data('summarise', { text, language: 'German', sentences: 2 });
      assert.equal(answer, 'Echo: Hi');
    },
    async 'functions: JSON, with a region'() {
      const region = { region: FunctionRegion.EuCentral1 };
      assert.deepEqual(await data('extract-contact', { text }, region), { answer: 'Echo: Hi' });
    },
    async 'functions: an event stream'() {
      const response = await data('chat', { question: text });
      assert.ok(response instanceof Response);
      assert.equal(await response.text(), 'id: 1\ndata: {"data":"Echo: Hi"}\n\nid: 2\ndata: [DONE]\n\n');
    },
    async 'functions: lines'() {
      const lines = (await data('ideas', { topic: 'Hi' })).trim().split('\n');
      assert.equal(lines.map((line) => JSON.parse(line).data).join(''), 'Echo: Ten ideas about Hi, one a line.');
    },
    async 'functions: bad input'() {
      assert.deepEqual(await refusal('summarise', { text, language: 'Latin', sentences: 2 }), {
        status: 400,
        code: 'input_invalid',
        body: { error: 'The input is not what this prompt takes: /language', message: null },
      });
    },
    async 'functions: unknown name'() {
      assert.deepEqual(await refusal('nothing', {}), {
        status: 404,
        code: 'not_found',
        body: { error: 'Endpoint not found' },
      });
    },
    async 'functions: the model fails'() {
      const { status, code, body } = await refusal('chat', { question: '[[model:fault-500]]' });
      assert.deepEqual([status, code], [502, 'upstream_failed']);
      assert.deepEqual(body, { error: 'The model could not answer', message: null });
    },
    async 'functions: preflight'() {
      const wanted = 'apikey,authorization,content-type,x-client-info,x-region,x-retry-count';
      const answer = await fetch(`${url}/functions/v1/chat?forceFunctionRegion=eu-central-1`, {
        method: 'OPTIONS',
        headers: {
          origin: 'https://app.example.com',
          'access-control-request-method': 'POST',
          'access-control-request-headers': wanted,
        },
      });
      assert.equal(answer.status, 204);
      assert.equal(answer.headers.get('access-control-allow-origin'), '*');
      assert.equal(answer.headers.get('access-control-allow-headers'), wanted);
      assert.ok(answer.headers.get('access-control-allow-methods').includes('POST'));
    },
  };
}
