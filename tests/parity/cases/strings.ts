/**
 * The group "string" but for the counters: SET and its options, ranges, several keys, LCS.
 *
 * @module
 */

import {
  approximate,
  caseGroup,
  type Command,
  each,
  type ParityCase,
  type SendStep,
  wrongArity,
} from "../case.ts";

/** Far in the future, in seconds: the year 3021. */
const FUTURE = 33177117420;

const expiryOptions = ["", "EX 100", "PX 100000", `EXAT ${FUTURE}`, `PXAT ${FUTURE}000`, "KEEPTTL"];

/** What a key may be before a command; its expiry is relative or absolute as the command's is. */
function statesFor(expiry: string): Record<string, readonly Command[]> {
  const own = isRelative(expiry) ? "EX 1000" : `EXAT ${FUTURE - 1000}`;
  return { missing: [], "without expiry": ["SET k old"], "with expiry": [`SET k old ${own}`] };
}

function isRelative(expiry: string): boolean {
  return /^[EP]X /.test(expiry);
}

/** How long the key has left: exact where the time is absolute. */
function left(expiry: string): Command | SendStep {
  return isRelative(expiry) ? approximate("TTL k", 1) : "PEXPIRETIME k";
}

function join(...words: readonly string[]): string {
  return words.filter((word) => word !== "").join(" ");
}

function setMatrix(): ParityCase[] {
  const cases: ParityCase[] = [];
  for (const expiry of expiryOptions) {
    for (const [state, before] of Object.entries(statesFor(expiry))) {
      for (const condition of ["", "NX", "XX"]) {
        for (const get of ["", "GET"]) {
          const set = join("SET k new", condition, get, expiry);
          cases.push({ name: `${set}, key ${state}`, send: [...before, set, "GET k", left(expiry)] });
        }
      }
    }
  }
  return cases;
}

/** Every ordered pair of options, most of which exclude each other. */
function optionPairs(command: string, options: readonly string[]): ParityCase[] {
  const cases: ParityCase[] = [];
  for (const first of options) {
    for (const second of options) {
      const request = join(command, first, second);
      cases.push({
        name: `pair: ${command}, ${first || "nothing"}, ${second || "nothing"}`,
        send: ["SET k old EX 5000", request, "GET k", approximate("TTL k", 1)],
      });
    }
  }
  return cases;
}

const badTimes = [
  "0",
  "-1",
  "-9223372036854775808",
  "9223372036854775807",
  "9223372036854775808",
  "9223372036854775",
  "9223372036854776",
  "18446744073709551616",
  "abc",
  "",
  " 1",
  "1 ",
  "+1",
  "01",
  "-0",
  "1.5",
  "1e3",
  "0x10",
];

function timeErrors(): ParityCase[] {
  const cases: ParityCase[] = [];
  for (const time of badTimes) {
    for (const option of ["EX", "PX", "EXAT", "PXAT"]) {
      cases.push(
        {
          name: `SET k v ${option} ${JSON.stringify(time)}`,
          send: ["SET k old", ["SET", "k", "v", option, time], "GET k"],
        },
        {
          name: `GETEX k ${option} ${JSON.stringify(time)}`,
          send: ["SET k old", ["GETEX", "k", option, time], "GET k"],
        },
      );
    }
    for (const command of ["SETEX", "PSETEX"]) {
      cases.push({
        name: `${command} k ${JSON.stringify(time)} v`,
        send: ["SET k old", [command, "k", time, "v"], "GET k"],
      });
    }
  }
  return cases;
}

