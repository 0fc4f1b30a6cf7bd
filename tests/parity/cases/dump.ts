/**
 * DUMP and RESTORE. What payloads of all types hold is compared in tests/persistence.
 *
 * @module
 */

import {
  count,
  double,
  id,
  intset,
  listpack,
  payload,
  sealed,
  string,
} from "../../persistence/rdb_payloads.ts";
import { samples, typeOf } from "../../persistence/rdb_samples.ts";
import {
  approximate,
  caseGroup,
  type Command,
  each,
  encoding,
  ignore,
  type ParityCase,
  sorted,
  wrongArity,
} from "../case.ts";

const HELLO = payload(0, string("hello"));
const ANY_ORDER = "members and fields come in no order";
/** The last type that Redis 7.0 knows. */
const LAST_TYPE = 19;

function restore(...rest: string[]): Command {
  return ["RESTORE", "k", ...rest];
}

const errors: ParityCase[] = [
  ...wrongArity("DUMP", [0, 2]),
  ...wrongArity("RESTORE", [0, 1, 2]),
  ...each([
    "DUMP k",
    restore("0", HELLO, "junk"),
    restore("0", HELLO, "REPLACE", "junk"),
    restore("0", HELLO, "IDLETIME"),
    restore("0", HELLO, "IDLETIME", "x"),
    restore("0", HELLO, "IDLETIME", "-1"),
    restore("0", HELLO, "IDLETIME", "9223372036854775808"),
    restore("0", HELLO, "FREQ"),
    restore("0", HELLO, "FREQ", "x"),
    restore("0", HELLO, "FREQ", "-1"),
    restore("0", HELLO, "FREQ", "256"),
    restore("0", HELLO, "FREQ", "0", "IDLETIME", "0"),
    restore("0", HELLO, "IDLETIME", "0", "FREQ", "0"),
    restore("0", HELLO, "IDLETIME", "0", "IDLETIME", "-5"),
    restore("0", HELLO, "FREQ", "-5", "junk"),
    restore("x", HELLO),
    restore("-1", HELLO),
    restore("9223372036854775808", HELLO),
    restore("1.5", HELLO),
    restore("-1", "junk"),
    restore("x", HELLO, "junk"),
    restore("0", ""),
    restore("0", "123456789"),
    restore("0", "1234567890"),
    restore("0", HELLO.slice(0, -1)),
    restore("0", HELLO.slice(0, -1) + "x"),
    restore("0", "x" + HELLO.slice(1)),
    ["RESTORE", "k", "0", sealed("\0\x05hello\xff\xff")],
    ["RESTORE", "k", "0", sealed("\x0a\0")],
    restore("0", payload(0, "")),
    restore("0", payload(0, "\x20hello")),
    restore("0", payload(9, string("x"))),
    restore("0", payload(2, count(0))),
    restore("0", payload(4, count(1) + string("a"))),
    restore("0", payload(30, string("a"))),
    restore("0", payload(7, string("a"))),
    restore("0", payload(11, string("x"))),
    restore("0", payload(5, count(1) + string("a") + double(NaN))),
    restore("0", payload(2, count(2) + string("a").repeat(2))),
  ], { after: ["EXISTS k"] }),
  ...each([
    restore("0", HELLO),
    restore("x", HELLO),
    restore("0", "junk"),
    restore("0", HELLO, "junk"),
    restore("0", HELLO, "IDLETIME", "-1"),
    restore("x", HELLO, "REPLACE"),
    restore("0", "junk", "REPLACE"),
    restore("0", payload(2, count(0)), "REPLACE"),
    restore("0", HELLO, "REPLACE"),
    restore("0", HELLO, "replace", "absttl"),
  ], { before: ["SET k old EX 100"], after: ["GET k", "TTL k"] }),
];

