/**
 * The libraries that scripts have: cjson, cmsgpack, struct, bit, and Lua's own string, table and math.
 *
 * @module
 */

import { caseGroup, distinct, type ParityCase } from "../case.ts";

/** What expressions return, or their error, which pcall catches: several in one case would hide each other. */
function expressions(...texts: string[]): ParityCase[] {
  return texts.map((text) => ({ send: [["EVAL", `return {pcall(function() return ${text} end)}`, "0"]] }));
}

/** Whole scripts. */
function scripts(...texts: string[]): ParityCase[] {
  return texts.map((text) => ({ send: [["EVAL", text, "0"]] }));
}

const hex = "(function(s) return (s:gsub('.', function(c) return string.format('%02x', c:byte()) end)) end)";

const encode = [
  ..."nil|true|false|1|-1|0|-0|1.5|0.1|1/3|1e14|1e15|123456789012345|1e100|-1e-7|1e-5|12345.678901234567|2^31|2^53"
    .split("|"),
  ..."1/0|-1/0|0/0|''|'abc'|'a\"b'|'\\\\\\\\'|'/'|'\\b\\f\\n\\r\\t'|'\\0\\1\\31\\127\\128\\255'|'\\195\\169'"
    .split("|"),
  ..."{}|{1,2,3}|{1,nil,3}|{[1]=1,[2]=2,[4]=4}|{[1]=1,[10]=2}|{[1]=1,[11]=2}|{[5]=1}|{[20]=1}|{[0]=1}|{[-1]=1}|{[1.5]=1}"
    .split("|"),
  ..."{a=1}|{a={b={}}}|{['1']=1}|{[true]=1}|{[{}]=1}|{1,2,a=3}|{{},{{}}}|{cjson.null,1}|{a=cjson.null}|cjson.null"
    .split("|"),
  ..."function() end|{function() end}|coroutine.create(function() end)|redis|string|{['a/b\"']='x'}|{1234567.5}|{[1e15]=1}"
    .split("|"),
].map((value) => `cjson.encode(${value})`);

const decode = [
  ..."1|-1|0|-0|1.5|1e3|1E+2|1.e1|.5|+1|01|0x10|-0x1F|0x1p4|inf|-inf|nan|-nan|Infinity|NaN|1x|-|--1|1e|1e400"
    .split("|"),
  ...'"abc"|""|"\\u00e9"|"\\u0000"|"\\ud83d\\ude00"|"\\ud800"|"\\udc00"|"\\ud83dx"|"\\ud83d\\u0041"|"\\u12"|"\\uzzzz"|"\\x"|"\\'
    .split("|"),
  ...'"abc|"a\nb"|"\\"\\\\\\/\\b\\f\\n\\r\\t"|true|false|null|tru|nul|True|trueish|[]|[1]|[1,2,[3]]|[1,]|[,1]|[1 2]|[1|[|]|[}'
    .split("|"),
  ...'{}|{"a":1}|{"a":{"b":[]}}|{"a":1,}|{,}|{"a"}|{"a":}|{"a" 1}|{a:1}|{1:1}|{"a":1 "b":2}|{|}|{"a":1|{"a":1,"a":2}'
    .split("|"),
  ...' [ 1 , 2 ] |[1]x|[1] 2|1 2|:|,|\t\n\r 1|[true,false,null]|{"1":2}|[1.5,-2.25,1e10]|[9007199254740993]'
    .split("|"),
  ..."\xff|\0\0|\x001|[1]\0|[1,\0]|/*x*/1|//|'a'|[\"\xff\"]|".split("|"),
];

/** What is decoded, told in a form that shows all of it. */
const show = "local function show(v) if type(v) == 'table' then local t = {} for k, x in pairs(v) do " +
  "t[#t+1] = type(k) .. ':' .. tostring(k) .. '=' .. show(x) end table.sort(t) return '{' .. table.concat(t, ',') .. '}' end " +
  "if v == cjson.null then return 'null' end return type(v) .. ':' .. tostring(v) end ";

