-- Reserves units of the caller's day, one of their concurrent calls and one step of their rate, and writes the
-- archive's open record: all of it, or nothing. Every test stands before the first write, because Redis does not roll
-- back a script that fails half way.
--
-- KEYS  1 resv:<id>  2 day:<caller>:<day>  3 rate:<caller>  4 live:<caller>  5 owned:<instance>
--       6 allow  7 epoch  8 outbox  9 instances  [10 spend:<caller>:<day>, only where a budget is kept]
-- ARGV  1 nonce  2 id  3 caller  4 instance  5 day  6 day's start (s)  7 day's end (s)  8 units
--       9 daily limit (-1: exempt)  10 rate a minute (0: off)  11 concurrent calls (0: off)  12 lease (ms)
--       13 outbox high water  14 door (1: only listed callers)  15 open record
--       with KEYS 10: 16 tokens that the call holds  17 tokens a day (-1: any number)  18 and 19 the same in nano-dollars
-- Returns nonce, verdict, now (µs), units used today, exempt (1 or 0), tat - now (µs), wait (µs), day;
-- with KEYS 10 also tokens and nano-dollars used today, listed (1 or 0).
-- Numbers above 2^31 travel as strings: Lua would round or print them with an exponent.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local used, exempt, behind, day = 0, 0, 0, ARGV[5]
local spend, tokens, cost, listed = KEYS[10], 0, 0, false

local function answer(verdict, wait)
  local reply = {ARGV[1], verdict, string.format('%.0f', now), used, exempt,
    string.format('%.0f', behind), string.format('%.0f', wait), day}
  if spend then
    reply[9] = string.format('%.0f', tokens)
    reply[10] = string.format('%.0f', cost)
    reply[11] = listed and 1 or 0
  end
  return reply
end

-- Whether what the call holds is more than what is left.
local function over(sum, held, limit)
  return tonumber(limit) >= 0 and sum + held > tonumber(limit)
end

local units, daily, rate = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

-- Only Redis' clock decides which day it is. The caller learns the time and comes back with the right key.
if now < ARGV[6] * 1000000 or now >= ARGV[7] * 1000000 then return answer('DAY', 0) end
used = tonumber(redis.call('GET', KEYS[2]) or 0)
if spend then
  local spent = redis.call('HMGET', spend, 't', 'c')
  tokens, cost = tonumber(spent[1] or 0), tonumber(spent[2] or 0)
end

-- GCRA: tat is the instant at which the burst would be whole again. It can be more than a burst ahead only if the
-- clock went back; then a burst is all that the caller has to wait for.
local step = 0
if rate > 0 then
  step = math.ceil(60000000 / rate)
  local tat = tonumber(redis.call('GET', KEYS[3]) or 0)
  behind = math.min(math.max(tat - now, 0), step * rate)
end
listed = redis.call('SISMEMBER', KEYS[6], ARGV[3]) == 1
if listed or daily < 0 then exempt = 1 end

-- A repeated call (its first answer was lost) gets the first verdict and takes nothing more.
local resv = redis.call('HMGET', KEYS[1], 's', 'd')
if resv[1] == 'cancelled' then return answer('CANCELLED', 0) end
if resv[1] then
  day = resv[2] or day
  return answer('ADMITTED', 0)
end

-- Without this marker the counters may have been lost: they are rebuilt before anyone is let in.
if redis.call('EXISTS', KEYS[7]) == 0 then return answer('REBUILD', 0) end
if redis.call('XLEN', KEYS[8]) >= tonumber(ARGV[13]) then return answer('FULL', 0) end
if ARGV[14] == '1' and not listed then return answer('ACCESS', 0) end
if rate > 0 and behind > step * (rate - 1) then return answer('RATE', behind - step * (rate - 1)) end
local millis = math.floor(now / 1000)
if tonumber(ARGV[11]) > 0 and redis.call('ZCOUNT', KEYS[4], '(' .. millis, '+inf') >= tonumber(ARGV[11]) then
  return answer('BUSY', 1000000)
end
if exempt == 0 and used + units > daily then return answer('DAILY', ARGV[7] * 1000000 - now) end
if spend and not listed then
  if over(tokens, ARGV[16], ARGV[17]) then return answer('TOKENS', ARGV[7] * 1000000 - now) end
  if over(cost, ARGV[18], ARGV[19]) then return answer('COST', ARGV[7] * 1000000 - now) end
end

-- From here on only writes, the first one refused when memory is short.
used = redis.call('INCRBY', KEYS[2], units)
redis.call('EXPIREAT', KEYS[2], ARGV[7] + 172800)
if spend then
  tokens = redis.call('HINCRBY', spend, 't', ARGV[16])
  cost = redis.call('HINCRBY', spend, 'c', ARGV[18])
  redis.call('EXPIREAT', spend, ARGV[7] + 172800)
  redis.call('HSET', KEYS[1], 't', ARGV[16], 'm', ARGV[18])
end
if rate > 0 then
  behind = behind + step
  redis.call('SET', KEYS[3], string.format('%.0f', now + behind), 'PX', math.ceil(behind / 1000))
end
local lease = millis + ARGV[12]
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', millis)
redis.call('ZADD', KEYS[4], lease, ARGV[2])
redis.call('PEXPIREAT', KEYS[4], string.format('%.0f', lease))
redis.call('ZADD', KEYS[5], lease, ARGV[2])
redis.call('ZADD', KEYS[9], 'NX', millis, ARGV[4])
redis.call('HSET', KEYS[1], 's', 'open', 'u', units, 'c', ARGV[3], 'd', ARGV[5], 'o', ARGV[4])
redis.call('XADD', KEYS[8], '*', 'e', ARGV[15])
return answer('ADMITTED', 0)
