/**
 * The group "hash".
 *
 * @module
 */

import {
  caseGroup,
  type Command,
  each,
  type ParityCase,
  type SendStep,
  sorted,
  wrongArity,
} from "../case.ts";

const NO_ORDER = "fields of a hash table come in no order";

const LONG = "x".repeat(65);
const SMALL = "HSET h a 1 b two c 3.5 d -7";
/** The same fields in a hash table. */
const LARGE: readonly Command[] = [SMALL, `HSET h ${LONG} 1`, `HDEL h ${LONG}`];

/** What a key may be before a command. */
const states: Readonly<Record<string, readonly Command[]>> = {
  missing: [],
  listpack: [SMALL],
  hashtable: LARGE,
  string: ["SET h 1"],
};

/** Each request on each state, with a look at what it leaves. */
function matrix(requests: readonly (Command | SendStep)[]): ParityCase[] {
  return Object.entries(states).flatMap(([state, before]) =>
    requests.map((request) => ({
      name: `${describe(request)} on ${state}`,
      send: [
        ...before,
        request,
        state === "hashtable" ? sorted("HGETALL h", NO_ORDER) : "HGETALL h",
        "TYPE h",
        "OBJECT ENCODING h",
      ],
    }))
  );
}

function describe(request: Command | SendStep): string {
  const words = typeof request === "object" && "kind" in request ? request.args ?? [] : request;
  return typeof words === "string" ? words : words.join(" ");
}

const writes: readonly Command[] = [
  "HSET h a 9",
  "HSET h e 9",
  "HSET h a 1 e 2 a 3",
  ["HSET", "h", "", ""],
  ["HSET", "h", "\x00\xff\r\n", "\r\n\x00"],
  "HSET h a",
  "HSET h a 1 b",
  "HMSET h a 9 e 10",
  "HMSET h a 1 b",
  "HSETNX h a 9",
  "HSETNX h e 9",
  "HDEL h a",
  "HDEL h e",
  "HDEL h a a b e",
  "HDEL h a b c d",
  "HINCRBY h a 5",
  "HINCRBY h e 5",
  "HINCRBY h b 5",
  "HINCRBY h c 5",
  "HINCRBY h d -9223372036854775807",
  "HINCRBY h d -9223372036854775808",
  "HINCRBY h a 9223372036854775807",
  "HINCRBY h a 9223372036854775806",
  "HINCRBY h a abc",
  "HINCRBY h a 1.5",
  "HINCRBY h a 9223372036854775808",
  ["HINCRBY", "h", "a", ""],
  ["HINCRBY", "h", "a", " 1"],
  "HINCRBYFLOAT h a 0.1",
  "HINCRBYFLOAT h b 0.1",
  "HINCRBYFLOAT h c 1e10",
  "HINCRBYFLOAT h c -3.5",
  "HINCRBYFLOAT h d 7",
  "HINCRBYFLOAT h e 3.0e-10",
  "HINCRBYFLOAT h a inf",
  "HINCRBYFLOAT h a -inf",
  "HINCRBYFLOAT h a nan",
  "HINCRBYFLOAT h a abc",
  "HINCRBYFLOAT h a 1e5000",
  ["HINCRBYFLOAT", "h", "a", " 1"],
];

const reads: readonly Command[] = [
  "HGET h a",
  "HGET h e",
  ["HGET", "h", ""],
  "HMGET h a e b a",
  "HEXISTS h a",
  "HEXISTS h e",
  "HSTRLEN h b",
  "HSTRLEN h d",
  "HSTRLEN h e",
  "HLEN h",
  "HRANDFIELD h 0",
  "HRANDFIELD h 0 WITHVALUES",
  "HRANDFIELD h abc",
  "HRANDFIELD h 1 JUNK",
  "HRANDFIELD h 1 WITHVALUES WITHVALUES",
  "HRANDFIELD h abc JUNK",
  "HRANDFIELD h -9223372036854775808",
  "HRANDFIELD h 4611686018427387904 WITHVALUES",
  "HSCAN h abc",
  "HSCAN h -1 COUNT abc",
  "HSCAN h 0 COUNT",
  "HSCAN h 0 COUNT 0",
  "HSCAN h 0 COUNT abc",
  "HSCAN h 0 MATCH",
  "HSCAN h 0 TYPE string",
  "HSCAN h 0 JUNK",
  "HSCAN h 18446744073709551616",
];

/** Reads whose elements come in no order from a hash table. */
const listings: readonly Command[] = [
  "HKEYS h",
  "HVALS h",
  "HGETALL h",
  "HRANDFIELD h 4",
  "HRANDFIELD h 100",
  "HRANDFIELD h 100 WITHVALUES",
  "HRANDFIELD h 9223372036854775807",
  "HRANDFIELD h 4611686018427387903 withvalues",
];