const json: ParityCase[] = [
  ...expressions(...encode),
  ...decode.map((text): ParityCase => ({
    send: [[
      "EVAL",
      `${show} local ok, v = pcall(cjson.decode, ARGV[1]) return ok and show(v) or v`,
      "0",
      text,
    ]],
  })),
  ...expressions(
    "cjson.encode()",
    "cjson.encode(1,2)",
    "cjson.decode()",
    "cjson.decode('1','2')",
    "cjson.decode(12)",
    "cjson.decode(nil)",
    "cjson.decode({})",
    "cjson.encode_max_depth()",
    "cjson.encode_max_depth(0)",
    "cjson.encode_max_depth('x')",
    "cjson.encode_max_depth(1,2)",
    "cjson.decode_max_depth()",
    "cjson.decode_max_depth(2147483648)",
    "cjson.encode_number_precision()",
    "cjson.encode_number_precision(15)",
    "cjson.encode_number_precision(0)",
    "cjson.encode_keep_buffer()",
    "cjson.encode_keep_buffer(false)",
    "cjson.encode_invalid_numbers()",
    "cjson.encode_invalid_numbers('x')",
    "cjson.encode_invalid_numbers('off')",
    "cjson.decode_invalid_numbers()",
    "cjson.decode_invalid_numbers('null')",
    "cjson._NAME .. cjson._VERSION",
    "type(cjson.null)",
    "cjson.decode(string.rep('[',1000)..string.rep(']',1000)) ~= nil",
    "cjson.decode(string.rep('[',1001)..string.rep(']',1001))",
    "cjson.decode(string.rep('{\"a\":',1001))",
    "(function() local t = 1 for i=1,1000 do t = {t} end return #cjson.encode(t) end)()",
    "(function() local t = 1 for i=1,1001 do t = {t} end return cjson.encode(t) end)()",
    "(function() local t = {} t.t = t return cjson.encode(t) end)()",
    'cjson.encode(cjson.decode(\'{"b":[1,2,{"c":null}],"a":"x"}\'))',
  ),
  // What these set is for all scripts to come in Redis: so each sets it back, or uses an instance of its own.
  ...scripts(
    "local c = cjson.new() c.encode_max_depth(2) return {pcall(c.encode,{{{}}})}",
    "local c = cjson.new() c.decode_max_depth(2) return {pcall(c.decode,'[[[]]]')}",
    "local c = cjson.new() c.encode_number_precision(3) return {c.encode(3.14159), cjson.encode(3.14159)}",
    "local c = cjson.new() c.encode_sparse_array(true) return {c.encode({[100]=1}), pcall(cjson.encode,{[100]=1})}",
    "local c = cjson.new() c.encode_sparse_array(true,1,2) return c.encode({[3]=1})",
    "local c = cjson.new() c.encode_sparse_array(false,0) return #c.encode({[100]=1})",
    "local c = cjson.new() c.encode_invalid_numbers('null') return c.encode({0/0,1/0})",
    "local c = cjson.new() c.encode_invalid_numbers(true) return c.encode({1/0,-1/0})",
    "local c = cjson.new() c.decode_invalid_numbers(false) return {pcall(c.decode,'[0x10]')}",
    "local c = cjson.new() c.decode_invalid_numbers('off') return {pcall(c.decode,'[nan]')}",
    "local c = cjson.new() return {tostring(c.encode_keep_buffer(false)), tostring(c.encode_invalid_numbers('null'))}",
    "local c = cjson.new() c.x = 1 return c.x",
  ),
];

const packed = [
  ..."nil|true|false|0|1|127|128|255|256|65535|65536|2^32-1|2^32|2^53|2^62|2^63|-1|-32|-33|-128|-129|-32768|-32769|-2^31|-2^31-1"
    .split("|"),
  ..."-2^63|1.5|0.1|1/0|-1/0|1e300|3.4e38|''|'a'|string.rep('x',31)|string.rep('x',32)|{}|{1,2,3}|{1,nil,3}|{a=1}|{[1]=1,[3]=3}"
    .split("|"),
  ..."{[1.5]=1}|{[0]=1}|{{},{{}}}|{1,2,a=3}|{true,false}|function() end|cjson.null|1,2,3|'a',nil,{}|{['a']={['b']={1}}}"
    .split("|"),
];

