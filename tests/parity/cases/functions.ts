/**
 * FUNCTION and FCALL: what libraries may say while they are loaded, how functions are listed, called, dumped and
 * restored, and what hostile libraries come to.
 *
 * @module
 */

import {
  caseGroup,
  type Command,
  distinct,
  type ParityCase,
  sorted,
  type Step,
  wrongArity,
} from "../case.ts";

const EMPTY: readonly Command[] = ["FUNCTION FLUSH"];

/** Requests to a server without libraries. */
function requests(...send: (Command | Step)[]): ParityCase {
  return { send, prepare: EMPTY, cleanup: EMPTY };
}

/** A library called `lib` with this code behind its first line. */
function library(body: string): string {
  return `#!lua name=lib\n${body}`;
}

/** Loads code, and looks what is there then. */
function loading(...codes: string[]): ParityCase[] {
  return codes.map((code) => requests(["FUNCTION", "LOAD", code], "FUNCTION LIST", "FUNCTION STATS"));
}

/** Runs a library's code. */
function running(...bodies: string[]): ParityCase[] {
  return loading(...bodies.map(library));
}

/** A library with a function `f`. */
function functionLibrary(body: string, more = ""): string {
  return library(
    `redis.register_function{function_name='f', callback=function(keys, args) ${body} end${more}}`,
  );
}

/** Calls a function with this body. */
function calling(...bodies: string[]): ParityCase[] {
  return bodies.map((body) =>
    requests(
      ["FUNCTION", "LOAD", functionLibrary(body)],
      ["FCALL", "f", "1", "key", "a", "b"],
      ["FCALL", "f", "0"],
      ["FCALL_RO", "f", "0"],
    )
  );
}

/** Calls a function with these flags that runs its arguments as a command. */
function flagged(flags: string): ParityCase {
  const code = functionLibrary("return redis.call(unpack(args))", `, flags={${flags}}`);
  return requests(
    ["FUNCTION", "LOAD", code],
    "FUNCTION LIST",
    "FCALL f 0 SET k v",
    "FCALL f 0 GET k",
    "FCALL_RO f 0 GET k",
    "FCALL_RO f 0 SET k v",
    "FCALL f 0 PUBLISH c m",
  );
}

const NOOP = "redis.register_function('f', function() return 'here' end)";

