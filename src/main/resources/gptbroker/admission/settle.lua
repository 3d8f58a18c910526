-- Gives a reservation back: charges or refunds the day it was taken from, frees the concurrent call, writes the
-- archive's close record. Acts once; a reservation that the reaper has closed meanwhile is corrected.
--
-- KEYS  1 resv:<id>  2 day:<caller>:<day>  3 live:<caller>  4 epoch  5 outbox
-- ARGV  1 nonce  2 id  3 units  4 when the day's counter ends (s)  5 mode  6 keep the verdict (s)
--       7 prefix of this partition's keys  8 close record  9 open record  10 the shortest time of 6 (s)
--       where a budget is kept: 11 caller  12 day  13 tokens  14 nano-dollars
--       in mode 'late', which is always told 11 to 14: 15, 16 and 17 the units, tokens and nano-dollars that the archive
--       has charged already
-- Modes for an id that Redis does not know: 'force' charges and writes both records (Redis lost its data meanwhile),
-- 'late' is the same for a call that the archive has as interrupted, and so as charged already;
-- 'reap' charges, too, but a later settle may correct it; 'ask' does nothing, so that the archive can be asked first
-- (not yet, where it answers PENDING);
-- 'cancel' makes sure that an admit that is still under way will not reserve.
-- Returns nonce, SETTLED | CORRECTED | DONE | CHARGED | UNKNOWN | PENDING | CANCELLED | REBUILD.
local resv = redis.call('HMGET', KEYS[1], 's', 'u', 'o', 'c', 'd', 't', 'm')
local state, mode = resv[1], ARGV[5]
local units = tonumber(ARGV[3])

-- How much a counter of the day changes, of which the value is given: never to below nothing, since the operator may
-- have set it back.
local function changed(counted, by)
  return string.format('%.0f', math.max(by, 0 - counted)) -- not -counted: that of 0 would be written as -0
end

-- Changes what is counted of tokens and nano-dollars.
local function spent(key, tokens, cost)
  local counted = redis.call('HMGET', key, 't', 'c')
  if counted[1] and tokens ~= 0 then redis.call('HINCRBY', key, 't', changed(counted[1], tokens)) end
  if counted[2] and cost ~= 0 then redis.call('HINCRBY', key, 'c', changed(counted[2], cost)) end
end

if state == 'settled' or state == 'cancelled' or (state and mode == 'reap') then return {ARGV[1], 'DONE'} end

-- A rebuild that is due would overwrite or double what is charged or given back now, and may bring back what is
-- cancelled. That holds for what it has brought back itself, too: it may have to begin again.
if redis.call('EXISTS', KEYS[4]) == 0 then return {ARGV[1], 'REBUILD'} end

if state then
  -- First a command that is allowed when memory is short, then the rest is, too: what is settled must not be lost.
  redis.call('ZREM', ARGV[7] .. 'owned:' .. resv[3], ARGV[2])
  redis.call('ZREM', KEYS[3], ARGV[2])
  -- Its own day, whatever the caller believes: an admit whose answer was lost may have fallen on the next one.
  local day = resv[5] and ARGV[7] .. 'day:' .. resv[4] .. ':' .. resv[5] or KEYS[2]
  local change = units - tonumber(resv[2])
  local counted = redis.call('GET', day)
  if counted and change ~= 0 then redis.call('INCRBY', day, changed(counted, change)) end
  if resv[6] and ARGV[13] then
    spent(ARGV[7] .. 'spend:' .. resv[4] .. ':' .. resv[5], ARGV[13] - resv[6], ARGV[14] - resv[7])
    redis.call('HSET', KEYS[1], 't', ARGV[13], 'm', ARGV[14])
  end
  redis.call('XADD', KEYS[5], '*', 'e', ARGV[8])
  redis.call('HSET', KEYS[1], 's', 'settled', 'u', units)
  redis.call('EXPIRE', KEYS[1], ARGV[6])
  return {ARGV[1], state == 'reaped' and 'CORRECTED' or 'SETTLED'}
end

if mode == 'cancel' then
  redis.call('HSET', KEYS[1], 's', 'cancelled')
  redis.call('EXPIRE', KEYS[1], ARGV[6])
  return {ARGV[1], 'CANCELLED'}
end
if mode == 'ask' then
  -- It may have been settled and forgotten since. Then its record is older than that, and the archive can only tell
  -- once everything of that age has left the outbox.
  local first = redis.call('XRANGE', KEYS[5], '-', '+', 'COUNT', 1)[1]
  local forgotten = redis.call('TIME')[1] - ARGV[10]
  if first and tonumber(string.match(first[1], '^%d+')) <= forgotten * 1000 then return {ARGV[1], 'PENDING'} end
  return {ARGV[1], 'UNKNOWN'}
end
redis.call('HSET', KEYS[1], 's', mode == 'reap' and 'reaped' or 'settled', 'u', units, 'o', '')
local spend = ARGV[12] and ARGV[7] .. 'spend:' .. ARGV[11] .. ':' .. ARGV[12]
if mode ~= 'late' then
  redis.call('INCRBY', KEYS[2], units)
  redis.call('EXPIREAT', KEYS[2], ARGV[4])
  if spend then
    redis.call('HINCRBY', spend, 't', ARGV[13])
    redis.call('HINCRBY', spend, 'c', ARGV[14])
    redis.call('EXPIREAT', spend, ARGV[4])
    redis.call('HSET', KEYS[1], 'c', ARGV[11], 'd', ARGV[12], 't', ARGV[13], 'm', ARGV[14])
  end
else
  local counted = redis.call('GET', KEYS[2])
  if counted and units ~= tonumber(ARGV[15]) then
    redis.call('INCRBY', KEYS[2], changed(counted, units - ARGV[15]))
  end
  spent(spend, ARGV[13] - ARGV[16], ARGV[14] - ARGV[17])
end
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('XADD', KEYS[5], '*', 'e', ARGV[9])
redis.call('XADD', KEYS[5], '*', 'e', ARGV[8])
return {ARGV[1], mode == 'late' and 'CORRECTED' or 'CHARGED'}
