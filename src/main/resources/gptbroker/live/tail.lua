-- Where a buffer ends now.
--
-- KEYS  1 buffer
-- ARGV  1 nonce
-- Returns nonce, the id of the last frame, and that frame; or the id of the present time alone.
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if newest then return {ARGV[1], newest[1], newest[2][2]} end
local time = redis.call('TIME')
return {ARGV[1], string.format('%.0f-0', time[1] * 1000 + math.floor(time[2] / 1000))}
