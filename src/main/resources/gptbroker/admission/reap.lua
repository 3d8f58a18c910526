-- Closes a reservation that nobody will settle any more: it stays charged, its concurrent call is free again. Kept for
-- two days, so that the broker that was only asleep can still correct it.
--
-- KEYS  1 resv:<id>  2 instances  3 outbox  4 owned:<instance>
-- ARGV  1 nonce  2 id  3 silence after which an instance looks dead (ms)  4 prefix of the partition's keys
--       5 close record ("interrupted")  6 what the record says is charged: units, tokens, nano-dollars, with spaces
--       between, the last two empty where no budget was kept
-- Returns nonce, REAPED | ALIVE | DONE | CHARGE, and with CHARGE, when the record is wrong about it, what is charged.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local resv = redis.call('HMGET', KEYS[1], 's', 'o', 'c', 'u', 't', 'm')
if resv[1] ~= 'open' then
  redis.call('ZREM', KEYS[4], ARGV[2])
  return {ARGV[1], 'DONE'}
end

-- Its owner may have come back since it was found.
local seen = tonumber(redis.call('ZSCORE', KEYS[2], resv[2]) or 0)
local lease = tonumber(redis.call('ZSCORE', KEYS[4], ARGV[2]) or 0)
if seen > now - ARGV[3] and lease > now then return {ARGV[1], 'ALIVE'} end
local charge = resv[4] .. ' ' .. (resv[5] or '') .. ' ' .. (resv[6] or '')
if charge ~= ARGV[6] then return {ARGV[1], 'CHARGE', charge} end

redis.call('ZREM', KEYS[4], ARGV[2])
redis.call('ZREM', ARGV[4] .. 'live:' .. resv[3], ARGV[2])
redis.call('XADD', KEYS[3], '*', 'e', ARGV[5])
redis.call('HSET', KEYS[1], 's', 'reaped')
redis.call('EXPIRE', KEYS[1], 172800)
return {ARGV[1], 'REAPED'}
