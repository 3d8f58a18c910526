-- What was asked, and what was answered. Both tables are cut into days by the time inside their UUIDv7 ids
-- (UTC midnights), so that retention drops whole days and a day's rows are found without a second index.
-- The broker creates the days (inputs_20261120, responses_20261120, ...) itself.

create table inputs (
    id            uuid        not null primary key,
    content       text        not null,
    content_exact bytea,
    "timestamp"   timestamptz not null,
    user_id       uuid,
    caller_kind   text        not null,
    caller_id     text        not null,
    endpoint      text        not null,
    model         text        not null
) partition by range (id);

comment on table inputs is 'One row per admitted request. Newest first: order by id desc.';
comment on column inputs.id is 'The request id, a UUIDv7.';
comment on column inputs.content is
    'The prompt, or the messages as JSON. NUL and lone surrogates, which text cannot hold, stand as U+FFFD.';
comment on column inputs.content_exact is
    'Only where content had to replace a character: the exact text as a JSON string literal in ASCII '
    '("a\u0000b"), to be read with any JSON parser, or convert_from(content_exact, ''UTF8'')::json.';
comment on column inputs."timestamp" is 'When it was admitted.';
comment on column inputs.user_id is 'The Supabase user (auth.users.id), when one asked.';
comment on column inputs.caller_id is 'What quotas are counted by.';

-- A user's history, newest first.
create index inputs_of_user on inputs (user_id, id);

create table responses (
    id                uuid        not null,
    input_id          uuid        not null,
    content           text,
    content_exact     bytea,
    text_rank         smallint    not null,
    "timestamp"       timestamptz not null,
    user_id           uuid,
    caller_id         text,
    endpoint          text,
    model             text,
    status            text        not null,
    status_rank       smallint    not null,
    finish_reason     text,
    prompt_tokens     bigint,
    completion_tokens bigint,
    units             integer     not null,
    cost_usd          numeric,
    latency_ms        bigint,
    first_token_ms    bigint,
    upstream_id       text,
    error_code        text,
    primary key (input_id, id)
) partition by range (input_id);

comment on table responses is
    'One row per answer, there from the moment of admission. Records of one exchange may arrive in any order and more '
    'than once; a record replaces what an earlier one said only if its rank is higher.';
comment on column responses.input_id is
    'inputs.id. No foreign key: records may arrive in any order, and days must be dropped without a check of each row.';
comment on column responses.content is 'As inputs.content; null while there is no text, which is not an empty text.';
comment on column responses.content_exact is 'As inputs.content_exact.';
comment on column responses.text_rank is 'Rank of the record that brought the content; -1 without content.';
comment on column responses."timestamp" is 'When it was received: the time of the record that set the status.';
comment on column responses.caller_id is 'Null only while the input''s own record has not arrived.';
comment on column responses.status is
    'open | done | partial_client | partial_upstream | interrupted | error';
comment on column responses.status_rank is '0 open, 1 checkpoint of a running stream, 2 interrupted, 3 final.';
comment on column responses.prompt_tokens is 'As the provider counted; null when it did not say, which is not 0.';
comment on column responses.units is 'Quota units charged; 1 until settled.';
comment on column responses.latency_ms is 'Milliseconds from admission to the end.';
comment on column responses.first_token_ms is 'Milliseconds from admission to the first content.';

create index responses_of_user on responses (user_id, input_id);

-- Charged units per caller and day, from the index alone.
create index responses_of_caller on responses (caller_id, input_id) include (units);

-- What is not settled yet: few rows.
create index responses_open on responses (input_id) where status_rank < 2;

create table archive_dead (
    stream      text        not null,
    entry_id    text        not null,
    exchange_id uuid,
    raw         bytea       not null,
    reason      text        not null,
    parked_at   timestamptz not null,
    primary key (stream, entry_id)
);

comment on table archive_dead is
    'Outbox entries that could not be stored, as they came, so that one bad row never stops the others.';
comment on column archive_dead.reason is 'undecodable, or the SQLSTATE with which Postgres refused the row.';

create table erased_users (
    user_id   uuid        not null primary key,
    erased_at timestamptz not null
);

comment on table erased_users is
    'Tombstones: what a user asked up to erased_at is not stored any more. An erasure inserts here first, then into '
    'erased_exchanges, then deletes; the archive takes a share lock on this table while it writes.';

create table erased_exchanges (
    id        uuid        not null primary key,
    erased_at timestamptz not null
);

comment on table erased_exchanges is
    'Ids of erased exchanges: an answer that is delivered late carries no user, only its id.';