const scans: readonly Command[] = [
  "HSCAN h 0 COUNT 1000",
  "HSCAN h 0 COUNT 1000 MATCH *",
  "HSCAN h 0 COUNT 1000 MATCH [ab]",
  "HSCAN h 0 MATCH x* COUNT 1000",
  "HSCAN h 0 count 5 match a COUNT 1000 MATCH b",
];

/** The listings of a listpack are in its order, exactly. */
function listingCases(): ParityCase[] {
  return Object.entries(states).flatMap(([state, before]) => [
    ...listings.map((request) => ({
      name: `${describe(request)} on ${state}`,
      send: [...before, state === "hashtable" ? sorted(request, NO_ORDER) : request],
    })),
    ...scans.map((request) => ({
      name: `${describe(request)} on ${state}`,
      send: [...before, state === "hashtable" ? sorted(request, NO_ORDER, 2) : request],
    })),
  ]);
}

/** Fields `from` to `to` with values, as arguments. */
function fields(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, i) => `f${from + i} ${from + i}`).join(" ");
}

const encodings: readonly ParityCase[] = [
  {
    name: "512 fields are a listpack, 513 a table, and a table stays one",
    send: [
      `HSET h ${fields(1, 512)}`,
      "OBJECT ENCODING h",
      "HSET h f1 x f512 y",
      "OBJECT ENCODING h",
      "HSET h f513 1",
      "OBJECT ENCODING h",
      "HLEN h",
      `HDEL h ${Array.from({ length: 512 }, (_, i) => `f${i + 1}`).join(" ")}`,
      "OBJECT ENCODING h",
      "HGETALL h",
    ],
  },
  ...["HSET h %", "HSETNX h %", "HMSET h %"].flatMap((command) =>
    [[64, 64], [65, 1], [1, 65]].map(([field, value]) => ({
      name: `${command}: a field of ${field} bytes, a value of ${value}`,
      send: [
        command.replace("%", `${"f".repeat(field)} ${"v".repeat(value)}`),
        "OBJECT ENCODING h",
        "HGETALL h",
      ],
    }))
  ),
  {
    name: "a long value makes a table of a listpack in the middle of a request",
    send: [`HSET h a 1 b ${LONG} c 3`, "OBJECT ENCODING h", "HMGET h a b c"],
  },
  {
    name: "HINCRBY and HINCRBYFLOAT make a table where the field is long",
    send: [`HINCRBY h ${LONG} 5`, "OBJECT ENCODING h", `HINCRBYFLOAT g ${LONG} 1.5`, "OBJECT ENCODING g"],
  },
  {
    name: "limits that CONFIG SET gives hold from the next write on",
    prepare: ["CONFIG SET hash-max-listpack-entries 2 hash-max-listpack-value 4"],
    cleanup: ["CONFIG SET hash-max-listpack-entries 512 hash-max-listpack-value 64"],
    send: [
      "HSET h a 1 b 2",
      "OBJECT ENCODING h",
      "HSET h a 1 a 2 a 3",
      "OBJECT ENCODING h",
      "HSET h c 1",
      "OBJECT ENCODING h",
      "HSET g a 1234",
      "OBJECT ENCODING g",
      "HINCRBY g a 8766",
      "OBJECT ENCODING g",
      "HGET g a",
    ],
  },
  {
    name: "numbers are kept as they were written",
    send: [
      "HSET h a 007 b +5 c -0 d 9223372036854775808 e 1e3 f -9223372036854775808 7 seven",
      "HGETALL h",
      "HGET h 7",
      "HGET h 07",
      "HSTRLEN h f",
      "HINCRBY h a 1",
      "HINCRBY h b 1",
      "HINCRBY h f 1",
      "HINCRBYFLOAT h b 1",
    ],
  },
  {
    name: "values of every size",
    send: [253, 254, 255, 2047, 2048, 2049, 70000].flatMap((size): Command[] => [
      `HSET h f${size} ${"v".repeat(size)}`,
      `HGET h f${size}`,
      `HSTRLEN h f${size}`,
      `HSET h f ${"w".repeat(size)}`,
      "HGET h f",
    ]),
  },
  {
    name: "a hash is copied, renamed, given a time and replaced",
    send: [
      SMALL,
      "COPY h g",
      "HSET h a changed",
      "HGETALL g",
      "RENAME g i",
      "HGETALL i",
      "EXPIRE i 1000",
      "HGETALL i",
      "HSET i e 5",
      "PERSIST i",
      "SET i string",
      "HGET i a",
      "HSET new a 1",
      "RENAME new i",
      "HGETALL i",
      "DEL h i",
      "EXISTS h i",
    ],
  },
];

