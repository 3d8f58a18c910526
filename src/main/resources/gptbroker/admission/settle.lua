-- Gives a reservation back: charges or refunds the day it was taken from, frees the concurrent call, writes the
-- archive's close record. Acts once; a reservation that the reaper has closed meanwhile is corrected.
--
-- KEYS  1 resv:<id>  2 day:<caller>:<day>  3 live:<caller>  4 epoch  5 outbox
-- ARGV  1 nonce  2 id  3 units  4 when the day's counter ends (s)  5 mode  6 keep the verdict (s)
--       7 prefix of this partition's keys  8 close record  9 open record  10 the shortest time of 6 (s)
-- Modes for an id that Redis does not know: 'force' charges and writes both records (Redis lost its data meanwhile),
-- 'late' is the same for a call that the archive has as interrupted, and so as charged with one unit already;
-- 'reap' charges, too, but a later settle may correct it; 'ask' does nothing, so that the archive can be asked first
-- (not yet, where it answers PENDING);
-- 'cancel' makes sure that an admit that is still under way will not reserve.
-- Returns nonce, SETTLED | CORRECTED | DONE | CHARGED | UNKNOWN | PENDING | CANCELLED | REBUILD.
local resv = redis.call('HMGET', KEYS[1], 's', 'u', 'o', 'c', 'd')
local state, mode = resv[1], ARGV[5]
local units = tonumber(ARGV[3])

if state == 'settled' or state == 'cancelled' or (state and mode == 'reap') then return {ARGV[1], 'DONE'} end

if state then
  -- First a command that is allowed when memory is short, then the rest is, too: what is settled must not be lost.
  redis.call('ZREM', ARGV[7] .. 'owned:' .. resv[3], ARGV[2])
  redis.call('ZREM', KEYS[3], ARGV[2])
  -- Its own day, whatever the caller believes: an admit whose answer was lost may have fallen on the next one.
  local day = resv[5] and ARGV[7] .. 'day:' .. resv[4] .. ':' .. resv[5] or KEYS[2]
  local change = units - tonumber(resv[2])
  if change ~= 0 and redis.call('EXISTS', day) == 1 then redis.call('INCRBY', day, change) end
  redis.call('XADD', KEYS[5], '*', 'e', ARGV[8])
  redis.call('HSET', KEYS[1], 's', 'settled', 'u', units)
  redis.call('EXPIRE', KEYS[1], ARGV[6])
  return {ARGV[1], state == 'reaped' and 'CORRECTED' or 'SETTLED'}
end

-- A rebuild that is due would overwrite or double what is charged now, and may bring back what is cancelled.
if redis.call('EXISTS', KEYS[4]) == 0 then return {ARGV[1], 'REBUILD'} end
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
if mode ~= 'late' then
  redis.call('INCRBY', KEYS[2], units)
  redis.call('EXPIREAT', KEYS[2], ARGV[4])
elseif units ~= 1 and redis.call('EXISTS', KEYS[2]) == 1 then
  redis.call('INCRBY', KEYS[2], units - 1)
end
redis.call('HSET', KEYS[1], 's', mode == 'reap' and 'reaped' or 'settled', 'u', units, 'o', '')
redis.call('EXPIRE', KEYS[1], ARGV[6])
redis.call('XADD', KEYS[5], '*', 'e', ARGV[9])
redis.call('XADD', KEYS[5], '*', 'e', ARGV[8])
return {ARGV[1], mode == 'late' and 'CORRECTED' or 'CHARGED'}
