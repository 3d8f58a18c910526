-- The few messages without a reply, to be finished when their broker has died.
create index broker_messages_open on broker_messages (id) where reply is null;
