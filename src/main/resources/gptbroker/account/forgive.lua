-- Takes an attempt back that turned out to be right.
--
-- KEYS  1… counters
-- ARGV  1 nonce
for _, key in ipairs(KEYS) do
    if tonumber(redis.call('GET', key) or '0') > 0 then redis.call('DECR', key) end
end
return {ARGV[1]}
