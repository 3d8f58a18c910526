-- The records that an owner has in a partition.
--
-- KEYS  1 their names
-- ARGV  1 nonce
-- Returns nonce and the names.
return {ARGV[1], redis.call('ZRANGE', KEYS[1], 0, -1)}
