-- Counts an attempt against several counters, or none of them: a refused attempt neither counts nor lengthens the wait.
--
-- KEYS  1… counters
-- ARGV  1 nonce  then for each counter: limit, window in ms
-- Answers nonce, wait in ms (0: it counted)
local wait = 0
for i, key in ipairs(KEYS) do
    if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * i]) then
        wait = math.max(wait, redis.call('PTTL', key), 1)
    end
end
if wait == 0 then
    for i, key in ipairs(KEYS) do
        if redis.call('INCR', key) == 1 then redis.call('PEXPIRE', key, ARGV[2 * i + 1]) end
    end
end
return {ARGV[1], wait}
