-- Adds the text so far of a running stream to the outbox, unless the stream has ended meanwhile.
--
-- KEYS  1 resv:<id>  2 outbox
-- ARGV  1 nonce  2 partial record
if redis.call('HGET', KEYS[1], 's') == 'open' then redis.call('XADD', KEYS[2], '*', 'e', ARGV[2]) end
return {ARGV[1]}
