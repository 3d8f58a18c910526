-- A user's messages are read page by page for their export.
create index broker_messages_by_user on broker_messages (user_id, id);
drop index broker_messages_of_user;