const setCases: ParityCase[] = [
  ...setMatrix(),
  ...optionPairs("SET k new", [
    "NX",
    "XX",
    "GET",
    "EX 100",
    "PX 200000",
    "KEEPTTL",
    "PERSIST",
    "JUNK",
    "EX",
    "EXAT",
  ]),
  ...optionPairs("GETEX k", ["", "EX 100", "PX 200000", "PERSIST", "KEEPTTL", "NX", "JUNK", "PXAT"]),
  ...timeErrors(),
  ...wrongArity("SET", [0, 1]),
  ...wrongArity("GET", [0, 2]),
  ...wrongArity("SETEX", [2, 4]),
  ...wrongArity("PSETEX", [2, 4]),
  ...wrongArity("SETNX", [1, 3]),
  ...wrongArity("GETSET", [1, 3]),
  ...wrongArity("GETDEL", [0, 2]),
  ...wrongArity("GETEX", [0]),
  { send: ["SET k v", "GET k", "TYPE k"] },
  { send: ["set k v", "gEt k"] },
  { send: ["SET k v nx get", "SET k w Nx gEt", "SET k x xX ex 10", "GET k"] },
  { send: [["SET", "", ""], ["GET", ""], ["STRLEN", ""], "DBSIZE"] },
  { send: [["SET", "\x00\xff\r\n", "\r\n$5\r\n\x80\x00"], ["GET", "\x00\xff\r\n"], "DBSIZE"] },
  { send: [["SET", "k\u00c3\u00a9", "\u00e2\u0082\u00ac"], ["GET", "k\u00c3\u00a9"]] },
  { send: ["GET missing"] },
  {
    name: "a value of 100,000 bytes",
    send: [["SET", "k", "v".repeat(100_000)], "STRLEN k", "GETRANGE k 99990 -1"],
  },
  {
    name: "a key of 70,000 bytes",
    send: [["SET", "k".repeat(70_000), "v"], ["GET", "k".repeat(70_000)], "DBSIZE"],
  },
  { name: "an expiry in the past removes the key", send: ["SET k v EXAT 1", "GET k", "EXISTS k", "DBSIZE"] },
  { name: "PXAT in the past", send: ["SET k old", "SET k v PXAT 1000", "GET k", "DBSIZE"] },
  { name: "SET drops an expiry", send: ["SET k v EX 100", "SET k w", "TTL k"] },
  { name: "SET GET on a missing key", send: ["SET k v GET", "GET k"] },
  { name: "SET NX GET answers the old value and keeps it", send: ["SET k old", "SET k new NX GET", "GET k"] },
  { name: "SETEX sets value and expiry", send: ["SETEX k 100 v", "GET k", approximate("TTL k", 1)] },
  { name: "PSETEX sets value and expiry", send: ["PSETEX k 100000 v", "GET k", approximate("PTTL k", 1000)] },
  {
    name: "SETEX replaces an expiry",
    send: ["SETEX k 100 v", "SETEX k 500 w", "GET k", approximate("TTL k", 1)],
  },
  { name: "SETNX", send: ["SETNX k v", "SETNX k w", "GET k", "TTL k"] },
  { name: "SETNX leaves the expiry", send: ["SET k v EX 100", "SETNX k w", approximate("TTL k", 1)] },
  { name: "GETSET", send: ["GETSET k v", "GETSET k w", "GET k"] },
  { name: "GETSET drops the expiry", send: ["SET k v EX 100", "GETSET k w", "TTL k"] },
  { name: "GETDEL", send: ["GETDEL k", "SET k v", "GETDEL k", "GET k", "DBSIZE"] },
  {
    name: "GETEX without options leaves the expiry",
    send: ["SET k v EX 100", "GETEX k", approximate("TTL k", 1)],
  },
  { name: "GETEX on a missing key", send: ["GETEX k EX 100", "EXISTS k"] },
  { name: "GETEX PERSIST", send: ["SET k v EX 100", "GETEX k persist", "TTL k"] },
  { name: "GETEX EXAT", send: ["SET k v", `GETEX k EXAT ${FUTURE}`, "EXPIRETIME k"] },
  { name: "GETEX PXAT", send: ["SET k v", `GETEX k PXAT ${FUTURE}123`, "PEXPIRETIME k"] },
  { name: "GETEX EXAT in the past removes the key", send: ["SET k v", "GETEX k EXAT 1", "GET k", "DBSIZE"] },
  { name: "GETEX with an option too many", send: ["SET k v", "GETEX k EX 10 PX 10", "GETEX k EX 10 20"] },
  { name: "an option without its value", send: ["SET k v EX", "SET k v PX", "SET k v NX EX", "GET k"] },
  { name: "options before the value are the value", send: ["SET NX k", "GET NX"] },
];