const messagePack: ParityCase[] = [
  ...expressions(...packed.map((value) => `${hex}(cmsgpack.pack(${value}))`)),
  ...expressions(
    "#cmsgpack.pack(string.rep('x',256))",
    "#cmsgpack.pack(string.rep('x',70000))",
    `${hex}(cmsgpack.pack(string.rep('x',256)):sub(1,5))`,
    `${hex}(cmsgpack.pack(string.rep('x',70000)):sub(1,8))`,
    `${hex}(cmsgpack.pack((function() local t = {} for i=1,16 do t[i] = i end return t end)()))`,
    `#cmsgpack.pack((function() local t = {} for i=1,70000 do t[i] = 1 end return t end)())`,
    `#cmsgpack.pack((function() local t = {} for i=1,300 do t['k'..i] = 1 end return t end)())`,
    `${hex}(cmsgpack.pack((function() local t = 1 for i=1,20 do t = {t} end return t end)()))`,
    "cmsgpack.pack()",
    "cmsgpack.unpack('')",
    "cmsgpack.unpack()",
    "cmsgpack.unpack({})",
    "cmsgpack.unpack('\\1\\2\\3')",
    "cmsgpack.unpack('\\192\\194\\195')",
    "cmsgpack.unpack('\\193')",
    "cmsgpack.unpack('\\204')",
    "cmsgpack.unpack('\\205\\1')",
    "cmsgpack.unpack('\\206\\1\\2\\3\\4')",
    "cmsgpack.unpack('\\207\\0\\0\\0\\0\\0\\0\\1\\0')",
    "tostring(cmsgpack.unpack('\\207\\255\\255\\255\\255\\255\\255\\255\\255'))",
    "cmsgpack.unpack('\\208\\128\\209\\128\\0\\210\\128\\0\\0\\0')",
    "tostring(cmsgpack.unpack('\\211\\128\\0\\0\\0\\0\\0\\0\\0'))",
    "tostring(cmsgpack.unpack('\\202\\63\\192\\0\\0'))",
    "tostring(cmsgpack.unpack('\\203\\63\\248\\0\\0\\0\\0\\0\\0'))",
    "cmsgpack.unpack('\\163abc\\163ab')",
    "cmsgpack.unpack('\\217\\3abc')",
    "cmsgpack.unpack('\\218\\0\\3abc\\219\\0\\0\\0\\1x')",
    "cmsgpack.unpack('\\196\\3abc')",
    "cmsgpack.unpack('\\212\\1\\1')",
    "cmsgpack.unpack('\\147\\1\\2\\3')",
    "cmsgpack.unpack('\\147\\1\\2')",
    "cmsgpack.unpack('\\220\\0\\2\\1\\2\\221\\0\\0\\0\\1\\7')",
    "cmsgpack.unpack('\\129\\161a\\1').a",
    "cmsgpack.unpack('\\222\\0\\1\\161a\\1').a",
    "cmsgpack.unpack('\\223\\0\\0\\0\\1\\161a\\1').a",
    "cmsgpack.unpack('\\129\\192\\1')",
    "cmsgpack.unpack('\\129\\161a')",
    "cmsgpack.unpack('\\221\\255\\255\\255\\255')",
    "cmsgpack.unpack_one('\\1\\2\\3')",
    "cmsgpack.unpack_one('\\1\\2\\3',1)",
    "cmsgpack.unpack_one('\\1\\2\\3',2)",
    "cmsgpack.unpack_one('\\1\\2\\3',3)",
    "cmsgpack.unpack_one('\\1\\2\\3',4)",
    "cmsgpack.unpack_one('\\1\\2\\3',-1)",
    "cmsgpack.unpack_limit('\\1\\2\\3',2)",
    "cmsgpack.unpack_limit('\\1\\2\\3',2,1)",
    "cmsgpack.unpack_limit('\\1\\2\\3',0)",
    "cmsgpack.unpack_limit('\\1\\2\\3',-1)",
    "cmsgpack.unpack_limit('\\1\\2\\3')",
    "cmsgpack.unpack(cmsgpack.pack({1,'x',{a=true}},nil,2.5))",
    "#cmsgpack.unpack(cmsgpack.pack({1,2,{3,{4}}}))[3]",
    "cmsgpack._NAME .. cmsgpack._VERSION .. cmsgpack._COPYRIGHT .. cmsgpack._DESCRIPTION",
    "cmsgpack.unpack(string.rep('\\145',100000))",
  ),
];

