-- What a caller has used of the day, for the operator; on demand, sets it back.
--
-- What is still open stays counted: it is refunded or kept when it settles, and a refund of a unit that is not in the
-- counter would take one from a later call.
--
-- KEYS  1 day:<caller>:<day>  2 live:<caller>  3 allow  4 epoch  5 spend:<caller>:<day>
-- ARGV  1 nonce  2 caller  3 day  4 day's start (s)  5 day's end (s)  6 prefix of the partition's keys  7 reset (1 or 0)
-- Returns nonce, OK | DAY | REBUILD, now (µs), used before, used now, open, listed (1 or 0), and of tokens and of
-- nano-dollars the first three again.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local used = tonumber(redis.call('GET', KEYS[1]) or 0)
local open, openTokens, openCost = 0, 0, 0
local spent = redis.call('HMGET', KEYS[5], 't', 'c')
local tokens, cost = tonumber(spent[1] or 0), tonumber(spent[2] or 0)
for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  local resv = redis.call('HMGET', ARGV[6] .. 'resv:' .. id, 's', 'u', 'd', 't', 'm')
  if resv[1] == 'open' and resv[3] == ARGV[3] then
    open = open + resv[2]
    openTokens = openTokens + (resv[4] or 0)
    openCost = openCost + (resv[5] or 0)
  end
end

local function text(number)
  return string.format('%.0f', number)
end

local function answer(word, after, tokensAfter, costAfter)
  return {ARGV[1], word, text(now), used, after, open, redis.call('SISMEMBER', KEYS[3], ARGV[2]),
    text(tokens), text(tokensAfter), text(openTokens), text(cost), text(costAfter), text(openCost)}
end

if now < ARGV[4] * 1000000 or now >= ARGV[5] * 1000000 then return answer('DAY', used, tokens, cost) end
-- A rebuild that is due would bring back what is reset now.
if redis.call('EXISTS', KEYS[4]) == 0 then return answer('REBUILD', used, tokens, cost) end
if ARGV[7] == '0' then return answer('OK', used, tokens, cost) end
-- Never up: a counter can be below what is held if it was switched on, or set back, meanwhile.
local used2, tokens2, cost2 = math.min(used, open), math.min(tokens, openTokens), math.min(cost, openCost)
if used2 < used then redis.call('SET', KEYS[1], used2, 'KEEPTTL') end
if tokens2 < tokens then redis.call('HSET', KEYS[5], 't', text(tokens2)) end
if cost2 < cost then redis.call('HSET', KEYS[5], 'c', text(cost2)) end
return answer('OK', used2, tokens2, cost2)
