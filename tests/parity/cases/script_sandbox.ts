/**
 * What scripts must not be able to do. Each case tries it in one script and looks in a second one whether anything is
 * left of it: escapes from published vulnerabilities among them.
 *
 * @module
 */

import { caseGroup, distinct, type ParityCase } from "../case.ts";

const LOOK =
  "return {tostring(redis.x), type(redis.call), ('a'):upper(), tostring(rawget(_G,'x')), #KEYS, type(pairs), cjson.encode({1})}";

/** Tries something, and looks what is left of it. */
function attempts(...texts: string[]): ParityCase[] {
  return texts.map((text) => ({ send: [["EVAL", text, "0"], ["EVAL", LOOK, "0"]] }));
}

const libraries = [
  "redis",
  "string",
  "table",
  "math",
  "cjson",
  "cmsgpack",
  "struct",
  "bit",
  "coroutine",
  "_G",
];

const tables = libraries.flatMap((name) =>
  attempts(
    `${name}.x = 1`,
    `${name}['call'] = nil`,
    `rawset(${name}, 'x', 1)`,
    `setmetatable(${name}, {})`,
    `table.insert(${name}, 1)`,
    `return type(rawget(${name}, 'x'))`,
    `local n = 0 for k in pairs(${name}) do n = n + 1 end return n > 0`,
    `return type(next(${name}))`,
    `return #${name}`,
    `return tostring(${name}):sub(1,6)`,
    `return type(${name})`,
    `local m = getmetatable(${name}) if m then m.__index = 1 end return type(m)`,
    `local n = 0 table.foreach(${name}, function() n = n + 1 end) return n > 0`,
    `return ${name} == ${name}`,
    `for k, v in ipairs(${name}) do return k end`,
    `return tostring(table.remove(${name}))`,
    `table.sort(${name}) return table.concat(${name})`,
    `local k = next(${name}) return type(${name}[k]) == type(rawget(${name}, k))`,
    `return unpack(${name})`,
  )
);

const globals = attempts(
  "x = 1",
  "_G.x = 1",
  "_G['x'] = 1",
  "function x() end",
  "local _G = _G; _G._G.x = 1",
  "rawset(_G._G, 'x', 1)",
  "redis = nil",
  "redis.call = nil",
  "KEYS = 1",
  "ARGV = {}",
  "pairs = nil",
  "print('x')",
  "return print",
  "return io",
  "return package",
  "return require",
  "return module",
  "return debug",
  "return dofile('/etc/passwd')",
  "return loadfile('/etc/passwd')",
  "return newproxy",
  "return getfenv()",
  "return setfenv(1, {})",
  "return io.open('/etc/passwd')",
  "return require('io')",
  "return package.loadlib('/usr/lib/x86_64-linux-gnu/liblua5.1.so.0', 'luaopen_io')",
  "local t = {} for k in pairs(_G) do t[#t+1] = k end table.sort(t) return #t > 20",
  "return tostring(_G.nope)",
  "return _G.nope",
  "return _G[1]",
  "return _G[true]",
  "return _G[{}]",
  "return rawget(_G, 'nope')",
  "return _G == _G._G",
  "return getmetatable(_G).__index(_G, 'y')",
  "return getmetatable(_G).__index()",
  "return getmetatable(_G).__index(1, 2, 3)",
  "getmetatable(_G).__index = nil",
  "getmetatable(_G).__newindex = nil",
  "getmetatable(_G).__index = function() return 'z' end return nope",
  "setmetatable(_G, nil)",
  "rawset(getmetatable(_G), '__index', nil)",
  "local m = getmetatable(_G) local t = {} for k, v in pairs(m) do t[#t+1] = k .. type(v) end return t",
  "return tostring(getmetatable(getmetatable(_G)))",
);

const strings = attempts(
  "getmetatable('').__index = nil",
  "getmetatable('').__index = function() return 1 end",
  "getmetatable('').x = 1",
  "getmetatable('').__call = function() return 'called' end return ('x')()",
  "getmetatable('').__add = function() return 1 end return 'a' + 'b'",
  "rawset(getmetatable(''), '__index', nil)",
  "setmetatable('', {})",
  "getmetatable('').__index.upper = nil",
  "rawset(getmetatable('').__index, 'upper', nil)",
  "string.upper = function() return 'hacked' end",
  "return type(getmetatable('').__index)",
  "local t = {} for k in pairs(getmetatable('')) do t[#t+1] = k end return t",
  "return tostring(getmetatable(1)) .. tostring(getmetatable(true)) .. tostring(getmetatable(print_ or pairs))",
  "return getmetatable(nil)",
  "return getmetatable()",
);

const bytecode = attempts(
  "return loadstring(string.dump(function() return 1 end))()",
  "local f, e = loadstring(string.dump(function() return 1 end)) return {tostring(f), (e:gsub('[^ -~]', '?'))}",
  "local f, e = loadstring('\\27Lua') return {tostring(f), (e:gsub('[^ -~]', '?'))}",
  "local f, e = loadstring('\\27') return {tostring(f), (e:gsub('[^ -~]', '?'))}",
  "local f, e = loadstring('\\27Lua', '=name') return {tostring(f), e}",
  "local d = string.dump(function() return 1 end) local done local f, e = load(function() if not done then done = true return d end end) return {tostring(f), e}",
  "local done = 0 local f, e = load(function() done = done + 1 return ({'\\27','Lua'})[done] end, '=n') return {tostring(f), e}",
  "local f, e = load(function() return '\\27Lua' end) return {tostring(f), e}",
);