const commands: ParityCase[] = [
  ...wrongArity("FUNCTION", [0]),
  ...wrongArity("FUNCTION LOAD", [0]),
  ...wrongArity("FUNCTION DELETE", [0, 2]),
  ...wrongArity("FUNCTION DUMP", [1]),
  ...wrongArity("FUNCTION STATS", [1]),
  ...wrongArity("FUNCTION KILL", [1]),
  ...wrongArity("FUNCTION RESTORE", [0]),
  ...wrongArity("FCALL", [0, 1]),
  ...wrongArity("FCALL_RO", [0, 1]),
  requests("FUNCTION NOPE", "FUNCTION HELP", "FUNCTION HELP x", "FUNCTION KILL", "FUNCTION STATS"),
  requests("FUNCTION LIST", "FUNCTION DUMP", "FUNCTION DELETE lib", "FUNCTION FLUSH"),
  requests(
    "FUNCTION LOAD a b",
    "FUNCTION LOAD REPLACE x",
    "FUNCTION LOAD REPLACE",
    "FUNCTION LOAD replace y z",
  ),
  requests(["FUNCTION", "LOAD", "REPLACE", "replace", library(NOOP)], "FUNCTION LIST"),
  requests("FUNCTION FLUSH x", "FUNCTION FLUSH SYNC x", "FUNCTION FLUSH async", "FUNCTION FLUSH Sync"),
  requests(
    "FUNCTION LIST x",
    "FUNCTION LIST LIBRARYNAME",
    "FUNCTION LIST WITHCODE LIBRARYNAME",
    "FUNCTION LIST WITHCODE WITHCODE",
    "FUNCTION LIST LIBRARYNAME a LIBRARYNAME b",
    "FUNCTION LIST withcode libraryname a x",
  ),
  requests(
    "FCALL f 0",
    "FCALL f x",
    "FCALL_RO f 0",
    ["FUNCTION", "LOAD", library(NOOP)],
    "FCALL f 0",
    "FCALL F 0",
    "FCALL f x",
    "FCALL f -1",
    "FCALL f 1",
    "FCALL f 1.5",
    "FCALL f 9223372036854775807",
    "FCALL f 99999999999999999999",
    "FCALL_RO f x",
    "FCALL_RO f 0",
  ),
  requests(
    "COMMAND GETKEYS FCALL f 2 a b c",
    "COMMAND GETKEYS FCALL_RO f 1 a b",
    "COMMAND GETKEYS FCALL f 0 a",
  ),
  requests(
    ["FUNCTION", "LOAD", library(NOOP)],
    ["FUNCTION", "LOAD", library(NOOP)],
    ["FUNCTION", "LOAD", "REPLACE", library("redis.register_function('g', function() return 'other' end)")],
    "FCALL f 0",
    "FCALL g 0",
    ["FUNCTION", "LOAD", "REPLACE", library("redis.register_function('h', 1)")],
    "FCALL g 0",
    ["FUNCTION", "LOAD", "#!lua name=more\nredis.register_function('g', function() end)"],
    ["FUNCTION", "LOAD", "#!lua name=more\nredis.register_function('G', function() end)"],
    ["FUNCTION", "LOAD", "#!lua name=LIB\nredis.register_function('x', function() end)"],
    sorted("FUNCTION LIST", "a dictionary's order"),
    "FUNCTION STATS",
    "FUNCTION DELETE Lib",
    "FUNCTION DELETE lib",
    "FCALL g 0",
    "FCALL x 0",
    "FUNCTION STATS",
    "FUNCTION DELETE lib",
  ),
  requests(
    ["FUNCTION", "LOAD", library(NOOP)],
    "FUNCTION LIST LIBRARYNAME l*",
    "FUNCTION LIST LIBRARYNAME L?B WITHCODE",
    "FUNCTION LIST WITHCODE LIBRARYNAME [k-m]ib",
    "FUNCTION LIST LIBRARYNAME x*",
    "FUNCTION LIST WITHCODE",
    "FLUSHALL",
    "FCALL f 0",
    "FUNCTION FLUSH",
    "FCALL f 0",
  ),
  requests(
    "MULTI",
    ["FUNCTION", "LOAD", library(NOOP)],
    "FCALL f 0",
    "FUNCTION DELETE lib",
    "FCALL f 0",
    "EXEC",
  ),
  requests(["EVAL", "return redis.call('function','load','x')", "0"], [
    "EVAL",
    "return redis.call('fcall','f',0)",
    "0",
  ], ["EVAL", "return redis.register_function('f', function() end)", "0"]),
];

const metadata = loading(
  "",
  "x",
  "#",
  "#!",
  "#!lua",
  "#!lua\n",
  "#!\n",
  "#!lua name=lib",
  "#!lua name=\nx",
  `#!lua name="lib"\n${NOOP}`,
  `#!lua name='lib'\n${NOOP}`,
  `#!lua "name=lib"\n${NOOP}`,
  `#!lua name="a b"\n${NOOP}`,
  `#!lua name=a-b\n${NOOP}`,
  `#!lua name=\xe4\n${NOOP}`,
  `#!lua name=_9Z\n${NOOP}`,
  `#!lua NAME=lib\n${NOOP}`,
  `#!LUA name=lib\n${NOOP}`,
  `#!Lua   name=lib  \r\n${NOOP}`,
  `#!lua\tname=lib\n${NOOP}`,
  `#! lua name=lib\n${NOOP}`,
  `#!js name=lib\n${NOOP}`,
  `#!js name=a-b\n${NOOP}`,
  `#!lua name=a name=b\n${NOOP}`,
  `#!lua flags=no-writes name=lib\n${NOOP}`,
  `#!lua name=lib foo\n${NOOP}`,
  `#!lua "foo\\x00bar"\n${NOOP}`,
  `#!lua "name=lib\n${NOOP}`,
  `#!lua name=lib\0\n${NOOP}`,
  `#!lua name=lib\n\0${NOOP}`,
  `#!lua name=lib\n${NOOP}\0`,
  ` #!lua name=lib\n${NOOP}`,
  `#!lua name=lib\n\n\n${NOOP}\n\nx`,
);

