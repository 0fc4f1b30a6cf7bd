/**
 * The group "set".
 *
 * @module
 */

import {
  caseGroup,
  type Command,
  each,
  encoding,
  like,
  type ParityCase,
  sorted,
  wrongArity,
} from "../case.ts";

const ANY_ORDER = "members come in no order";
const RANDOM = "members are chosen at random";

/** Every command on the key `k`, with arguments that are right but for the key. */
const ofOneKey: readonly Command[] = [
  "SADD k a",
  "SREM k a",
  "SCARD k",
  "SISMEMBER k a",
  "SMISMEMBER k a b",
  "SMEMBERS k",
  "SPOP k",
  "SPOP k 1",
  "SPOP k 0",
  "SRANDMEMBER k",
  "SRANDMEMBER k 1",
  "SRANDMEMBER k 0",
  "SRANDMEMBER k -1",
  "SMOVE k other a",
  "SMOVE other k a",
  "SSCAN k 0",
  "SSCAN k 5",
  "SINTER k",
  "SINTER other k",
  "SINTER missing k",
  "SINTER k missing",
  "SINTERCARD 1 k",
  "SINTERCARD 2 missing k",
  "SINTERSTORE d k",
  "SINTERSTORE d missing k",
  "SINTERSTORE k missing",
  "SINTERSTORE k other",
  "SUNION k",
  "SUNION missing k",
  "SUNIONSTORE d k",
  "SUNIONSTORE k missing",
  "SUNIONSTORE k other",
  "SDIFF k",
  "SDIFF missing k",
  "SDIFF other k",
  "SDIFF other other k",
  "SDIFFSTORE d k",
  "SDIFFSTORE k missing",
  "SDIFFSTORE k other",
];

/** What a missing key and a key of another type do; `other` is a set of one member. */
const keysOfAllKinds: ParityCase[] = [[], ["SET k v"], ["HSET k f v"], ["ZADD k 1 a"]].flatMap((before) =>
  ofOneKey.map((request) => ({
    name: `${request} where ${before[0] ?? "k is missing"}`,
    send: ["SADD other x", ...before, request, "TYPE k", "TYPE d", "SMEMBERS other"],
  }))
);

const arities: ParityCase[] = [
  ...wrongArity("SADD", [0, 1]),
  ...wrongArity("SREM", [0, 1]),
  ...wrongArity("SCARD", [0, 2]),
  ...wrongArity("SISMEMBER", [0, 1, 3]),
  ...wrongArity("SMISMEMBER", [0, 1]),
  ...wrongArity("SMEMBERS", [0, 2]),
  ...wrongArity("SPOP", [0]),
  ...wrongArity("SRANDMEMBER", [0]),
  ...wrongArity("SMOVE", [0, 2, 4]),
  ...wrongArity("SSCAN", [0, 1]),
  ...wrongArity("SINTER", [0]),
  ...wrongArity("SINTERCARD", [0, 1]),
  ...wrongArity("SINTERSTORE", [0, 1]),
  ...wrongArity("SUNION", [0]),
  ...wrongArity("SUNIONSTORE", [0, 1]),
  ...wrongArity("SDIFF", [0]),
  ...wrongArity("SDIFFSTORE", [0, 1]),
];

const basics: ParityCase[] = [
  { send: ["SADD k a b c", "SADD k a d", "SADD k a a a", "SCARD k", sorted("SMEMBERS k", ANY_ORDER)] },
  { send: ["SADD k a a b b", "SCARD k", "SREM k a a x", "SCARD k", "SREM k b", "EXISTS k", "SREM k b"] },
  { send: ["SADD k a", "SREM k a b c", "TYPE k"] },
  {
    name: "integers are in order",
    send: ["SADD k 10 -3 9 100 -20 0", "SMEMBERS k", "SREM k 9", "SMEMBERS k"],
  },
  {
    name: "edges of 64 bits",
    send: [
      "SADD k 9223372036854775807 -9223372036854775808 32767 32768 -32769 2147483648",
      "SMEMBERS k",
      "SISMEMBER k 9223372036854775807",
      "SISMEMBER k 9223372036854775808",
      "SADD k 9223372036854775808",
      encoding("OBJECT ENCODING k"),
      sorted("SMEMBERS k", ANY_ORDER),
    ],
  },
  {
    name: "what only looks like an integer",
    send: [
      ["SADD", "k", "1", "01", "+1", " 1", "1 ", "-0", "0", "1.0", ""],
      "SCARD k",
      sorted("SMEMBERS k", ANY_ORDER),
    ],
  },
  {
    name: "binary members",
    send: [
      ["SADD", "k", "\x00", "\xff\r\n", "", "x".repeat(5000)],
      ["SMISMEMBER", "k", "\x00", "\xff\r\n", "", "x".repeat(5000), "x".repeat(4999), "\x00\x00"],
      ["SREM", "k", "\xff\r\n"],
      ["SISMEMBER", "k", "\xff\r\n"],
      sorted("SMEMBERS k", ANY_ORDER),
    ],
  },
  { send: ["SADD k 1 2 3", "SMISMEMBER k 1 a 3 4", "SISMEMBER k 2", "SISMEMBER k a"] },
  { send: ["SADD k a", "EXPIRE k 1000", "SADD k b", "SREM k a", "PERSIST k"] },
  {
    send: [
      "SADD k a",
      "COPY k d",
      "SADD k b",
      sorted("SMEMBERS d", ANY_ORDER),
      "RENAME k e",
      "SCARD e",
      "DEL e d",
    ],
  },
];

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => String(from + i));
const words = (from: number, count: number) => numbers(from, count).map((n) => `m${n}`);