/** Published as CVEs: names of the tables, of the functions and of the sizes with which they were done. */
const published = attempts(
  // CVE-2022-0543: a loader left in the globals by a packager.
  "return package.loadlib('liblua5.1.so.0','luaopen_os')",
  "local os_l = package.loadlib('/usr/lib/x86_64-linux-gnu/liblua5.1.so.0', 'luaopen_os') return os_l",
  // CVE-2022-24735: code in the metatable of the globals, for other users' scripts.
  "local m = getmetatable(_G) m.__index = function(t, k) return 'evil' end",
  "rawset(redis, 'call', function() return 'evil' end)",
  // CVE-2022-24736: a crash by a script that loads itself.
  "return {pcall(loadstring, 'return redis.call')}",
  // CVE-2024-31449: bit.tohex with the smallest integer.
  "return bit.tohex(65535, -2147483648)",
  "return bit.tohex(-1, -2147483648)",
  // CVE-2024-46981: the collector finds what has been freed.
  "for i = 1, 50 do local t = setmetatable({}, {__gc = function() end}) t = nil collectgarbage() end return 'alive'",
  // CVE-2025-49844: the parser's chunk name is collected while it parses.
  "for i = 1, 20 do local n = 'name' .. i local parts = 0 " +
    "load(function() parts = parts + 1 collectgarbage() if parts < 20 then return ' local a' .. parts .. ' = 1' end end, n .. ('x'):rep(100)) end return 'alive'",
  "for i = 1, 20 do loadstring('return ' .. i, ('x'):rep(1000) .. i .. '\\0junk') collectgarbage() end return 'alive'",
  // CVE-2025-46817: bounds that overflow.
  "return {pcall(unpack, {}, -2147483648, 2147483647)}",
  "return {pcall(unpack, {}, 0, 2147483647)}",
  "return {pcall(unpack, {}, -2147483647, 2147483647)}",
  "return {pcall(unpack, {1,2}, 2147483647, 2147483647)}",
  "return {pcall(unpack, {1,2}, 1, 1e10)}",
  // CVE-2025-46818: metatables of basic types.
  "getmetatable('').__index = function() return function() return 'evil' end end",
  "getmetatable('').__mul = function() return 'evil' end return 'a' * 'b'",
  "local m = getmetatable(1) if m then m.__index = nil end return tostring(m)",
  "local m = getmetatable(nil) or getmetatable(true) or getmetatable(pairs) return tostring(m)",
  // CVE-2025-46819: long brackets that the lexer reads beyond the end of.
  ...[
    "[=",
    "[==========",
    "[=[",
    "[[",
    "[==[x]=]",
    "--[[",
    "--[==[ x",
    "'",
    "'\\",
    "1e",
    "'\\9",
  ].map(
    (text) => `local f, e = loadstring([====[return ${text}]====]) return {tostring(f), e}`,
  ),
  "return {loadstring('return [' .. ('='):rep(100000))}",
  "return {loadstring('return --[' .. ('='):rep(100000) .. '[')}",
  // CVE-2022-35977, CVE-2023-22458: counts and offsets that overflow, from a script.
  "return redis.pcall('setrange', 'k', '9223372036854775807', 'x')",
  "return redis.pcall('sort', 'none', 'limit', '-9223372036854775808', '9223372036854775807')",
  "return redis.pcall('hrandfield', 'none', '-9223372036854775808')",
  "return redis.pcall('srandmember', 'none', '-9223372036854775808')",
  // CVE-2022-36021: patterns that take for ever.
  "return redis.call('keys', ('a*'):rep(20) .. 'b')",
  // CVE-2018-11218, CVE-2018-11219: cmsgpack and struct beyond their input.
  "return {pcall(cmsgpack.unpack, string.rep('\\145', 100000))}",
  "return {pcall(cmsgpack.unpack, '\\221\\255\\255\\255\\255')}",
  "return {pcall(struct.unpack, 'c2147483647', 'x')}",
  // CVE-2020-14147: sizes in formats that overflow.
  "return {pcall(struct.pack, 'I2147483648', 10)}",
  "return {pcall(struct.pack, 'i99999999999999999999', 10)}",
  "return {pcall(struct.size, '!2147483647b')}",
  // CVE-2021-32626: stacks that overflow in libraries.
  "return {pcall(cjson.decode, string.rep('[', 100000))}",
  "local t = {} for i = 1, 10000 do t = {t} end return {pcall(cjson.encode, t)}",
  "local t = {} for i = 1, 10000 do t = {t} end return #cmsgpack.pack(t)",
  // CVE-2022-24834: lengths of JSON texts that overflow.
  "return #cjson.encode(string.rep('\\1', 100000))",
  "return {pcall(string.rep, 'x', -1)}",
);

const state = attempts(
  "math.randomseed(5) return tostring(math.random())",
  "collectgarbage('stop') return 1",
  "collectgarbage('setpause', 1) return 1",
  "local t = {} t.t = t setmetatable(t, t) return type(t)",
  "string.rep = nil",
  "local s = string s.x = 1",
  "local c = coroutine.create(function() x = 1 end) return {coroutine.resume(c)}",
  "local ok, e = pcall(function() redis.x = 1 end) return {tostring(ok), e}",
  "local ok, e = pcall(rawset, redis, 'x', 1) return {tostring(ok), e}",
  "local f = loadstring('x = 1') return {pcall(f)}",
  "local f = loadstring('return nope') return {pcall(f)}",
  "local f = loadstring('return KEYS') return type(f())",
);

/** What scripts must not be able to do. */
export const scriptSandbox = caseGroup(
  "script_sandbox",
  distinct([
    ...tables,
    ...globals,
    ...strings,
    ...bytecode,
    ...published,
    ...state,
  ]),
);
