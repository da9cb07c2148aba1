"""What Redis itself does for the journal: each script is one step that happens whole or not at all.

Of a topic there are a hash, its head (`epoch`, `offset`, `floor`, `history`), and a stream, its log, with the
offset of each entry as its id. Two sorted sets know the topics that have a log and those that have a head alone, by when
they were last written to. The fences of all writers are in one hash, and a sorted set knows since when.

A `history` is what Redis is between two of its starts; the head has that in which its log was written. Where it is another
one by now, the end of the log may be missing, and what lies before the floor serves nobody but recovery.

An append is told the epoch that its caller knows of, and does nothing where that is not the epoch any more: a call that
was given up, and that Redis comes to only after a stall, must not add to what has been begun anew since.
"""

# The first epoch of a topic, and one after a change of history. KEYS begin with head, log, logs, heads.
BEGINNINGS = """
local function first(epoch, time, topic)
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'offset', 0, 'floor', 0)
  redis.call('ZADD', KEYS[4], time, topic)
  redis.call('DEL', KEYS[2])
end
local function anew(epoch, offset)
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'floor', offset)
  redis.call('HDEL', KEYS[1], 'history')
end
"""

# KEYS: head, log, logs, heads, fences, fence times. ARGV: the epoch that is known ("" for none), one for where a new one is
# needed, the history of this Redis, who writes, channel, topic, time, the bytes that may be published; then of each append:
# key, token, first and last seq of its writer, the epoch that its writer knows of ("" for any), the number of payloads, and
# these. Returns the epoch, the offset from before, and of each append how many entries it added, -1 for a stale writer, -2
# for what is there already, -3 where the topic has begun anew; or as text the highest seq that is there of an append that
# is there in part, which ends the list.
APPEND = (
    BEGINNINGS
    + """
local known = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'history')
local epoch = known[1] or ''
if epoch ~= ARGV[1] then return {epoch} end
local before = tonumber(known[2] or 0)
local answer, added, size, shown, unknown = {'', before}, {}, 0, {}, {}
local i = 9
while i <= #ARGV do
  local key, count, code = ARGV[i], tonumber(ARGV[i + 5]), tonumber(ARGV[i + 5])
  local is_old = ARGV[i + 4] ~= '' and (ARGV[i + 4] ~= epoch or (known[3] and known[3] ~= ARGV[3]))
  if key ~= '' then
    local fence = shown[key] or redis.call('HGET', KEYS[5], key)
    if fence then
      local space = string.find(fence, ' ', 1, true)
      local token, seq = tonumber(string.sub(fence, 1, space - 1)), string.sub(fence, space + 1)
      if tonumber(ARGV[i + 1]) < token then
        code = -1
      elseif is_old then
        code = -3
      elseif tonumber(ARGV[i + 1]) == token and tonumber(ARGV[i + 3]) <= tonumber(seq) then
        code = -2
      elseif tonumber(ARGV[i + 1]) == token and tonumber(ARGV[i + 2]) <= tonumber(seq) then
        answer[#answer + 1] = seq
        break
      end
    end
    if is_old and code >= 0 then code = -3 end
    if code >= 0 then
      shown[key] = ARGV[i + 1] .. ' ' .. ARGV[i + 3]
      if not fence then unknown[#unknown + 1] = key end
    end
  end
  if code > 0 then
    for j = i + 6, i + 5 + count do
      added[#added + 1] = ARGV[j]
      size = size + #ARGV[j]
    end
  end
  answer[#answer + 1] = code
  i = i + 6 + count
end
if epoch == '' then
  epoch = ARGV[2]
  first(epoch, ARGV[7], ARGV[6])
elseif #added > 0 and known[3] and known[3] ~= ARGV[3] then
  anew(ARGV[2], before)
  epoch = ARGV[2]
end
answer[1] = epoch
-- Before all else: what Redis may refuse is the first entry.
if #added > 0 then
  for j, payload in ipairs(added) do
    redis.call('XADD', KEYS[2], string.format('%d-1', before + j), 'e', payload)
  end
  redis.call('HSET', KEYS[1], 'offset', before + #added, 'history', ARGV[3])
  redis.call('ZADD', KEYS[3], ARGV[7], ARGV[6])
  local news = string.format('%s %s %d %d', ARGV[4], epoch, before, before + #added)
  if size <= tonumber(ARGV[8]) then news = news .. '\\n' .. table.concat(added, '\\n') end
  redis.call('PUBLISH', ARGV[5], news)
end
for key, fence in pairs(shown) do redis.call('HSET', KEYS[5], key, fence) end
for _, key in ipairs(unknown) do redis.call('ZADD', KEYS[6], ARGV[7], key) end
return answer
"""
)