const structs: ParityCase[] = expressions(
  ..."'b',-1|'B',255|'B',256|'h',-2|'H',65535|'l',-3|'L',2^53|'T',7|'i',-4|'I',2^32-1|'i1',-1|'i3',-2|'I8',2^40|'i16',-1|'i32',-1"
    .split("|")
    .map((args) => `${hex}(struct.pack(${args}))`),
  ..."'i33',1|'i99999999999',1|'>i',1|'<i',1|'>h<h',1,1|'>I3',66051|'f',1.5|'d',1.5|'>f',0.1|'>d',0.1|'s','abc'|'s',''|'c2','abc'"
    .split("|")
    .map((args) => `${hex}(struct.pack(${args}))`),
  ..."'c0','abc'|'c','abc'|'c5','abc'|'bxh',1,2|'!4bi',1,2|'!bd',1,2|'!8bl',1,2|'!3b',1|'! b',1|'=b',1|'z',1|' b b ',1,2|'b'"
    .split("|")
    .map((args) => `${hex}(struct.pack(${args}))`),
  ..."'b','x'|'b',1.9|'b',-1.9|'L',-1|'L',1e30|'l',1e30|'s',12|'I',-1|'',1|'!16i',1|'!2i16bi16',1,2,3|'bbb',1,2,3"
    .split("|")
    .map((args) => `${hex}(struct.pack(${args}))`),
  ..."'b','\\255'|'B','\\255'|'h','\\1\\2'|'>h','\\1\\2'|'I','\\1\\2\\3\\4'|'i3','\\255\\255\\255'|'I3','\\255\\255\\255'|'l','\\255\\255\\255\\255\\255\\255\\255\\255'"
    .split("|").map((args) => `struct.unpack(${args})`),
  ..."'L','\\0\\0\\0\\0\\0\\0\\0\\1'|'f','\\0\\0\\192\\63'|'s','abc\\0def'|'s','abc'|'c2','abc'|'c','abc'|'c0','abc'|'Bc0','\\3abcd'|'Bc0','\\5abc'"
    .split("|").map((args) => `struct.unpack(${args})`),
  ..."'bb','\\1'|'b','\\1\\2',2|'b','\\1\\2',3|'b','\\1\\2',0|'b','\\1\\2',-1|'b','\\1\\2',99999999999|'bxb','\\1\\2\\3'|'!4bi','\\1\\0\\0\\0\\2\\0\\0\\0'"
    .split("|").map((args) => `struct.unpack(${args})`),
  ..."'i16','\\1'..string.rep('\\0',15)|'i32',string.rep('\\255',32)|'sBs','a\\0\\7b\\0'|'',''|'z','x'|'b'|'cc0','3abc'"
    .split("|")
    .map((args) => `struct.unpack(${args})`),
  ..."'b'|'bhil'|'!bhil'|'!4bl'|'c10'|'s'|'c0'|'i3x'|'>bb'|''|'z'|'fd'|'T'|'!b!2h'|'=b'|'i40'".split("|")
    .map((args) => `struct.size(${args})`),
  "tostring(struct.unpack('d',struct.pack('d',0.1)))",
  "tostring(struct.unpack('f',struct.pack('f',0.1)))",
  "struct.unpack('bhil',struct.pack('bhil',1,2,3,4))",
  "struct.pack()",
  "struct.unpack('c2147483647','x')",
);

