-- Erases buffers. Readers who are behind in one are told of a gap; who writes a record gives up.
--
-- KEYS  all to be erased
-- ARGV  1 nonce
-- Returns nonce.
for _, key in ipairs(KEYS) do redis.call('UNLINK', key) end
return {ARGV[1]}
