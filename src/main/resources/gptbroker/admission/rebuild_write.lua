-- Writes back a part of what the archive knows. Does nothing once the lock has passed on or the counters are whole:
-- figures read before that are out of date.
--
-- KEYS  1 epoch  2 rebuild lock  3 allow  4 outbox
-- ARGV  1 nonce  2 token  3 prefix of the partition's keys  4 lease (ms)  5 last part (1 or 0)
--       6 number of counters, then for each: <caller>:<day>, units, end (s), tokens, nano-dollars
--       then the number of open reservations, then for each: id, caller, day, units, tokens, nano-dollars; the last two
--       empty where no budget was kept
--       then the allowlist's ids
-- Returns nonce, WRITTEN | LOST.
if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('GET', KEYS[2]) ~= ARGV[2] then return {ARGV[1], 'LOST'} end
local time = redis.call('TIME')
local lease = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[4])
local at = 7

local function atLeast(key, field, value)
  if tonumber(redis.call('HGET', key, field) or 0) < tonumber(value) then redis.call('HSET', key, field, value) end
end

for _ = 1, tonumber(ARGV[6]) do
  local day = ARGV[3] .. 'day:' .. ARGV[at]
  if tonumber(redis.call('GET', day) or 0) < tonumber(ARGV[at + 1]) then redis.call('SET', day, ARGV[at + 1]) end
  redis.call('EXPIREAT', day, ARGV[at + 2])
  local spend = ARGV[3] .. 'spend:' .. ARGV[at]
  if ARGV[at + 3] ~= '0' or ARGV[at + 4] ~= '0' then
    atLeast(spend, 't', ARGV[at + 3])
    atLeast(spend, 'c', ARGV[at + 4])
    redis.call('EXPIREAT', spend, ARGV[at + 2])
  end
  at = at + 5
end
local open = tonumber(ARGV[at])
at = at + 1
for _ = 1, open do
  local id, caller = ARGV[at], ARGV[at + 1]
  local resv = ARGV[3] .. 'resv:' .. id
  if redis.call('EXISTS', resv) == 0 then
    redis.call('HSET', resv, 's', 'open', 'u', ARGV[at + 3], 'c', caller, 'd', ARGV[at + 2], 'o', 'rebuilt')
    if ARGV[at + 4] ~= '' then redis.call('HSET', resv, 't', ARGV[at + 4], 'm', ARGV[at + 5]) end
    redis.call('ZADD', ARGV[3] .. 'owned:rebuilt', lease, id)
    redis.call('ZADD', ARGV[3] .. 'live:' .. caller, lease, id)
    redis.call('PEXPIREAT', ARGV[3] .. 'live:' .. caller, lease)
  end
  at = at + 6
end
for i = at, #ARGV do redis.call('SADD', KEYS[3], ARGV[i]) end
if ARGV[5] == '1' then
  redis.call('SET', KEYS[1], lease)
  redis.call('DEL', KEYS[2])
end
return {ARGV[1], 'WRITTEN'}