const bits: ParityCase[] = expressions(
  ..."0|1|-1|2^31|2^32|2^32-1|-2^31|2^53|1.5|2.5|-1.5|-0.5|1e300|1/0|0/0|'12'|'0x10'".split("|").map((arg) =>
    `bit.tobit(${arg})`
  ),
  ..."0|-1|1|2^31|12345".split("|").flatMap((
    arg,
  ) => [`bit.bnot(${arg})`, `bit.bswap(${arg})`, `bit.tohex(${arg})`]),
  ..."1,2|255,15,7|-1,2^31|'1','2'|1".split("|").flatMap((
    args,
  ) => [`bit.band(${args})`, `bit.bor(${args})`, `bit.bxor(${args})`]),
  ..."1,0|1,1|1,31|1,32|1,33|-1,1|-1,31|256,8|-256,-1|0x12345678,12".split("|").flatMap((args) =>
    ["lshift", "rshift", "arshift", "rol", "ror"].map((name) => `bit.${name}(${args})`)
  ),
  ..."255,4|255,-4|255,0|255,8|255,9|255,-8|255,100|255,-100|-1,-2147483648|255,2147483647|1,-2147483649"
    .split("|")
    .map((args) => `bit.tohex(${args})`),
  "bit.tobit()",
  "bit.band()",
  "bit.band(1,{})",
  "bit.lshift(1)",
  "bit.tobit('x')",
  "bit.tohex()",
);