const encodings: ParityCase[] = [
  ...[511, 512, 513].map((count): ParityCase => ({
    name: `${count} integers`,
    send: [["SADD", "k", ...numbers(0, count)], encoding("OBJECT ENCODING k"), "SCARD k", "SISMEMBER k 511"],
  })),
  {
    name: "the 513th integer",
    send: [
      ["SADD", "k", ...numbers(0, 512)],
      "SADD k 5",
      encoding("OBJECT ENCODING k"),
      "SADD k -1",
      encoding("OBJECT ENCODING k"),
      "SCARD k",
    ],
  },
  ...[127, 128, 129].map((count): ParityCase => ({
    name: `${count} words`,
    send: [
      ["SADD", "k", ...words(0, count)],
      encoding("OBJECT ENCODING k"),
      "SCARD k",
      sorted("SMEMBERS k", ANY_ORDER),
    ],
  })),
  {
    name: "a word among integers",
    send: [
      "SADD k 1 2 3",
      "SADD k a",
      encoding("OBJECT ENCODING k"),
      "SREM k a",
      encoding("OBJECT ENCODING k"),
    ],
  },
  {
    name: "a word among many integers",
    send: [
      ["SADD", "k", ...numbers(0, 300)],
      "SADD k a",
      encoding("OBJECT ENCODING k"),
      sorted("SMEMBERS k", ANY_ORDER),
    ],
  },
  ...[64, 65].map((length): ParityCase => ({
    name: `a member of ${length} bytes`,
    send: [["SADD", "k", "x".repeat(length)], encoding("OBJECT ENCODING k"), [
      "SISMEMBER",
      "k",
      "x".repeat(length),
    ]],
  })),
  {
    name: "what the storing commands make of integers in a table",
    send: [
      ["SADD", "k", ...numbers(0, 20), "a"],
      ["SADD", "l", ...numbers(5, 600)],
      "SINTERSTORE d k l",
      "OBJECT ENCODING d",
      "SMEMBERS d",
      "SUNIONSTORE e l d",
      encoding("OBJECT ENCODING e"),
      "SDIFFSTORE f d missing",
      "OBJECT ENCODING f",
    ],
  },
];

const moves: ParityCase[] = [
  { send: ["SADD k a b", "SMOVE k d a", "SMEMBERS k", "SMEMBERS d"] },
  { send: ["SADD k a", "SMOVE k d a", "EXISTS k", "SMEMBERS d"] },
  { send: ["SADD k a", "SADD d a b", "SMOVE k d a", "EXISTS k", sorted("SMEMBERS d", ANY_ORDER)] },
  { send: ["SADD k a", "SMOVE k k a", "SMOVE k k b", "SMOVE k d b", "EXISTS d"] },
  { send: ["SADD k 1", "SMOVE k d 1", "OBJECT ENCODING d"] },
  { send: ["SADD k a", "SET d v", "SMOVE k d a", "SMOVE k d b", "SMOVE missing d a", "SMOVE d k a"] },
];

const pops: ParityCase[] = [
  { send: ["SADD k a", "SPOP k", "SPOP k", "EXISTS k"] },
  { send: ["SADD k 17", "SRANDMEMBER k", "SPOP k", "TYPE k"] },
  { send: ["SADD k a", "SPOP k 5", "SPOP k 5", "EXISTS k"] },
  { send: ["SADD k a b c", sorted("SPOP k 3", ANY_ORDER), "EXISTS k"] },
  { send: ["SADD k 3 1 2", "SPOP k 100", "EXISTS k"] },
  { send: ["SADD k 3 1 2", "SRANDMEMBER k 100", "SRANDMEMBER k 3", "SCARD k"] },
  { send: ["SADD k a", "SRANDMEMBER k -3", "SRANDMEMBER k 1", "SRANDMEMBER k 7", "SCARD k"] },
  { send: ["SADD k a b c d", like("SPOP k", /^\$1\r\n[abcd]\r\n$/, RANDOM), "SCARD k"] },
  { send: ["SADD k a b c d", like("SPOP k 2", /^[*~]2\r\n(\$1\r\n[abcd]\r\n){2}$/, RANDOM), "SCARD k"] },
  { send: ["SADD k a b c d", like("SRANDMEMBER k 2", /^\*2\r\n(\$1\r\n[abcd]\r\n){2}$/, RANDOM), "SCARD k"] },
  {
    send: ["SADD k a b c d", like("SRANDMEMBER k -6", /^\*6\r\n(\$1\r\n[abcd]\r\n){6}$/, RANDOM), "SCARD k"],
  },
  ...["SPOP", "SRANDMEMBER"].flatMap((command) =>
    each(
      ["abc", "", "01", "1.5", "-9223372036854775808", "9223372036854775808", "9223372036854775807"].flatMap((
        count,
      ) => [[command, "k", count], [command, "k", count, "x"], [command, "missing", count], [
        command,
        "word",
        count,
      ]]),
      { before: ["SADD k a", "SET word v"], after: ["SCARD k"] },
    )
  ),
  ...each([["SPOP", "k", "-1"], ["SPOP", "missing", "-1"]], { before: ["SADD k a"], after: ["SCARD k"] }),
];

