-- Gives tags a new generation, so that nothing is found any more that was stored under the old one.
--
-- KEYS  generations
-- ARGV  1 nonce
local time = redis.call('TIME')
for i = 1, #KEYS do
  redis.call('SET', KEYS[i], time[1] .. '.' .. time[2], 'EX', 31 * 86400)
end
return {ARGV[1]}
