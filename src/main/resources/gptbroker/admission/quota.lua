-- What a caller has used of the day, for the operator; on demand, sets it back.
--
-- What is still open stays counted: it is refunded or kept when it settles, and a refund of a unit that is not in the
-- counter would take one from a later call.
--
-- KEYS  1 day:<caller>:<day>  2 live:<caller>  3 allow  4 epoch
-- ARGV  1 nonce  2 caller  3 day  4 day's start (s)  5 day's end (s)  6 prefix of the partition's keys  7 reset (1 or 0)
-- Returns nonce, OK | DAY | REBUILD, now (µs), used before, used now, open, listed (1 or 0).
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local used = tonumber(redis.call('GET', KEYS[1]) or 0)
local open = 0
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local resv = redis.call('HMGET', ARGV[6] .. 'resv:' .. id, 's', 'u', 'd')
  if resv[1] == 'open' and resv[3] == ARGV[3] then open = open + tonumber(resv[2]) end
end

local function answer(word, after)
  return {ARGV[1], word, string.format('%.0f', now), used, after, open, redis.call('SISMEMBER', KEYS[3], ARGV[2])}
end

if now < ARGV[4] * 1000000 or now >= ARGV[5] * 1000000 then return answer('DAY', used) end
-- A rebuild that is due would bring back what is reset now.
if redis.call('EXISTS', KEYS[4]) == 0 then return answer('REBUILD', used) end
if ARGV[7] == '0' or used <= open then return answer('OK', used) end
redis.call('SET', KEYS[1], open, 'KEEPTTL')
return answer('OK', open)
