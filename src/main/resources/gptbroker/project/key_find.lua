-- What the look-up cache knows of an API key; reads only.
--
-- KEYS  1 apikey:<sha256>
-- ARGV  1 nonce
-- Returns nonce, the entry ('' when there is none), milliseconds that it will still be kept.
return {ARGV[1], redis.call('HGET', KEYS[1], 'entry') or '', redis.call('PTTL', KEYS[1])}
