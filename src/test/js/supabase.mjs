// The real supabase-js against an issuer: SUPABASE_URL and SUPABASE_ANON_KEY name it. With BROKER_URL set, the token
// is then used on the broker's endpoints, with BROKER_PROMPTS also on those of env/prompts.example.yaml. Prints one line a check; exits 1 when one fails.
import assert from 'node:assert/strict';
import { createClient } from '@supabase/supabase-js';
import WebSocket from 'ws';
import { brokerChecks } from './broker.mjs';
import { functionsChecks } from './functions.mjs';
import { runAll } from './checks.mjs';

const { SUPABASE_URL, SUPABASE_ANON_KEY, BROKER_URL, BROKER_PROMPTS } = process.env;
const email = `user-${Date.now()}-${Math.random().toString(36).slice(2)}@example.com`;
const password = 'correct horse battery';

// Node before 22 has no WebSocket of its own, and createClient throws without one.
const client = () =>
  createClient(SUPABASE_URL, SUPABASE_ANON_KEY, {
    auth: { autoRefreshToken: false, persistSession: false },
    realtime: { transport: WebSocket },
  });

const ok = ({ data, error }) => {
  assert.equal(error, null, error?.message);
  return data;
};

const sessionId = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).session_id;

const supabase = client();
let session;

const checks = {
  async 'signUp gives a session'() {
    const data = ok(await supabase.auth.signUp({ email, password, options: { data: { name: 'Ada' } } }));
    assert.equal(data.user.email, email);
    assert.equal(data.user.user_metadata.name, 'Ada');
    assert.ok(data.session.access_token);
  },
  async 'signUp twice is refused'() {
    const { error } = await client().auth.signUp({ email, password });
    assert.equal(error.code, 'user_already_exists');
    assert.equal(error.status, 422);
  },
  async 'a weak password is refused'() {
    const { error } = await client().auth.signUp({ email: `x${email}`, password: 'short' });
    assert.equal(error.name, 'AuthWeakPasswordError');
    assert.deepEqual(error.reasons, ['length']);
  },
  async 'signInWithPassword gives a session'() {
    session = ok(await supabase.auth.signInWithPassword({ email, password })).session;
    assert.equal(session.token_type, 'bearer');
    assert.ok(session.expires_at > Date.now() / 1000);
  },
  async 'a wrong password is refused'() {
    const { data, error } = await client().auth.signInWithPassword({ email, password: 'wrong password' });
    assert.equal(data.session, null);
    assert.equal(error.code, 'invalid_credentials');
    assert.equal(error.status, 400);
  },
  async 'getUser asks the issuer'() {
    assert.equal(ok(await supabase.auth.getUser()).user.email, email);
  },
  async 'getClaims verifies locally'() {
    const { claims, header } = ok(await supabase.auth.getClaims());
    assert.equal(header.alg, 'ES256');
    assert.equal(claims.iss, `${SUPABASE_URL}/auth/v1`);
    assert.equal(claims.role, 'authenticated');
    assert.equal(claims.is_anonymous, false);
  },
  async 'refreshSession keeps the session id'() {
    const renewed = ok(await supabase.auth.refreshSession()).session;
    assert.notEqual(renewed.refresh_token, session.refresh_token);
    assert.equal(sessionId(renewed.access_token), sessionId(session.access_token));
    const { error } = await client().auth.refreshSession({ refresh_token: 'aaaaaaaaaaaa' });
    assert.equal(error.code, 'refresh_token_not_found');
    session = renewed;
  },
  async 'updateUser changes metadata'() {
    const { user } = ok(await supabase.auth.updateUser({ data: { name: 'Grace' } }));
    assert.equal(user.user_metadata.name, 'Grace');
  },
  async 'signInAnonymously gives an anonymous user'() {
    const { user } = ok(await client().auth.signInAnonymously());
    assert.equal(user.is_anonymous, true);
    assert.equal(user.role, 'authenticated');
  },
  ...(BROKER_URL ? brokerChecks(BROKER_URL, () => session.access_token) : {}),
  ...(BROKER_PROMPTS ? functionsChecks(BROKER_URL, () => session.access_token) : {}),
  async 'signOut ends the session at the issuer'() {
    const { access_token } = session;
    assert.equal((await supabase.auth.signOut()).error, null);
    const { error } = await client().auth.getUser(access_token);
    assert.equal(error.name, 'AuthSessionMissingError');
    assert.ok(ok(await client().auth.getClaims(access_token)).claims.sub, 'still valid by its signature');
  },
};

await runAll(checks);
