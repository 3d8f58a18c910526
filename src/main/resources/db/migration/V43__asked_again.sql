-- A streamed turn whose broker dies is asked again by another one.
alter table broker_messages
    add column context_turns smallint,
    add column asked_as uuid,
    add column asked_again smallint not null default 0;

comment on column broker_messages.context_turns is
    'How many turns before it the model is told when it is asked again; null: whoever has asked waits, and may do so.';
comment on column broker_messages.asked_as is
    'The call that answers it, where that is a later one than its own: inputs.id and responses.input_id.';
comment on column broker_messages.asked_again is 'How many later calls there were.';
