-- Who called what of accounts, chats and groups. No bodies, no queries: what was said is in the messages and the archive.

create table broker_events (
    id          uuid    not null primary key,
    caller_id   text    not null,
    client_ip   text    not null,
    method      text    not null,
    endpoint    text    not null,
    status      integer not null,
    code        text,
    duration_us bigint  not null
);

comment on column broker_events.id is 'The request id, a UUIDv7: its time is the event''s.';
comment on column broker_events.code is 'The stable error code; null when all went well.';

create index broker_events_of_caller on broker_events (caller_id, id);
