-- A broker that stops takes itself off the list, unless it leaves reservations behind: then the others find it dead.
--
-- KEYS  1 instances  2 owned:<instance>
-- ARGV  1 nonce  2 instance
if redis.call('EXISTS', KEYS[2]) == 0 then redis.call('ZREM', KEYS[1], ARGV[2]) end
return {ARGV[1]}