const expiry: ParityCase[] = [
  { send: [restore("0", HELLO), "TTL k", "GET k"] },
  { send: [restore("0", HELLO, "ABSTTL"), "TTL k"] },
  { send: [restore("100000", HELLO), approximate("PTTL k", 5000)] },
  { send: [restore("99999999999999", HELLO, "ABSTTL"), "PEXPIRETIME k"] },
  { send: [restore("1", HELLO, "ABSTTL"), "EXISTS k"] },
  { send: ["SET k old", restore("1", HELLO, "ABSTTL"), "GET k"] },
  { send: ["SET k old", restore("1", HELLO, "ABSTTL", "REPLACE"), "EXISTS k"] },
  { send: ["SET k old", restore("1", payload(2, count(0)), "ABSTTL", "REPLACE"), "GET k"] },
  { send: [restore("9223372036854775807", HELLO), "EXISTS k"] },
  { send: ["SET k old PXAT 1", restore("0", HELLO), "GET k"] },
  { send: ["SET k old PXAT 1", restore("0", HELLO, "REPLACE"), "GET k", "TTL k"] },
  { send: [restore("0", HELLO, "IDLETIME", "1000"), approximate("OBJECT IDLETIME k", 5)] },
  { send: [restore("0", HELLO, "FREQ", "255"), "GET k"] },
  { send: ["RPUSH k a", restore("0", HELLO, "REPLACE"), "TYPE k"] },
];

/** Values of which a payload has no order of its own, and nothing to compress. */
const exact: ParityCase[] = [
  ...[
    "",
    "hello",
    "0",
    "-1",
    "127",
    "128",
    "-129",
    "32768",
    "-2147483649",
    "9999999999",
    "007",
    "x".repeat(20),
  ].map((
    value,
  ): ParityCase => ({ send: [["SET", "k", value], "DUMP k"] })),
  { send: ["SET k 5", "APPEND k 6", "DUMP k"] },
  { send: ["SET k v EX 100", "DUMP k"] },
  { send: ["SADD k 3 1 2", "DUMP k"] },
  { send: ["SADD k 70000 -5", "DUMP k"] },
  { send: ["SADD k only", "DUMP k"] },
  { send: ["HSET k f v", "DUMP k"] },
  { send: ["ZADD k 1 a -1.5 b", "DUMP k"] },
  { send: ["RPUSH k a", "DUMP k"] },
  { send: ["XADD k 1-1 a b", "DUMP k"] },
  { send: ["XADD k 1-1 a b", "XDEL k 1-1", "DUMP k"] },
  { send: ["XGROUP CREATE k g $ MKSTREAM", "DUMP k"] },
];

const values: ParityCase[] = samples.filter(({ payload }) => typeOf(payload) <= LAST_TYPE).map(
  ({ name, payload, type, read }): ParityCase => {
    const asked = "OBJECT ENCODING k";
    return {
      name: `RESTORE of ${name}`,
      send: [
        ["RESTORE", "k", "0", payload],
        "TYPE k",
        // Of these the oracle has no listpacks yet.
        type === "list" ? encoding(asked) : type === "set" ? ignore(asked, "7.2's encodings") : asked,
        type === "set" || type === "hash" ? sorted(read, ANY_ORDER) : read,
      ],
    };
  },
);

const more: ParityCase[] = [
  {
    name: "RESTORE of bytes behind the value",
    send: [restore("0", payload(0, string("a") + "more")), "GET k"],
  },
  {
    name: "RESTORE of a stream without entries",
    send: [
      restore("0", payload(19, count(0) + count(0) + id(5, 5) + id(0, 0) + id(5, 5) + count(3) + count(0))),
      "XLEN k",
      "XADD k 5-5 a b",
      "XADD k 5-6 a b",
    ],
  },
  {
    name: "RESTORE of packed values and their use",
    send: [
      restore("0", payload(16, string(listpack(["a", 1, "b", "two"])))),
      "HINCRBY k a 5",
      "HSET k c x",
      restore("0", payload(17, string(listpack(["a", 1, "b", "2.5"]))), "REPLACE"),
      "ZINCRBY k 5 a",
      "ZRANGE k 0 -1 WITHSCORES",
      restore("0", payload(11, string(intset(2, [1, 5]))), "REPLACE"),
      "SADD k 3 100000",
      "SMEMBERS k",
    ],
  },
];

/** The cases of this file. */
export const dump = caseGroup("dump", [...errors, ...expiry, ...exact, ...values, ...more]);