const newer: readonly ParityCase[] = [
  {
    name: "HSCAN NOVALUES",
    send: [SMALL, "HSCAN h 0 NOVALUES", "HSCAN h 0 novalues MATCH [ab] COUNT 5", "HSCAN none 0 NOVALUES"],
    expect: {
      since: "7.4",
      resp2: [
        ":4\r\n",
        "*2\r\n$1\r\n0\r\n*4\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n",
        "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
        "*2\r\n$1\r\n0\r\n*0\r\n",
      ],
    },
  },
  {
    name: "HEXPIREAT, HEXPIRETIME and HPERSIST",
    send: [
      SMALL,
      "HEXPIREAT h 33177117420 FIELDS 2 a x",
      "HEXPIRETIME h FIELDS 3 a b x",
      "HPEXPIRETIME h FIELDS 1 a",
      "OBJECT ENCODING h",
      "HEXPIREAT h 1 FIELDS 1 a",
      "HGETALL h",
      "HPERSIST h FIELDS 1 b",
      "HPEXPIREAT none 33177117420000 FIELDS 1 a",
    ],
    expect: {
      since: "7.4",
      resp2: [
        ":4\r\n",
        "*2\r\n:1\r\n:-2\r\n",
        "*3\r\n:33177117420\r\n:-1\r\n:-2\r\n",
        "*1\r\n:33177117420000\r\n",
        "$10\r\nlistpackex\r\n",
        "*1\r\n:2\r\n",
        "*6\r\n$1\r\nb\r\n$3\r\ntwo\r\n$1\r\nc\r\n$3\r\n3.5\r\n$1\r\nd\r\n$2\r\n-7\r\n",
        "*1\r\n:-1\r\n",
        "*1\r\n:-2\r\n",
      ],
      resp3: [
        ":4\r\n",
        "*2\r\n:1\r\n:-2\r\n",
        "*3\r\n:33177117420\r\n:-1\r\n:-2\r\n",
        "*1\r\n:33177117420000\r\n",
        "$10\r\nlistpackex\r\n",
        "*1\r\n:2\r\n",
        "%3\r\n$1\r\nb\r\n$3\r\ntwo\r\n$1\r\nc\r\n$3\r\n3.5\r\n$1\r\nd\r\n$2\r\n-7\r\n",
        "*1\r\n:-1\r\n",
        "*1\r\n:-2\r\n",
      ],
    },
  },
];

/** Replies that are random, of which only the shape is compared. */
const random: readonly ParityCase[] = [
  {
    name: "HRANDFIELD on a hash of one field",
    send: [
      "HSET h a 1",
      "HRANDFIELD h",
      "HRANDFIELD h 1",
      "HRANDFIELD h 1 WITHVALUES",
      "HRANDFIELD h -3",
      "HRANDFIELD h -3 WITHVALUES",
      `HSET h a ${LONG}`,
      "HRANDFIELD h",
      "HRANDFIELD h 1 WITHVALUES",
      "HRANDFIELD h -2 WITHVALUES",
    ],
  },
  ...each([
    "HRANDFIELD none",
    "HRANDFIELD none 5",
    "HRANDFIELD none -5 WITHVALUES",
  ]),
  { name: "HRANDFIELD of a string", send: ["SET h 1", "HRANDFIELD h", "HRANDFIELD h 1", "HRANDFIELD h -1"] },
];

/** Every case of the group. */
export const hashes = caseGroup("hashes", [
  ...wrongArity("HSET", [0, 1, 2]),
  ...wrongArity("HMSET", [0, 1, 2]),
  ...wrongArity("HSETNX", [0, 2, 4]),
  ...wrongArity("HGET", [0, 1, 3]),
  ...wrongArity("HMGET", [0, 1]),
  ...wrongArity("HGETALL", [0, 2]),
  ...wrongArity("HKEYS", [0, 2]),
  ...wrongArity("HVALS", [0, 2]),
  ...wrongArity("HLEN", [0, 2]),
  ...wrongArity("HSTRLEN", [1, 3]),
  ...wrongArity("HEXISTS", [1, 3]),
  ...wrongArity("HDEL", [0, 1]),
  ...wrongArity("HINCRBY", [2, 4]),
  ...wrongArity("HINCRBYFLOAT", [2, 4]),
  ...wrongArity("HRANDFIELD", [0]),
  ...wrongArity("HSCAN", [0, 1]),
  ...matrix(writes),
  ...Object.entries(states).flatMap(([state, before]) =>
    reads.map((request) => ({ name: `${describe(request)} on ${state}`, send: [...before, request] }))
  ),
  ...listingCases(),
  ...encodings,
  ...random,
  ...newer,
]);
