-- Backend projects, and the API keys that stand for them or for accounts. The names carry a prefix, because a project
-- whose database this is often has a table "projects" of its own.

create table broker_projects (
    id            uuid        not null primary key,
    slug          text        not null unique,
    name          text        not null,
    model         text        not null,
    system_prompt text,
    temperature   double precision,
    max_tokens    integer,
    limits        jsonb       not null default '{}',
    version       bigint      not null default 1,
    created_at    timestamptz not null
);

comment on table broker_projects is 'Backend projects that ask with an API key.';
comment on column broker_projects.limits is
    'What differs from the limits of the tier "project": daily_requests, rate_per_minute, concurrency, daily_tokens, '
    'daily_cost_usd; 0 suspends.';
comment on column broker_projects.version is 'Rises with every change; part of what the look-up cache compares.';

create table broker_api_keys (
    id           uuid        not null primary key,
    project_id   uuid        references broker_projects (id),
    user_id      uuid,
    name         text        not null,
    sha256       bytea       not null unique check (octet_length(sha256) = 32),
    prefix       text        not null,
    limits       jsonb       not null default '{}',
    version      bigint      not null default 1,
    created_at   timestamptz not null,
    last_used_at timestamptz,
    revoked_at   timestamptz,
    check (num_nonnulls(project_id, user_id) = 1)
);

comment on table broker_api_keys is 'API keys. The keys themselves are kept nowhere.';
comment on column broker_api_keys.user_id is 'The account it stands for, when it is no project''s.';
comment on column broker_api_keys.sha256 is 'SHA-256 of the key; what it is looked up by.';
comment on column broker_api_keys.prefix is 'The first letters of the key, for people to tell keys apart.';
comment on column broker_api_keys.limits is 'As broker_projects.limits; a key with any is counted by itself.';
comment on column broker_api_keys.last_used_at is 'To the minute or so.';

create index broker_api_keys_of_project on broker_api_keys (project_id);
create index broker_api_keys_of_user on broker_api_keys (user_id) where user_id is not null;

alter table inputs add column project_id uuid;
comment on column inputs.project_id is 'The project whose key asked, when one did.';
create index inputs_of_project on inputs (project_id, id) where project_id is not null;