const registering = running(
  "",
  "x",
  "return 1",
  "a\n=\n=1",
  "redis.register_function()",
  "redis.register_function(1)",
  "redis.register_function('a')",
  "redis.register_function('a', 1)",
  "redis.register_function(nil, function() end)",
  "redis.register_function('a', nil)",
  "redis.register_function(function() end, 'a')",
  "redis.register_function({}, function() end)",
  "redis.register_function(1, function() end)",
  "redis.register_function(1.5, function() end)",
  "redis.register_function('a', function() end, 1)",
  "redis.register_function('a', function() end, {'no-writes'})",
  "redis.register_function('a-b', function() end)",
  "redis.register_function('', function() end)",
  "redis.register_function('a\\0', function() end)",
  "redis.register_function('\\195\\164', function() end)",
  "redis.register_function('a', redis.log)",
  "redis.register_function('a', redis.register_function)",
  `${NOOP} ${NOOP}`,
  "redis.register_function{}",
  "redis.register_function{1}",
  "redis.register_function{[true]=1}",
  "redis.register_function{[1.5]=1}",
  "redis.register_function(redis)",
  "redis.register_function{function_name='f'}",
  "redis.register_function{callback=function() end}",
  "redis.register_function{function_name={}, callback=function() end}",
  "redis.register_function{function_name=true, callback=function() end}",
  "redis.register_function{function_name=5, callback=function() end}",
  "redis.register_function{function_name='a b', callback=function() end}",
  "redis.register_function{function_name='f', callback='f'}",
  "redis.register_function{function_name='f', callback={}}",
  "redis.register_function{function_name='f', callback=function() end, flags=1}",
  "redis.register_function{function_name='f', callback=function() end, flags='no-writes'}",
  "redis.register_function{function_name='f', callback=function() end, flags={}}",
  "redis.register_function{function_name='f', callback=function() end, flags={'x'}}",
  "redis.register_function{function_name='f', callback=function() end, flags={''}}",
  "redis.register_function{function_name='f', callback=function() end, flags={1}}",
  "redis.register_function{function_name='f', callback=function() end, flags={{}}}",
  "redis.register_function{function_name='f', callback=function() end, flags={false}}",
  "redis.register_function{function_name='f', callback=function() end, flags={nil, 'x'}}",
  "redis.register_function{function_name='f', callback=function() end, flags={x='no-writes'}}",
  "redis.register_function{function_name='f', callback=function() end, flags={'NO-WRITES', 'allow-OOM', 'no-writes'}}",
  "redis.register_function{function_name='f', callback=function() end, description={}}",
  "redis.register_function{function_name='f', callback=function() end, description=false}",
  "redis.register_function{function_name='f', callback=function() end, description=12}",
  "redis.register_function{function_name='f', callback=function() end, description=''}",
  "redis.register_function{function_name='f', callback=function() end, description='a\\0\\r\\nb\\255'}",
  "redis.register_function{function_name='f', callback=function() end, nope=1}",
  "redis.register_function{FUNCTION_NAME='f', CallBack=function() end, DESCRIPTION='d', Flags={'allow-stale'}}",
  "redis.register_function{function_name='f', callback=function() end, flags={'no-cluster','allow-stale','allow-oom','no-writes','allow-cross-slot-keys'}}",
);

