-- KEYS 1 any, ARGV 1 nonce
redis.call('SET', KEYS[1], 'x')
return {ARGV[1]}
