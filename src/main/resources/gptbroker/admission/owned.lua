-- The reservations of a dead instance, some at a time; one without any is forgotten.
--
-- KEYS  1 instances  2 owned:<instance>
-- ARGV  1 nonce  2 that instance  3 silence after which an instance looks dead (ms)  4 how many at most
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local seen = redis.call('ZSCORE', KEYS[1], ARGV[2])
if not seen or tonumber(seen) > now - ARGV[3] then return {ARGV[1], {}} end
local ids = redis.call('ZRANGE', KEYS[2], 0, ARGV[4] - 1)
if #ids == 0 then redis.call('ZREM', KEYS[1], ARGV[2]) end
return {ARGV[1], ids}
