//! The Lua scripts: what must not be interleaved. All keys of a script are in one slot, and time is the Redis server's, so that
//! repo processes need not agree on theirs.

/// Takes or renews a lease. Keys: live, ended. Arguments: gateway, incarnation, URL, epoch, and in ms: the lease's life, after how long
/// all is announced anew, how long ends are remembered. Answers held, continued, seconds, microseconds, the live hash.
pub(super) const RENEW: &str = r"
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local gateway, incarnation, url, epoch = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local life, refresh, remember = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local function whole(number) return string.format('%.0f', number) end
local held, continued = 0, 0
if redis.call('HEXISTS', KEYS[2], gateway .. '\n' .. incarnation) == 0 then
  held = 1
  local term, announced = now, now
  local before = redis.call('HGET', KEYS[1], gateway)
  if before then
    local deadline, renewed, its_term, its_announced, its_epoch, holder =
      string.match(before, '^(%d+)\n(%d+)\n(%d+)\n(%d+)\n([^\n]*)\n([^\n]*)\n')
    if holder ~= incarnation then
      redis.call('HSET', KEYS[2], gateway .. '\n' .. holder, renewed)
      redis.call('PEXPIRE', KEYS[2], whole(remember))
    elseif tonumber(deadline) > now then
      term = tonumber(its_term)
      if its_epoch == epoch and now - tonumber(its_announced) < refresh then
        continued, announced = 1, tonumber(its_announced)
      end
    end
  end
  redis.call('HSET', KEYS[1], gateway, table.concat(
    {whole(now + life), whole(now), whole(term), whole(announced), epoch, incarnation, url}, '\n'))
  redis.call('PEXPIRE', KEYS[1], whole(remember))
end
local live = redis.call('HGETALL', KEYS[1])
for i = 1, #live, 2 do
  if tonumber(string.match(live[i + 1], '^%d+')) < now - remember then redis.call('HDEL', KEYS[1], live[i]) end
end
if redis.call('HLEN', KEYS[2]) > 1000 then
  local ends = redis.call('HGETALL', KEYS[2])
  for i = 1, #ends, 2 do
    if tonumber(ends[i + 1]) < now - remember / 24 then redis.call('HDEL', KEYS[2], ends[i]) end
  end
end
return {held, continued, clock[1], clock[2], live}
";

/// Ends an incarnation. Keys: live, ended. Arguments: gateway, incarnation, how long ends are remembered in ms.
pub(super) const RELEASE: &str = r"
local clock = redis.call('TIME')
local now = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))
redis.call('HSETNX', KEYS[2], ARGV[1] .. '\n' .. ARGV[2], now)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before and string.match(before, '^%d+\n%d+\n%d+\n%d+\n[^\n]*\n([^\n]*)\n') == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 1
";

/// Reads the leases. Key: live. Answers seconds, microseconds, the live hash.
pub(super) const LEASES: &str = r"
local clock = redis.call('TIME')
return {clock[1], clock[2], redis.call('HGETALL', KEYS[1])}
";

/// Tells a partition's data from any other's: the run of its server (a restart or a failover may have lost the latest writes) and its
/// mark (a flush took all). Key: mark. Argument: a mark for the case that there is none.
pub(super) const PULSE: &str = r"
local mark = redis.call('GET', KEYS[1])
if not mark then
  mark = ARGV[1]
  redis.call('SET', KEYS[1], mark)
end
return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') .. ':' .. mark
";

/// Renews an entry that is still as it was read. Key: user. Arguments: field, value read, new value, now, life in ms.
pub(super) const TOUCH: &str = r"
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3], 'seen', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
";

/// Drops dead entries that are still as they were read. Key: user. Arguments: when the user was last seen, then field and value of each.
pub(super) const TIDY: &str = r"
for i = 2, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
local seen = redis.call('HGET', KEYS[1], 'seen')
if seen and tonumber(seen) < tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'seen', ARGV[1]) end
return 1
";

/// Forgets a user of whom nothing was said since the record was read. Keys: user, the partition's list. Arguments: user id, `seen` as
/// read (empty: there was no record). Answers whether there was something to forget.
pub(super) const FORGET: &str = r"
local seen = redis.call('HGET', KEYS[1], 'seen') or ''
if seen ~= ARGV[2] then return 0 end
redis.call('UNLINK', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
if seen == '' then return 0 end
return 1
";