/** What there is while a library is loaded, and what is not. */
const sandbox = running(
  ...["call", "pcall", "setresp", "sha1hex", "error_reply", "status_reply", "set_repl", "acl_check_cmd"].map(
    (name) => `redis.${name}('get', 'x')`,
  ),
  ...["breakpoint", "debug", "replicate_commands", "nope", "REPL_ALL"].map((name) =>
    `local x = redis.${name}`
  ),
  ...[
    "_G",
    "KEYS",
    "ARGV",
    "string",
    "table",
    "math",
    "cjson",
    "cmsgpack",
    "bit",
    "struct",
    "os",
    "io",
    "debug",
  ].map(
    (name) => `local x = ${name}`,
  ),
  ...["pcall", "error", "assert", "type", "pairs", "next", "select", "unpack", "setmetatable", "getmetatable"]
    .map(
      (name) => `${name}({})`,
    ),
  ...["rawset", "rawget", "loadstring", "load", "dofile", "require", "collectgarbage", "getfenv", "tostring"]
    .map(
      (name) => `${name}('x')`,
    ),
  "x = 1",
  "redis = nil",
  "redis.x = 1",
  "redis.log = nil",
  "redis[1] = 1",
  "local x = redis[1]",
  "local x = redis[true]",
  "local x = redis[{}]",
  "local x = #redis",
  "local x = redis .. 'x'",
  "local x = redis + 1",
  "local x = redis()",
  "function x() end",
  "local function x() end x()",
  "redis.log()",
  "redis.log(1)",
  "redis.log('a', 'b')",
  "redis.log(9, 'b')",
  "redis.log(redis.LOG_DEBUG, 'b')",
  "local v = redis.REDIS_VERSION .. nope",
  "local v = redis.REDIS_VERSION_NUM + nope",
  "local s = ('x'):rep(10) redis.register_function('f' .. s, function() end)",
  "local s = ('%d'):format(5) redis.register_function('f' .. s, function() end)",
  "local s = ('abc'):gsub('b', function() return nope end)",
  "local s = ('x'):nope()",
  "local t = {} t.a.b = 1",
  "local function f() return f() + 1 end f()",
  "local t = nil .. 1",
  "for i = 1, 10 do redis.register_function('f', function() return i end) end",
  "while true do end",
  "('x'):gsub('x', function() while true do end end)",
  "local function f() return f() end f()",
  "\x1bLua",
);

const calls = calling(
  "return {keys, args}",
  "return #keys + #args",
  "keys[1] = 'changed' return keys",
  "return KEYS",
  "return ARGV[1]",
  "return _G.KEYS",
  "x = 1",
  "_G.x = 1",
  "return nope",
  "return redis.nope",
  "return type(redis.register_function)",
  "redis.register_function('g', function() end)",
  "return redis.call()",
  "return redis.call('nope')",
  "return redis.call('get')",
  "return redis.call('set', 'k', 'v')",
  "return redis.call('incr', 'n')",
  "return redis.call('eval', 'return 1', 0)",
  "return redis.call('fcall', 'f', 0)",
  "return redis.call('function', 'list')",
  "return redis.call('function', 'flush')",
  "redis.call('set', 's', 'v') return redis.call('lpush', 's', 'v')",
  "redis.call('set', 's', 'v') return redis.pcall('lpush', 's', 'v')",
  "redis.call('set', 's', 'v') return {pcall(redis.call, 'lpush', 's', 'v')}",
  "error('oops')",
  "error('oops', 0)",
  "error()",
  "error({err='MY fault'})",
  "return {err='MY fault'}",
  "return redis.error_reply('MY fault')",
  "return redis.status_reply('FINE')",
  "return {ok='FINE'}",
  "return {double=3.5}",
  "return {map={a=1}}",
  "return {set={a=true}}",
  "return 3.99",
  "return true",
  "return false",
  "return nil",
  "",
  "redis.setresp(3) return redis.call('hgetall', 'none')",
  "redis.setresp(3) return true",
  "return redis.sha1hex('')",
  "return redis.REDIS_VERSION_NUM > 0",
  "return redis.acl_check_cmd('get', 'k')",
  "redis.set_repl(redis.REPL_NONE) return redis.call('set', 'k', 'v')",
  "return type(redis.breakpoint) .. type(redis.debug) .. type(redis.replicate_commands)",
  "return cjson.encode({1, 2, 'x'})",
  "return cmsgpack.unpack(cmsgpack.pack('x'))",
  "return struct.pack('>I2', 258)",
  "return bit.band(7, 12)",
  "return loadstring('return nope')()",
  "return loadstring('x = 1')()",
  "return loadstring('return 5')()",
  "return type(__redis__err__handler)",
  "return tostring(pcall(function() return KEYS end))",
  "local t = {} for k in pairs(redis) do t[#t+1] = k end table.sort(t) return t",
  "return unpack({1, 2, 3})",
  "rawset(_G, 'x', 1)",
  "rawset(redis, 'x', 1)",
  "setmetatable(_G, {})",
  "getmetatable(_G).__index = function() return 'evil' end return nope",
  "getmetatable(_G).__index.x = 1",
  "string.upper = nil",
  "getmetatable('').__index = nil",
  "return type(getmetatable(_G).__index)",
  "return rawget(_G, 'redis') == redis",
  "return package.loadlib('liblua5.1.so.0', 'luaopen_os')",
  "return debug.getregistry()",
  "return io.open('/etc/passwd')",
  "return getfenv(1)",
  "return {pcall(unpack, {}, 0, 2147483647)}",
  "return bit.tohex(65535, -2147483648)",
  "collectgarbage() return 'alive'",
);

