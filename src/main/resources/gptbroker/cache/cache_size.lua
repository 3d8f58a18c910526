-- Keys of the database, bytes in use, keys evicted so far.
--
-- KEYS  1 any of ours, for the slot
-- ARGV  1 nonce
local function figure(section, name)
  return string.match(redis.call('INFO', section), name .. ':(%d+)') or '0'
end
return {ARGV[1], redis.call('DBSIZE'), figure('memory', 'used_memory'), figure('stats', 'evicted_keys')}
