-- What a caller may still do; reads only.
--
-- KEYS  1 day:<caller>:<day>  2 rate:<caller>  3 allow  [4 spend:<caller>:<day>, only where a budget is kept]
-- ARGV  1 nonce  2 caller  3 day's start (s)  4 day's end (s)  5 daily limit (-1: exempt)  6 rate a minute (0: off)
-- Returns what admit.lua returns, with verdict OK or DAY.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local behind, exempt = 0, 0
local rate = tonumber(ARGV[6])
if rate > 0 then
  local tat = tonumber(redis.call('GET', KEYS[2]) or 0)
  behind = math.min(math.max(tat - now, 0), math.ceil(60000000 / rate) * rate)
end
local listed = redis.call('SISMEMBER', KEYS[3], ARGV[2])
if tonumber(ARGV[5]) < 0 or listed == 1 then exempt = 1 end
local today = now >= ARGV[3] * 1000000 and now < ARGV[4] * 1000000
local reply = {ARGV[1], today and 'OK' or 'DAY', string.format('%.0f', now),
  tonumber(redis.call('GET', KEYS[1]) or 0), exempt, string.format('%.0f', behind), '0', ''}
if KEYS[4] then
  local spent = redis.call('HMGET', KEYS[4], 't', 'c')
  reply[9], reply[10], reply[11] = spent[1] or '0', spent[2] or '0', listed
end
return reply
