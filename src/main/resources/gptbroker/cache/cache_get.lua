-- Gives an answer, unless it was dropped since it was stored. An answer bears the generations that its tags had when it
-- was looked for; dropping a tag gives it a new one. A generation that Redis has evicted is replaced by a new one too,
-- so that nothing dropped can come back.
--
-- KEYS  1 the answer  2 generation of all  3… generations of its tags
-- ARGV  1 nonce
-- Returns nonce, token, answer (absent when there is none).
local month = 31 * 86400
local token = ''
for i = 2, #KEYS do
  local generation = redis.call('GET', KEYS[i])
  if not generation then
    local time = redis.call('TIME')
    generation = time[1] .. '.' .. time[2]
    redis.call('SET', KEYS[i], generation, 'EX', month)
  end
  token = token .. generation .. '/'
end
local stored = redis.call('HMGET', KEYS[1], 't', 'a')
if stored[1] == token then return {ARGV[1], token, stored[2]} end
return {ARGV[1], token}