const severalKeys: ParityCase[] = [
  ...wrongArity("MGET", [0]),
  ...wrongArity("MSET", [0, 1, 3, 5]),
  ...wrongArity("MSETNX", [0, 1, 3, 5]),
  ...wrongArity("APPEND", [1, 3]),
  ...wrongArity("STRLEN", [0, 2]),
  { send: ["MSET a 1 b 2", "MGET a b c a"] },
  { send: ["MSET a 1 a 2", "GET a", "DBSIZE"] },
  { send: ["SET a x EX 100", "MSET a 1", "TTL a"] },
  { send: ["MSETNX a 1 b 2", "MSETNX b 3 c 4", "MGET a b c"] },
  { send: ["MSETNX a 1 a 2", "GET a"] },
  { name: "MSETNX with a key that expired", send: ["SET a x PXAT 1", "MSETNX a 1 b 2", "MGET a b"] },
  { send: ["MGET a", "MGET a a a"] },
  {
    name: "MSET of 200 keys",
    send: [["MSET", ...Array.from({ length: 400 }, (_, i) => `x${i}`)], "DBSIZE", "GET x398"],
  },
  { send: ["APPEND k abc", "APPEND k def", "GET k", "STRLEN k"] },
  { send: [["APPEND", "k", ""], "EXISTS k", "STRLEN k", ["APPEND", "k", ""], "GET k"] },
  { send: ["SET k 12", "APPEND k 34", "GET k", "INCR k"] },
  { send: ["SET k v EX 100", "APPEND k w", approximate("TTL k", 1)] },
  { send: ["STRLEN missing", "SET k 12345", "STRLEN k", "SET k -1", "STRLEN k"] },
  { send: [["SET", "k", "\x00\x01"], ["APPEND", "k", "\xff"], "GET k", "STRLEN k"] },
  {
    name: "APPEND beyond proto-max-bulk-len",
    prepare: ["CONFIG SET proto-max-bulk-len 1mb"],
    send: [
      ["SET", "k", "x".repeat(1_048_570)],
      "APPEND k 123456",
      "STRLEN k",
      "APPEND k 7",
      "STRLEN k",
    ],
    cleanup: ["CONFIG SET proto-max-bulk-len 512mb"],
  },
];

const offsets = [
  ["0", "0"],
  ["0", "-1"],
  ["0", "4"],
  ["1", "3"],
  ["-3", "-1"],
  ["-1", "-3"],
  ["5", "4"],
  ["4", "5"],
  ["12", "12"],
  ["12", "100"],
  ["13", "13"],
  ["13", "100"],
  ["-100", "-1"],
  ["-100", "-14"],
  ["-100", "-13"],
  ["-100", "0"],
  ["-13", "-13"],
  ["0", "-14"],
  ["0", "9223372036854775807"],
  ["-9223372036854775808", "9223372036854775807"],
  ["-9223372036854775808", "-9223372036854775808"],
  ["9223372036854775807", "9223372036854775807"],
  ["0", "9223372036854775808"],
  ["-9223372036854775809", "0"],
  ["a", "0"],
  ["0", "a"],
  ["", "0"],
  ["1.0", "2"],
  [" 1", "2"],
  ["+1", "2"],
  ["-0", "2"],
];

