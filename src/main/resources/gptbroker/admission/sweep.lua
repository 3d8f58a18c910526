-- Says that this broker is alive, and finds what nobody will settle any more.
--
-- KEYS  1 instances (when each was last seen, ms)
-- ARGV  1 nonce  2 this instance  3 silence after which an instance looks dead (ms)  4 prefix of the partition's keys
--       5 how many ids at most
-- Returns nonce, instances that look dead, and pairs of instance and id whose lease has run out (the owner may be alive,
-- but stuck).
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[2])
local dead = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - ARGV[3]))
local late = {}
local instances = redis.call('ZRANGE', KEYS[1], 0, -1)
instances[#instances + 1] = 'rebuilt' -- holds what was open when the counters were rebuilt; it is never seen alive
for _, instance in ipairs(instances) do
  local owned = redis.call('ZRANGEBYSCORE', ARGV[4] .. 'owned:' .. instance, '-inf', string.format('%.0f', now),
    'LIMIT', 0, ARGV[5])
  for _, id in ipairs(owned) do
    late[#late + 1] = instance
    late[#late + 1] = id
  end
end
return {ARGV[1], dead, late}
