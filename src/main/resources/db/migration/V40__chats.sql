-- Chats, the groups that they belong to, and what was said in them. Rows are deleted for good; only a seat in a chat is
-- kept when it ends, so that readers still know who spoke.

create table broker_groups (
    id          uuid        not null primary key,
    name        text        not null,
    description text        not null default '',
    owner_id    uuid        not null references broker_users (id),
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now()
);

create index broker_groups_of_owner on broker_groups (owner_id);

create table broker_group_members (
    group_id   uuid        not null references broker_groups (id) on delete cascade,
    user_id    uuid        not null references broker_users (id) on delete cascade,
    created_at timestamptz not null default now(),
    primary key (group_id, user_id)
);

comment on table broker_group_members is 'Who belongs to a group; its owner always does.';

create index broker_group_members_of_user on broker_group_members (user_id, created_at);

create table broker_chats (
    id         text        not null primary key,
    name       text        not null,
    model      text        not null,
    user_id    uuid        not null references broker_users (id),
    group_id   uuid        not null references broker_groups (id) on delete cascade,
    next_seq   bigint      not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

comment on column broker_chats.id is 'A UUID, or what a client of POST /chat/ has chosen.';
comment on column broker_chats.model is 'The name that clients use: gpt-3, gpt-4, ...';
comment on column broker_chats.user_id is 'The owner.';
comment on column broker_chats.updated_at is 'The last message or change.';

create index broker_chats_of_owner on broker_chats (user_id);
create index broker_chats_of_group on broker_chats (group_id);

create table broker_chat_users (
    chat_id    text        not null references broker_chats (id) on delete cascade,
    user_id    uuid        not null references broker_users (id) on delete cascade,
    created_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (chat_id, user_id)
);

comment on table broker_chat_users is 'Who may read a chat and speak in it: those with a row that has not ended.';

create index broker_chat_users_of_user on broker_chat_users (user_id) where deleted_at is null;

create table broker_messages (
    id         uuid        not null primary key,
    chat_id    text        not null references broker_chats (id) on delete cascade,
    seq        bigint      not null,
    user_id    uuid        not null references broker_users (id) on delete cascade,
    prompt     text        not null,
    reply      text,
    model      text        not null,
    otr        boolean     not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (chat_id, seq)
);

comment on column broker_messages.id is 'The request id: inputs.id and responses.input_id of the same call.';
comment on column broker_messages.seq is 'The place in its chat, given when the turn began.';
comment on column broker_messages.reply is
    'Null while it is being answered, and when the broker died meanwhile: the archive then has what was answered.';
comment on column broker_messages.otr is 'Off the record: never sent to a model, never part of a context.';

create index broker_messages_of_user on broker_messages (user_id);