# KEYS: head, log, logs, heads. ARGV: an epoch where a new one is needed, the history of this Redis, topic, time.
# Returns epoch and offset.
POSITION = (
    BEGINNINGS
    + """
local head = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'history')
if not head[1] then
  first(ARGV[1], ARGV[4], ARGV[3])
  return {ARGV[1], '0'}
elseif head[3] and head[3] ~= ARGV[2] then
  anew(ARGV[1], head[2])
  return {ARGV[1], head[2]}
end
return {head[1], head[2]}
"""
)

# KEYS: head, log. ARGV: epoch, offset, the history of this Redis, the most entries, the most bytes.
# Returns payloads, or nothing at all for a gap: no entry may be missing between the cursor and the first, nor any in between.
# Without an epoch it is whatever remains, of those before as well.
READ = """
local head = redis.call('HMGET', KEYS[1], 'epoch', 'offset', 'floor', 'history')
local at, last = tonumber(ARGV[2]), tonumber(head[2] or -1)
if at > last then return false end
if ARGV[1] ~= '' then
  if head[4] and head[4] ~= ARGV[3] then return false end
  if head[1] ~= ARGV[1] or at < tonumber(head[3]) then return false end
end
local payloads, size = {}, 0
while at < last and #payloads < tonumber(ARGV[4]) and size < tonumber(ARGV[5]) do
  local some = redis.call('XRANGE', KEYS[2], string.format('%d', at + 1), '+', 'COUNT', math.min(64, last - at))
  if #some == 0 then return false end
  for _, entry in ipairs(some) do
    at = at + 1
    if entry[1] ~= string.format('%d-1', at) then return false end
    payloads[#payloads + 1] = entry[2][2]
    size = size + #entry[2][2]
  end
end
return payloads
"""

# KEYS: head, log, heads. ARGV: the new epoch, topic, time, who writes, channel. Returns epoch and offset.
RENEW = """
local offset = redis.call('HGET', KEYS[1], 'offset') or '0'
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'offset', offset, 'floor', offset)
redis.call('HDEL', KEYS[1], 'history')
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
redis.call('PUBLISH', ARGV[5], string.format('%s %s %d %d', ARGV[4], ARGV[1], offset, offset))
return {ARGV[1], offset}
"""

# KEYS: head, log, logs, heads. ARGV: topic, the time since when nothing may have been written. Returns whether it was idle.
TRIM = """
local last = redis.call('ZSCORE', KEYS[3], ARGV[1])
if not last or tonumber(last) > tonumber(ARGV[2]) then return 0 end
local offset = redis.call('HGET', KEYS[1], 'offset')
if offset then
  redis.call('HSET', KEYS[1], 'floor', offset)
  -- What has been quiet for so long is in every copy: those who follow it need not load afresh after a restart.
  redis.call('HDEL', KEYS[1], 'history')
  redis.call('ZADD', KEYS[4], last, ARGV[1])
end
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('DEL', KEYS[2])
return 1
"""

# KEYS: head, logs, heads. ARGV: topic. Forgets a head that has had no log for long.
FORGET = """
redis.call('ZREM', KEYS[3], ARGV[1])
if not redis.call('ZSCORE', KEYS[2], ARGV[1]) then redis.call('DEL', KEYS[1]) end
"""
