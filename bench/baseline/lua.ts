/**
 * What must happen at once, as Redis does things at once: in scripts. An order is a hash
 * `order:<id>`, the free keys of a product a list, what lapses a sorted set, and everything that
 * PostgreSQL must learn an entry of the stream `changes`, written by the same script.
 */

/**
 * KEYS: order, free keys, due, changes. ARGV: id, body hash, quantity, now, expires at, then field
 * and value of everything else that the order is to remember.
 * Answers "reserved", "repeated", "reused" or "sold_out".
 */
export const PLACE = `
local known = redis.call('HGET', KEYS[1], 'body_hash')
if known then
  if known == ARGV[2] then return 'repeated' end
  return 'reused'
end
local quantity = tonumber(ARGV[3])
if redis.call('LLEN', KEYS[2]) < quantity then return 'sold_out' end
local keys = redis.call('LPOP', KEYS[2], quantity)
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'body_hash', ARGV[2], 'quantity', ARGV[3], 'version', 1,
  'state', 'pending', 'placed_at', ARGV[4], 'expires_at', ARGV[5], 'keys', cjson.encode(keys),
  unpack(ARGV, 6))
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
redis.call('XADD', KEYS[4], '*', 'id', ARGV[1])
return 'reserved'
`;

/**
 * KEYS: order, due, changes, payment. ARGV: id, transaction number, amount, now.
 * The order's own keys, or for one that lapsed new ones, and its first payment only.
 * Answers "delivered", "already", "unfilled", "mismatch", "surplus" or "unknown".
 */
export const PAY = `
local order = redis.call('HMGET', KEYS[1], 'state', 'amount', 'product_id', 'quantity', 'trade_no')
local state = order[1]
if not state then return 'unknown' end
if redis.call('EXISTS', KEYS[4]) == 1 then return 'already' end
local verdict = 'delivered'
if order[2] ~= ARGV[3] then
  verdict = 'mismatch'
elseif state == 'delivered' or state == 'unfilled' then
  verdict = 'surplus'
elseif state == 'expired' then
  local free = 'free:' .. order[3]
  if redis.call('LLEN', free) >= tonumber(order[4]) then
    local keys = redis.call('LPOP', free, tonumber(order[4]))
    redis.call('HSET', KEYS[1], 'keys', cjson.encode(keys))
  else
    verdict = 'unfilled'
  end
end
if verdict ~= 'mismatch' then redis.call('SET', KEYS[4], ARGV[1] .. ' ' .. verdict) end
if verdict == 'delivered' or verdict == 'unfilled' then
  redis.call('HSET', KEYS[1], 'state', verdict, 'paid_at', ARGV[4], 'trade_no', ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  redis.call('ZREM', KEYS[2], ARGV[1])
  redis.call('XADD', KEYS[3], '*', 'id', ARGV[1])
end
return verdict
`;

/** KEYS: due, free keys, changes. ARGV: now, how many at most. Answers how many orders lapsed. */
export const LAPSE = `
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, tonumber(ARGV[2]))
for _, id in ipairs(due) do
  local order = 'order:' .. id
  if redis.call('HGET', order, 'state') == 'pending' then
    redis.call('RPUSH', KEYS[2], unpack(cjson.decode(redis.call('HGET', order, 'keys'))))
    redis.call('HSET', order, 'state', 'expired', 'keys', '[]')
    redis.call('HINCRBY', order, 'version', 1)
    redis.call('XADD', KEYS[3], '*', 'id', id)
  end
  redis.call('ZREM', KEYS[1], id)
end
return #due
`;