const ranges: ParityCase[] = [
  ...wrongArity("GETRANGE", [2, 4]),
  ...wrongArity("SUBSTR", [2, 4]),
  ...wrongArity("SETRANGE", [2, 4]),
  ...offsets.flatMap(([start, end]): ParityCase[] => [
    {
      name: `GETRANGE ${JSON.stringify(start)} ${JSON.stringify(end)}`,
      send: ["SET k Hello,_World!", ["GETRANGE", "k", start, end], ["SUBSTR", "k", start, end]],
    },
    {
      name: `GETRANGE ${JSON.stringify(start)} ${JSON.stringify(end)} of nothing`,
      send: [["GETRANGE", "missing", start, end], ["SET", "empty", ""], ["GETRANGE", "empty", start, end]],
    },
  ]),
  {
    name: "GETRANGE of an integer",
    send: ["SET k 1234567890", "GETRANGE k 2 5", "GETRANGE k -3 -1", "OBJECT ENCODING k"],
  },
  ...each(
    [
      "SETRANGE k 0 J",
      "SETRANGE k 2 xyz",
      "SETRANGE k 3 lo_World",
      "SETRANGE k 5 !",
      "SETRANGE k 6 !",
      "SETRANGE k 10 !",
      "SETRANGE k -1 x",
      "SETRANGE k -9223372036854775808 x",
      "SETRANGE k 536870912 x",
      "SETRANGE k 4294967296 x",
      "SETRANGE k 9223372036854775807 x",
      "SETRANGE k 9223372036854775808 x",
      "SETRANGE k abc x",
      "SETRANGE k 1.5 x",
      ["SETRANGE", "k", "", "x"],
      ["SETRANGE", "k", "0", ""],
      ["SETRANGE", "k", "10", ""],
      ["SETRANGE", "k", "-1", ""],
      ["SETRANGE", "k", "9223372036854775807", ""],
    ],
    { before: ["SET k Hello"], after: ["GET k", "STRLEN k"] },
  ),
  ...each(
    [
      "SETRANGE k 0 x",
      "SETRANGE k 3 x",
      "SETRANGE k 536870912 x",
      "SETRANGE k -1 x",
      ["SETRANGE", "k", "0", ""],
      ["SETRANGE", "k", "5", ""],
      ["SETRANGE", "k", "2", "\xff\x00"],
    ],
    { after: ["GET k", "EXISTS k"] },
  ),
  { name: "SETRANGE of an integer", send: ["SET k 12345", "SETRANGE k 1 9", "GET k", "INCR k"] },
  {
    name: "SETRANGE keeps the expiry",
    send: ["SET k abc EX 100", "SETRANGE k 1 x", approximate("TTL k", 1)],
  },
  {
    name: "SETRANGE up to proto-max-bulk-len",
    prepare: ["CONFIG SET proto-max-bulk-len 1mb"],
    send: ["SETRANGE k 1048576 x", "EXISTS k", "SETRANGE k 1048575 x", "STRLEN k", "SETRANGE k 1048575 xx"],
    cleanup: ["CONFIG SET proto-max-bulk-len 512mb"],
  },
];

const lcsOptions = [
  "",
  "LEN",
  "IDX",
  "IDX WITHMATCHLEN",
  "IDX MINMATCHLEN 4",
  "IDX MINMATCHLEN 4 WITHMATCHLEN",
  "idx minmatchlen 2 withmatchlen",
  "IDX MINMATCHLEN 0",
  "IDX MINMATCHLEN -5 WITHMATCHLEN",
  "IDX MINMATCHLEN 100",
  "IDX MINMATCHLEN 9223372036854775807",
  "WITHMATCHLEN",
  "MINMATCHLEN 2",
  "LEN WITHMATCHLEN",
  "LEN MINMATCHLEN 3",
  "LEN IDX",
  "IDX LEN",
  "LEN LEN",
  "MINMATCHLEN",
  "IDX MINMATCHLEN abc",
  "IDX MINMATCHLEN 9223372036854775808",
  "JUNK",
  "IDX JUNK",
  "LEN 5",
];

const lcs: ParityCase[] = [
  ...wrongArity("LCS", [0, 1]),
  ...lcsOptions.map((options) => ({ send: ["MSET a ohmytext b mynewtext", join("LCS a b", options)] })),
  ...["", "LEN", "IDX", "IDX WITHMATCHLEN"].flatMap((options) => [
    {
      name: join("LCS missing", options),
      send: [join("LCS a b", options), "SET a xyz", join("LCS a b", options), join("LCS b a", options)],
    },
    {
      name: join("LCS equal", options),
      send: ["MSET a same b same", join("LCS a b", options), join("LCS a a", options)],
    },
    { name: join("LCS disjoint", options), send: ["MSET a abc b xyz", join("LCS a b", options)] },
    {
      name: join("LCS empty value", options),
      send: [["SET", "a", ""], "SET b abc", join("LCS a b", options)],
    },
    {
      name: join("LCS several ranges", options),
      send: ["MSET a abcXdefYghi b 1abc2def3ghi4", join("LCS a b", options)],
    },
    {
      name: join("LCS repeated", options),
      send: ["MSET a aaaabbbbaaaa b aabbaabb", join("LCS a b", options)],
    },
    { name: join("LCS of integers", options), send: ["MSET a 1234567 b 246", join("LCS a b", options)] },
    {
      name: join("LCS binary", options),
      send: [["MSET", "a", "\x00\xff\x01\x00", "b", "\xff\x00"], join("LCS a b", options)],
    },
  ]),
];

/** The cases of this file. */
export const strings = caseGroup("strings", [...setCases, ...severalKeys, ...ranges, ...lcs]);