const combining: readonly string[] = [
  "a",
  "a b",
  "a b c",
  "a a",
  "a b a",
  "a missing",
  "missing a",
  "missing missing",
  "ints a",
  "a ints",
  "ints ints2",
  "ints2 ints",
  "large a",
  "a large",
  "ints large",
  "large ints2 a",
  "large large",
];

const sources: readonly Command[] = [
  "SADD a a b c d 1 2",
  "SADD b b c e 2 3",
  "SADD c c 3 2",
  "SADD ints 1 2 3 4 5",
  "SADD ints2 4 5 6 7 100000",
  ["SADD", "large", ...numbers(0, 70), ...words(0, 70), "a", "b"],
];

const algebra: ParityCase[] = [
  ...["SINTER", "SUNION", "SDIFF"].flatMap((command) =>
    combining.map((keys): ParityCase => ({
      name: `${command} ${keys}`,
      send: [...sources, sorted(`${command} ${keys}`, ANY_ORDER)],
    }))
  ),
  ...["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"].flatMap((command) =>
    ["d", "a", "ints", "word"].flatMap((destination) =>
      combining.map((keys): ParityCase => ({
        name: `${command} ${destination} ${keys}`,
        send: [
          ...sources,
          "SET word v EX 1000",
          `${command} ${destination} ${keys}`,
          "TYPE d",
          sorted(`SMEMBERS ${destination}`, ANY_ORDER),
          `TTL ${destination}`,
        ],
      }))
    )
  ),
  ...combining.map((keys): ParityCase => {
    const request = `SINTERCARD ${keys.split(" ").length} ${keys}`;
    return {
      name: request,
      send: [
        ...sources,
        request,
        `${request} LIMIT 0`,
        `${request} LIMIT 1`,
        `${request} limit 2`,
        `${request} LIMIT 1000 LIMIT 3`,
      ],
    };
  }),
  ...each(
    [
      "SINTERCARD 0 a",
      "SINTERCARD -1 a",
      "SINTERCARD abc a",
      "SINTERCARD 1.5 a",
      "SINTERCARD 2 a",
      "SINTERCARD 9223372036854775808 a",
      "SINTERCARD 9223372036854775807 a",
      "SINTERCARD 1 a b",
      "SINTERCARD 1 a LIMIT",
      "SINTERCARD 1 a LIMIT -1",
      "SINTERCARD 1 a LIMIT abc",
      "SINTERCARD 1 a LIMIT 1 b",
      "SINTERCARD 1 a LIMIT 1 LIMIT",
      "SINTERCARD 1 word LIMIT -1",
      "SINTERCARD 1 word LIMIT 1",
    ],
    { before: ["SADD a a b c", "SET word v"] },
  ),
];

const scans: ParityCase[] = [
  ...each(
    [
      "SSCAN k 0",
      "SSCAN k 0 COUNT 1",
      "SSCAN k 0 MATCH *2",
      "SSCAN k 0 MATCH * COUNT 5",
      "SSCAN k 0 match 1? count 100 match ?",
      "SSCAN k 77",
      "SSCAN k -1",
      "SSCAN k abc",
      "SSCAN k 18446744073709551616",
      ["SSCAN", "k", ""],
      ["SSCAN", "k", " 0"],
      "SSCAN k 0 COUNT 0",
      "SSCAN k 0 COUNT -1",
      "SSCAN k 0 COUNT abc",
      "SSCAN k 0 COUNT",
      "SSCAN k 0 MATCH",
      "SSCAN k 0 TYPE string",
      "SSCAN k 0 JUNK",
      "SSCAN missing 0 JUNK",
      "SSCAN missing abc",
      "SSCAN missing 0",
      "SSCAN word abc",
      "SSCAN word 0 JUNK",
    ],
    { before: ["SADD k 1 2 3 12 13", "SET word v"] },
  ),
  {
    name: "SSCAN of a table",
    send: [["SADD", "k", ...words(0, 600)], sorted("SSCAN k 0 COUNT 100000", ANY_ORDER, 2)],
  },
  {
    name: "SSCAN MATCH in a table",
    send: [["SADD", "k", ...words(0, 600)], sorted("SSCAN k 0 MATCH m1?5 COUNT 100000", ANY_ORDER, 2)],
  },
];

/** The cases. */
export const sets = caseGroup("sets", [
  ...arities,
  ...keysOfAllKinds,
  ...basics,
  ...encodings,
  ...moves,
  ...pops,
  ...algebra,
  ...scans,
]);
