-- Appends frames to a topic's buffer and tells the listeners, once: a batch that comes again is known by its number.
--
-- KEYS  1 buffer  2 publishers (who has published which batch last)
-- ARGV  1 nonce  2 publisher  3 number of the batch, rising within a publisher  4 about how many frames are kept
--       5 how long after the last one (s)  6 channel  7… frames
-- Returns nonce.
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[2]) or 0)
if tonumber(ARGV[3]) <= last then return {ARGV[1]} end

for i = 7, #ARGV do
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'f', ARGV[i])
  redis.call('PUBLISH', ARGV[6], id .. ' ' .. ARGV[i])
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return {ARGV[1]}
