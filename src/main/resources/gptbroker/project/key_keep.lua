-- Puts what the database says of an API key into the look-up cache, unless something newer is there: a broker that read
-- the database before a revocation, and comes here after it, must not bring the key back.
--
-- KEYS  1 apikey:<sha256>
-- ARGV  1 nonce  2 version  3 entry  4 how long to keep it (ms)
-- Returns nonce, KEPT | OLDER.
local known = tonumber(redis.call('HGET', KEYS[1], 'version') or 0)
if known > tonumber(ARGV[2]) then return {ARGV[1], 'OLDER'} end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'entry', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return {ARGV[1], 'KEPT'}
