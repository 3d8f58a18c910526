-- Takes the lock under which lost counters are rebuilt.
--
-- KEYS  1 epoch  2 rebuild lock
-- ARGV  1 nonce  2 token  3 lock's life (ms)
-- Returns nonce, WHOLE | LOCKED | BUSY, now (ms).
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
if redis.call('EXISTS', KEYS[1]) == 1 then return {ARGV[1], 'WHOLE', now} end
local owner = redis.call('GET', KEYS[2])
if owner and owner ~= ARGV[2] then return {ARGV[1], 'BUSY', now} end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return {ARGV[1], 'LOCKED', now}
