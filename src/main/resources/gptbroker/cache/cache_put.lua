-- Stores an answer under the generations that were in force when it was looked for.
--
-- KEYS  1 the answer
-- ARGV  1 nonce  2 token  3 time to live (ms)  4 answer
redis.call('HSET', KEYS[1], 't', ARGV[2], 'a', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return {ARGV[1]}
