-- ARGV 1 nonce 2 what to say
return {ARGV[1], ARGV[2]}