const flags: ParityCase[] = [
  flagged(""),
  flagged("'no-writes'"),
  flagged("'allow-oom'"),
  flagged("'allow-stale'"),
  flagged("'no-cluster'"),
  flagged("'allow-cross-slot-keys'"),
  flagged("'no-writes','allow-oom'"),
  ...["", "'no-writes'", "'allow-oom'"].map((names): ParityCase => ({
    name: `without memory, flags ${names}`,
    send: [
      "FCALL f 0 SET k v",
      "FCALL f 0 GET k",
      "FCALL f x",
      "FCALL_RO f 0 GET k",
      "FCALL nope 0",
      [
        "FUNCTION",
        "LOAD",
        "x",
      ],
      "FUNCTION RESTORE x",
      "FUNCTION DELETE nope",
      "FUNCTION LIST LIBRARYNAME nope",
    ],
    prepare: [
      ...EMPTY,
      ["FUNCTION", "LOAD", functionLibrary("return redis.call(unpack(args))", `, flags={${names}}`)],
      "CONFIG SET maxmemory 1",
    ],
    cleanup: ["CONFIG SET maxmemory 0", ...EMPTY],
  })),
];

/** Libraries share nothing with scripts, but what is local to a library stays. */
const state: ParityCase[] = [
  requests(
    [
      "FUNCTION",
      "LOAD",
      library("local n = 0 redis.register_function('f', function() n = n + 1 return n end)"),
    ],
    "FCALL f 0",
    "FCALL f 0",
    ["FUNCTION", "LOAD", "#!lua name=more\nredis.register_function('g', function() return n end)"],
    "FCALL g 0",
    "FCALL f 0",
    ["EVAL", "return n", "0"],
    ["EVAL", "return f()", "0"],
    "SCRIPT FLUSH",
    "FCALL f 0",
  ),
  requests(
    [
      "FUNCTION",
      "LOAD",
      library(
        "local r = redis.register_function r('f', function() r('g', function() end) end) " +
          "local log = redis.log r('h', function() return log(1, 'x') end)",
      ),
    ],
    "FCALL f 0",
    "FCALL h 0",
    "FCALL g 0",
  ),
  requests(
    [
      "FUNCTION",
      "LOAD",
      library("local r = redis redis.register_function('f', function() return r == redis end)"),
    ],
    "FCALL f 0",
  ),
  requests(
    [
      "FUNCTION",
      "LOAD",
      library("local r = redis redis.register_function('f', function() return r.call end)"),
    ],
    "FCALL f 0",
  ),
  requests(
    ["FUNCTION", "LOAD", library("local r = redis redis.register_function('f', function() r.x = 1 end)")],
    "FCALL f 0",
  ),
  requests(
    [
      "FUNCTION",
      "LOAD",
      library(
        "local function twice(x) return redis.call('incrby', x, 2) end " +
          "redis.register_function('f', function(keys) twice(keys[1]) return twice(keys[1]) end)",
      ),
    ],
    "FCALL f 1 counter",
    "GET counter",
    "SELECT 1",
    "FCALL f 1 counter",
    "GET counter",
  ),
];

