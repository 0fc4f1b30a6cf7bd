/**
 * The group "list", but for clients that wait: those are in tests/commands/list/blocking_test.ts.
 *
 * @module
 */

import { caseGroup, type Command, each, encoding, type ParityCase, wrongArity } from "../case.ts";

const SMALL = "RPUSH l a b 1 a -7 3.0 a two";
/** Elements that fill several nodes; those of the small list are at both ends and in the middle. */
const LARGE: readonly Command[] = [
  SMALL,
  ["RPUSH", "l", ...Array.from({ length: 40 }, (_, i) => `${i % 10}`.repeat(700))],
  "RPUSH l a b 1 a",
  ["RPUSH", "l", "u".repeat(9000), "b"],
  ["RPUSH", "l", ...Array.from({ length: 40 }, (_, i) => `${i % 10}`.repeat(700))],
  "RPUSH l a b two",
];

/** What a key may be before a command. */
const states: Readonly<Record<string, readonly Command[]>> = {
  missing: [],
  small: [SMALL],
  large: LARGE,
  string: ["SET l 1"],
};

const changes: readonly Command[] = [
  "LPUSH l x",
  "LPUSH l x y z",
  "RPUSH l x",
  "RPUSH l x y z",
  ["RPUSH", "l", "", "\x00\xff\r\n", "007", "-0", "9223372036854775807", "9223372036854775808"],
  ["LPUSH", "l", "x".repeat(8193)],
  "LPUSHX l x",
  "LPUSHX l x y z",
  "RPUSHX l x",
  "RPUSHX l x y z",
  "LPOP l",
  "RPOP l",
  ...["LPOP", "RPOP"].flatMap((name) =>
    ["0", "1", "3", "100", "9223372036854775807", "-1", "9223372036854775808", "abc", "1.0", "-0"].map((
      count,
    ) => `${name} l ${count}`)
  ),
  ["LPOP", "l", ""],
  "LPOP l 1 2",
  "RPOP l abc 2",
  ...[
    "0",
    "7",
    "-1",
    "-8",
    "8",
    "-9",
    "48",
    "100",
    "-100",
    "9223372036854775807",
    "-9223372036854775808",
    "abc",
  ].map(
    (index) => `LSET l ${index} x`,
  ),
  "LSET l 9223372036854775808 x",
  ["LSET", "l", "", "x"],
  ["LSET", "l", "2", "x".repeat(9000)],
  ["LSET", "l", "-2", "x".repeat(5000)],
  ...["BEFORE", "AFTER", "before", "After"].flatMap((place) => [
    `LINSERT l ${place} a x`,
    `LINSERT l ${place} two x`,
    `LINSERT l ${place} 3.0 x`,
    `LINSERT l ${place} none x`,
    ["LINSERT", "l", place, "1", "x".repeat(9000)],
    ["LINSERT", "l", place, "b", "x".repeat(3000)],
  ]),
  "LINSERT l BESIDE a x",
  ["LINSERT", "l", "", "a", "x"],
  ...["0", "1", "2", "-1", "-2", "100", "-100", "9223372036854775807", "-9223372036854775807"].flatMap((
    count,
  ) => [
    `LREM l ${count} a`,
    `LREM l ${count} 1`,
    `LREM l ${count} none`,
  ]),
  "LREM l -9223372036854775808 a",
  "LREM l 9223372036854775808 a",
  "LREM l abc a",
  ["LREM", "l", "", "a"],
  "LREM l 0 7777",
  ...[
    "0 -1",
    "1 -2",
    "2 4",
    "0 0",
    "-1 -1",
    "5 2",
    "100 200",
    "-100 100",
    "-3 100",
    "-100 -101",
    "20 60",
    "47 48",
    "0 9223372036854775807",
    "-9223372036854775808 -1",
    "abc 1",
    "1 abc",
    "9223372036854775808 1",
  ].map((range) => `LTRIM l ${range}`),
  ["LTRIM", "l", "", "1"],
  ...["LEFT", "RIGHT"].flatMap((from) =>
    ["LEFT", "right"].flatMap((
      to,
    ) => [`LMOVE l m ${from} ${to}`, `LMOVE l l ${from} ${to}`, `LMOVE m l ${from} ${to}`])
  ),
  "LMOVE l m LEFT UP",
  "LMOVE l m DOWN LEFT",
  ["LMOVE", "l", "m", "", "LEFT"],
  "LMOVE none l LEFT LEFT",
  "LMOVE s l LEFT LEFT",
  "LMOVE l s LEFT LEFT",
  "LMOVE none s LEFT LEFT",
  "RPOPLPUSH l m",
  "RPOPLPUSH l l",
  "RPOPLPUSH m l",
  "RPOPLPUSH l s",
  "RPOPLPUSH s l",
  "LMPOP 1 l LEFT",
  "LMPOP 1 l RIGHT COUNT 3",
  "LMPOP 2 none l left count 100",
  "LMPOP 2 none none LEFT",
  "LMPOP 2 s l LEFT",
  "LMPOP 2 l s LEFT",
  "LMPOP 2 l l LEFT COUNT 2",
  "LMPOP 0 l LEFT",
  "LMPOP -1 l LEFT",
  "LMPOP abc l LEFT",
  "LMPOP 9223372036854775807 l LEFT",
  "LMPOP 2 l LEFT",
  "LMPOP 3 l LEFT",
  "LMPOP 1 l UP",
  "LMPOP 1 l LEFT COUNT",
  "LMPOP 1 l LEFT COUNT 0",
  "LMPOP 1 l LEFT COUNT -1",
  "LMPOP 1 l LEFT COUNT abc",
  "LMPOP 1 l LEFT COUNT 1 COUNT 1",
  "LMPOP 1 l LEFT JUNK 1",
  "LMPOP 1 l LEFT COUNT 9223372036854775807",
  "BLPOP l 0.01",
  "BRPOP m l 0.01",
  "BLPOP s l 0.01",
  "BLPOP l s 0.01",
  "BLPOP l abc",
  "BLPOP l -1",
  "BLPOP s abc",
  ["BRPOP", "l", ""],
  "BLMOVE l m LEFT RIGHT 0.01",
  "BLMOVE l l LEFT RIGHT 0.01",
  "BLMOVE l s LEFT RIGHT 0.01",
  "BLMOVE l m UP RIGHT abc",
  "BLMOVE l m LEFT RIGHT abc",
  "BLMOVE s l LEFT RIGHT -1",
  "BRPOPLPUSH l m 0.01",
  "BRPOPLPUSH l s 0.01",
  "BRPOPLPUSH l m abc",
  "BLMPOP 0.01 2 none l LEFT COUNT 3",
  "BLMPOP 0.01 2 s l LEFT",
  "BLMPOP abc 0 l LEFT",
  "BLMPOP abc 1 l UP",
  "BLMPOP abc 1 l LEFT COUNT 0",
  "BLMPOP -1 1 l LEFT",
];

