-- Appends frames to a record, numbered from 1 without a gap, and tells the listeners. A batch that comes again is known
-- by its numbers.
--
-- KEYS  1 buffer  2 its owner's records of this partition, by when they were last added to (s)
-- ARGV  1 nonce  2 number of the first frame  3 how long it is kept after the last one (s)  4 channel  5… frames
-- Returns nonce, OK or LOST: frames before these are not there (Redis has lost them), so that these would be of no use.
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local last = newest and tonumber(string.match(newest[1], '%d+$')) or 0
local first = tonumber(ARGV[2])
if last >= first then return {ARGV[1], 'OK'} end
if last + 1 ~= first then return {ARGV[1], 'LOST'} end

for i = 5, #ARGV do
  local id = string.format('0-%.0f', first + i - 5)
  redis.call('XADD', KEYS[1], id, 'f', ARGV[i])
  redis.call('PUBLISH', ARGV[4], id .. ' ' .. ARGV[i])
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[2], now, KEYS[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. now - ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return {ARGV[1], 'OK'}