const lua: ParityCase[] = [
  ...expressions(
    "('hello'):find('l')",
    "('hello'):find('l',1,true)",
    "('hello'):find('(l)(l)')",
    "('key=value'):match('(%w+)=(%w+)')",
    "('abc'):gsub('%w','%0%0')",
    "('abc'):gsub('b',{b='X'})",
    "('abc'):gsub('(a)(b)','%2%1')",
    "('abc'):gsub('b','%9')",
    "('abc'):gsub('(','x')",
    "('abc'):gsub('[','x')",
    "('abc'):gsub('%','x')",
    "('a,b,,c'):gsub(',',';',2)",
    "('abc'):byte(1,-1)",
    "string.char(65,66,0,255)",
    "string.char(256)",
    "('abc'):sub(-2)",
    "('abc'):rep(3)",
    "('abc'):reverse()",
    "('aBc'):upper() .. ('aBc'):lower()",
    "#string.dump(function() end) > 0",
    "string.format('%q','a\\0b\\r\\n\"')",
    "string.format('%10.3s|','abcdef')",
    "string.format('%i %u %o %X %e %G', 1, 2, 8, 255, 1.5, 1e20)",
    "string.format('%s')",
    "string.format('%d', 1.9)",
    "string.format('%.20f', 0.1)",
    "string.format('%.14g|%.17g', 0.1, 0.1)",
    "string.format('%a', 1)",
    "string.format('%5$d', 1)",
    "string.format('%0100d', 1)",
    "string.gfind('a','a')",
    "table.concat({1,2,3},'-')",
    "table.concat({},'-')",
    "table.remove({1,2,3})",
    "table.remove({})",
    "table.insert({},1,2,3)",
    "table.insert(nil,1)",
    "table.insert({})",
    "table.maxn({1,2,[10]=3})",
    "table.getn({1,2,3})",
    "table.setn({},1)",
    "math.floor(1.5) .. math.ceil(1.5) .. math.max(1,2,3) .. math.min(3,2,1)",
    "math.abs(-1) .. math.sqrt(16) .. math.fmod(7,3) .. math.mod(7,3)",
    "tostring(math.pi) .. tostring(math.huge) .. tostring(-math.huge)",
    "tostring(math.sin(1)) .. tostring(math.exp(1)) .. tostring(math.log(10))",
    "tostring(math.pow(2,0.5)) .. tostring(math.log10(1000)) .. tostring(math.ldexp(1,10))",
    "math.modf(3.7)",
    "math.frexp(8)",
    "math.max()",
    "math.floor('x')",
    "tostring(10/3) .. ' ' .. 1e15 .. ' ' .. 1e14 .. ' ' .. 123456789012345678",
    "tostring(-0) .. tostring(0/0 ~= 0/0)",
    "1e308*10 == 1/0",
    "7 % 3 .. ' ' .. -7 % 3 .. ' ' .. 7 % -3 .. ' ' .. 5.5 % 2",
    "2^10 .. ' ' .. 10/2",
    "'10' + 5 .. ' ' .. '0x10' + 0",
    "tonumber('1e1') .. tonumber('10',2) .. tostring(tonumber('z')) .. tostring(tonumber(''))",
    "tonumber('ff',16) .. tonumber('7',8) .. tostring(tonumber('8',8))",
    "tostring(nil) .. tostring(true)",
    "#'abc' .. #{1,2,3}",
    "type(tostring({}))",
    "rawequal('a','a')",
    "rawget({a=1},'a')",
    "rawset({},'a',1).a",
    "select('#',1,nil,nil)",
    "select(2,'a','b','c')",
    "next({})",
    "ipairs({1})",
    "(function(...) return select('#',...) end)(1,2,nil)",
    "'a' < 'b' and 'a' <= 'a' and not ('b' < 'a')",
  ),
  ...scripts(
    "local t = {5,3,1,4} table.sort(t) return t",
    "local t = {5,3,1,4} table.sort(t, function(a,b) return a > b end) return t",
    "local t = {1,2,3} table.sort(t, function() return true end) return #t",
    "local t = {} for i=1,1000 do t[i] = (i*7919) % 1009 end table.sort(t) return {t[1],t[500],t[1000]}",
    "local t = {} for w in ('one two three'):gmatch('%a+') do t[#t+1] = w end return t",
    "local t = {} table.foreach({a=1}, function(k,v) t[#t+1] = k .. v end) return t",
    "local t = {} table.foreachi({1,2}, function(i,v) t[#t+1] = i .. v end) return t",
    "local t = {10,20,30} local s = 0 for i, v in ipairs(t) do s = s + i * v end return s",
    "local t = {a=1,b=2,c=3,d=4,e=5} local r = {} for k, v in pairs(t) do r[#r+1] = k end return r",
    "local t = {} for i=1,20 do t['key' .. i] = i end local r = {} for k in pairs(t) do r[#r+1] = k end return r",
    "local t = {[1]=1,[2]=2,[100]=3,x=4,[1.5]=5,[-1]=6} local r = {} for k in pairs(t) do r[#r+1] = tostring(k) end return r",
    "local s = '' for i=1,3 do for j=1,3 do if j == 2 then break end s = s .. i .. j end end return s",
    "local i = 0 repeat i = i + 1 until i == 5 return i",
    "local a, b = 1 return {a, tostring(b)}",
    "local function fib(n) if n < 2 then return n end return fib(n-1) + fib(n-2) end return fib(15)",
    "local mt = {__add=function(a,b) return a.v + b.v end,__tostring=function() return 'T' end,__call=function(_,x) return x end," +
      "__len=function() return 9 end,__eq=function() return true end,__concat=function() return 'cat' end} " +
      "local a, b = setmetatable({v=1},mt), setmetatable({v=2},mt) return {a+b, tostring(a), a(5), #a, a == b, a .. b}",
    "local t = setmetatable({}, {__index=function(_,k) return k .. '!' end,__newindex=function(t,k,v) rawset(t,k,v*2) end}) t.x = 2 return {t.x, t.y}",
    "local t = setmetatable({}, {__mode='k'}) t[{}] = 1 collectgarbage() local n = 0 for _ in pairs(t) do n = n + 1 end return n",
    "return getmetatable(setmetatable({}, {__metatable='locked'}))",
    "setmetatable(setmetatable({}, {__metatable='locked'}), {})",
    "local s = {} for i=1,10000 do s[#s+1] = 'x' end return #table.concat(s)",
  ),
];

/** The libraries of scripts. */
export const scriptLibraries = caseGroup(
  "script_libraries",
  distinct([...json, ...messagePack, ...structs, ...bits, ...lua]),
);