const reads: readonly Command[] = [
  "LLEN l",
  ...[
    "0",
    "3",
    "-1",
    "-8",
    "8",
    "-9",
    "30",
    "48",
    "49",
    "100",
    "-100",
    "9223372036854775807",
    "-9223372036854775808",
  ]
    .map((index) => `LINDEX l ${index}`),
  "LINDEX l abc",
  "LINDEX l 9223372036854775808",
  ["LINDEX", "l", ""],
  ...[
    "0 -1",
    "0 0",
    "2 4",
    "-3 -1",
    "-3 100",
    "-100 2",
    "5 3",
    "8 8",
    "100 200",
    "-200 -100",
    "30 60",
    "47 50",
    "-60 -30",
    "0 9223372036854775807",
    "-9223372036854775808 9223372036854775807",
    "abc 0",
    "0 abc",
    "9223372036854775808 0",
  ].map((range) => `LRANGE l ${range}`),
  ["LRANGE", "l", "", "0"],
  ...["a", "1", "two", "none", "-7", "3.0", "3"].flatMap((element) => [
    `LPOS l ${element}`,
    `LPOS l ${element} RANK -1`,
    `LPOS l ${element} COUNT 0`,
    `LPOS l ${element} COUNT 0 RANK -1`,
  ]),
  "LPOS l a RANK 2",
  "LPOS l a RANK -2",
  "LPOS l a RANK 100",
  "LPOS l a RANK 3 COUNT 2",
  "LPOS l a RANK -2 COUNT 2",
  "LPOS l a COUNT 2",
  "LPOS l a COUNT 100",
  "LPOS l a COUNT 0 MAXLEN 4",
  "LPOS l a COUNT 0 MAXLEN 3",
  "LPOS l a MAXLEN 1",
  "LPOS l b MAXLEN 1",
  "LPOS l b MAXLEN 2",
  "LPOS l b MAXLEN 0",
  "LPOS l b RANK -1 MAXLEN 1",
  "LPOS l b RANK -1 MAXLEN 7",
  "LPOS l b RANK -1 MAXLEN 8",
  "LPOS l a COUNT 0 MAXLEN 50",
  "LPOS l a RANK -1 COUNT 0 MAXLEN 50",
  "lpos l a rank 1 Count 1 maxlen 100",
  "LPOS l a COUNT 1 COUNT 0",
  "LPOS l a RANK 0",
  "LPOS l a RANK abc",
  "LPOS l a RANK 9223372036854775807",
  "LPOS l a RANK -9223372036854775807",
  "LPOS l a RANK -9223372036854775808",
  "LPOS l a RANK -9223372036854775808 COUNT 1",
  "LPOS l a RANK 9223372036854775808",
  "LPOS l a COUNT -1",
  "LPOS l a COUNT abc",
  "LPOS l a COUNT 9223372036854775807",
  "LPOS l a MAXLEN -1",
  "LPOS l a MAXLEN abc",
  "LPOS l a RANK",
  "LPOS l a COUNT",
  "LPOS l a MAXLEN",
  "LPOS l a JUNK",
  "LPOS l a RANK 1 JUNK 1",
];

function describe(request: Command): string {
  return (typeof request === "string" ? request : request.join(" ")).slice(0, 60);
}

