-- Who has an account: people who signed up here, and the Supabase users who have used chats. The names carry a prefix,
-- because a project whose database this is often has a table "users" or "sessions" of its own.

create table broker_users (
    id            uuid        not null primary key,
    username      text,
    username_key  text        unique,
    password_hash text,
    first_name    text        not null default '',
    last_name     text        not null default '',
    external_id   uuid        unique,
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now(),
    check ((username is null) = (username_key is null)),
    check (username is not null or external_id is not null)
);

comment on table broker_users is 'One row an account. Ids of Supabase users are auth.users.id.';
comment on column broker_users.username is 'As it was chosen; null for Supabase users.';
comment on column broker_users.username_key is
    'What makes it unique: NFKC, lower case, computed by the broker so that no locale of the database matters.';
comment on column broker_users.password_hash is 'argon2id in PHC form (bcrypt where an older table was taken over).';
comment on column broker_users.external_id is 'auth.users.id of a Supabase user.';

create table broker_sessions (
    token_hash bytea       not null primary key check (octet_length(token_hash) = 32),
    id         uuid        not null unique,
    user_id    uuid        not null references broker_users (id) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null
);

comment on table broker_sessions is 'Sign-ins that have not been signed out. No token is kept, only its SHA-256.';
comment on column broker_sessions.id is 'How the operator names a session.';

create index broker_sessions_of_user on broker_sessions (user_id, expires_at);
create index broker_sessions_expiring on broker_sessions (expires_at);