// What redis-server 7.0.15 dumps: no library, and one called `lib` with a function `f`.
const NOTHING = "\n\x00]\x9b\\@\x0f\x7f\xa2\xda";
const DUMPED =
  '\xf5\xc3@\x8c@\xa0\x1f#!lua name=l\nredis.register_func\x04tion{\xc0\x08\x00_`\'\x0c"f",callback=\xc0\x1a\r(k,a) return { ' +
  '\x0c\x0c} end,descrip@E\x11="de\\0sc",flags={" C\x11ow-oom","no-writes\xe0\x04\x0b\x01}}\n\x00B\xb1\xc6\xef\xd2\x90\xf3%';

const restoring: ParityCase[] = [
  requests(["FUNCTION", "RESTORE", NOTHING], ["FUNCTION", "RESTORE", DUMPED], "FUNCTION LIST WITHCODE", [
    "FCALL",
    "f",
    "1",
    "k",
    "a",
  ]),
  requests(["FUNCTION", "RESTORE", DUMPED], "FUNCTION DUMP"),
  ...["APPEND", "replace", "Flush"].flatMap((policy) => [
    requests(
      ["FUNCTION", "RESTORE", DUMPED, policy],
      ["FUNCTION", "RESTORE", DUMPED, policy],
      "FUNCTION LIST",
      ["FUNCTION", "RESTORE", NOTHING, policy],
      "FUNCTION LIST",
    ),
    requests(
      ["FUNCTION", "LOAD", "#!lua name=other\nredis.register_function('g', function() return 'g' end)"],
      ["FUNCTION", "RESTORE", DUMPED, policy],
      sorted("FUNCTION LIST", "a dictionary's order"),
      "FCALL g 0",
      "FCALL f 0",
    ),
    requests(
      ["FUNCTION", "LOAD", "#!lua name=other\nredis.register_function('F', function() return 'F' end)"],
      ["FUNCTION", "RESTORE", DUMPED, policy],
      "FUNCTION LIST",
      "FCALL f 0",
    ),
    requests(
      ["FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('g', function() return 'old' end)"],
      ["FUNCTION", "RESTORE", DUMPED, policy],
      "FUNCTION LIST",
      "FCALL g 0",
      "FCALL f 0",
    ),
  ]),
  requests(
    ["FUNCTION", "RESTORE", DUMPED, "NOPE"],
    ["FUNCTION", "RESTORE", DUMPED, "FLUSH", "x"],
    ["FUNCTION", "RESTORE", "x"],
    ["FUNCTION", "RESTORE", ""],
    ["FUNCTION", "RESTORE", DUMPED.slice(0, -1)],
    ["FUNCTION", "RESTORE", DUMPED.replace("redis", "Redis")],
    ["FUNCTION", "RESTORE", DUMPED, "x"],
    "FUNCTION LIST",
  ),
  requests(
    ["FUNCTION", "RESTORE", "\x00\n\x00\xf1\xbd\x50\x21\x7e\x2f\xc0\x2b"],
    ["FUNCTION", "RESTORE", "\xf5\n\x00?\x97u!\x84\xd9\\\xa4"],
    ["FUNCTION", "RESTORE", "\xf5\x02ab\n\x00\xc9\xa8\xcd\xfc)\xefkx"],
    ["FUNCTION", "RESTORE", "\xf5\xc3\x00\n\x00\x8fS\x90<~\x96e\xd1"],
    ["FUNCTION", "RESTORE", "\xff\n\x00\xc9H\x85\x1cr'<\x17"],
    ["FUNCTION", "RESTORE", "c\x00\xcc\xd3H\xad\xb5\xb0\xe5\x85"],
    "FUNCTION LIST",
  ),
];

/** FUNCTION and FCALL. */
export const functions = caseGroup(
  "functions",
  distinct([
    ...commands,
    ...metadata,
    ...registering,
    ...sandbox,
    ...calls,
    ...flags,
    ...state,
    ...restoring,
  ]),
);