/** Every change on every state, and what it leaves. */
function changeCases(): ParityCase[] {
  return Object.entries(states).flatMap(([state, before]) =>
    changes.map((request) => ({
      name: `${describe(request)} on ${state}`,
      send: [
        ...before,
        "RPUSH m x y",
        "SET s 1",
        request,
        "LRANGE l 0 -1",
        "LRANGE m 0 -1",
        "TYPE l",
      ],
    }))
  );
}

function readCases(): ParityCase[] {
  return Object.entries(states).flatMap(([state, before]) =>
    reads.map((request) => ({ name: `${describe(request)} on ${state}`, send: [...before, request] }))
  );
}

/** An element for each index. */
function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => String(i));
}

const encodings: readonly ParityCase[] = [
  {
    name: "what a small list is called since Redis 7.2",
    send: [SMALL, encoding("OBJECT ENCODING l"), "TYPE l"],
  },
  {
    name: "a list beyond 8 KiB is a quicklist",
    send: [...LARGE, "OBJECT ENCODING l", "LLEN l"],
  },
  {
    name: "a list of many integers",
    send: [
      ["RPUSH", "l", ...numbers(5000)],
      "OBJECT ENCODING l",
      "LINDEX l 4321",
      "LPOS l 2500",
      "LRANGE l 1000 1100",
    ],
  },
  ...["1", "5", "-1", "-5", "0", "-100", "1000000"].map((limit): ParityCase => ({
    name: `list-max-listpack-size ${limit}`,
    prepare: [`CONFIG SET list-max-listpack-size ${limit}`],
    cleanup: ["CONFIG SET list-max-listpack-size -2"],
    send: [
      ["RPUSH", "l", ...numbers(200)],
      ["LPUSH", "l", "x".repeat(70_000), "y"],
      "LINSERT l AFTER 100 new",
      "LSET l 50 x",
      "LREM l 0 77",
      "LRANGE l 0 3",
      "LRANGE l 40 110",
      "LTRIM l 90 120",
      "LRANGE l 0 -1",
      "LLEN l",
    ],
  })),
  {
    name: "a list is copied, renamed and moved with all its elements",
    send: [
      ...LARGE,
      "COPY l k",
      "RENAME l l2",
      "LRANGE k 0 -1",
      "LRANGE l2 0 -1",
      "LPUSH k x",
      "LINDEX l2 0",
      "EXPIRE k 100",
      "LPOP k",
      "PERSIST k",
      "LRANGE k 0 -1",
      "SELECT 1",
      "EXISTS l2",
      "SELECT 0",
      "MOVE l2 1",
      "SELECT 1",
      "LRANGE l2 0 -1",
      "DEL l2",
      "SELECT 0",
    ],
  },
  {
    name: "an emptied list is gone",
    send: [
      "RPUSH l a",
      "LPOP l",
      "EXISTS l",
      "RPUSH l a b",
      "LTRIM l 5 6",
      "EXISTS l",
      "RPUSH l a a",
      "LREM l 0 a",
      "EXISTS l",
    ],
  },
  {
    name: "pushing keeps the time to live, and a list that replaces an emptied one has none",
    send: [
      "RPUSH l a",
      "EXPIREAT l 33177117420",
      "RPUSH l b",
      "EXPIRETIME l",
      "LPOP l 2",
      "RPUSH l a",
      "TTL l",
    ],
  },
  {
    name: "SET replaces a list",
    send: [...LARGE, "SET l x", "GET l", "RPUSH l a"],
  },
];

/** Every group's commands on the wrong type are in the changes and reads on `string`. */
export const lists = caseGroup("lists", [
  ...changeCases(),
  ...readCases(),
  ...encodings,
  ...each(["SETRANGE l 0 x", "APPEND l x", "GET l", "INCR l", "STRLEN l"], { before: [SMALL] }),
  ...wrongArity("LPUSH", [0, 1]),
  ...wrongArity("RPUSH", [0, 1]),
  ...wrongArity("LPUSHX", [0, 1]),
  ...wrongArity("RPUSHX", [0, 1]),
  ...wrongArity("LPOP", [0, 3]),
  ...wrongArity("RPOP", [0, 3]),
  ...wrongArity("LLEN", [0, 2]),
  ...wrongArity("LRANGE", [2, 4]),
  ...wrongArity("LINDEX", [1, 3]),
  ...wrongArity("LSET", [2, 4]),
  ...wrongArity("LINSERT", [3, 5]),
  ...wrongArity("LREM", [2, 4]),
  ...wrongArity("LTRIM", [2, 4]),
  ...wrongArity("LPOS", [1]),
  ...wrongArity("LMOVE", [3, 5]),
  ...wrongArity("RPOPLPUSH", [1, 3]),
  ...wrongArity("LMPOP", [2]),
  ...wrongArity("BLPOP", [1]),
  ...wrongArity("BRPOP", [1]),
  ...wrongArity("BLMOVE", [4, 6]),
  ...wrongArity("BRPOPLPUSH", [2, 4]),
  ...wrongArity("BLMPOP", [3]),
]);
