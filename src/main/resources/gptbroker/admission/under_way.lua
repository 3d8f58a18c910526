-- Whether a call has been admitted and nobody has settled or closed it yet.
--
-- KEYS  1 resv:<id>
-- ARGV  1 nonce
-- Returns nonce, 1 or 0.
return {ARGV[1], redis.call('HGET', KEYS[1], 's') == 'open' and 1 or 0}
