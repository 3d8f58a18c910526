-- Where a buffer ends now.
--
-- KEYS  1 buffer
-- ARGV  1 nonce
-- Returns nonce, the id of the last frame, and that frame; or the id before all others alone. The present time would not
-- do: a frame that is added within this millisecond may get that very id.
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if newest then return {ARGV[1], newest[1], newest[2][2]} end
return {ARGV[1], '0-0'}
