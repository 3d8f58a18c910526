-- Reads on in a buffer.
--
-- KEYS  1 buffer
-- ARGV  1 nonce  2 id of the last frame that is known  3 how many frames at most  4 how many bytes, about
-- Returns nonce, 1 if the known frame is still there (else frames after it may be gone) or 0, 1 if there is more or 0,
-- and id and frame of each.
local there = #redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[2], '+', 'COUNT', ARGV[3])
local more = #entries == tonumber(ARGV[3]) and 1 or 0
local found, bytes = {}, 0
for _, entry in ipairs(entries) do
  if bytes >= tonumber(ARGV[4]) then
    more = 1
    break
  end
  table.insert(found, entry[1])
  table.insert(found, entry[2][2])
  bytes = bytes + #entry[2][2]
end
return {ARGV[1], there, more, found}
