/**
 * Payloads of every type that is read, and what they hold.
 *
 * @module
 */

import {
  count,
  double,
  id,
  intset,
  listpack,
  little,
  payload,
  rawId,
  string,
  ziplist,
  zipmap,
} from "./rdb_payloads.ts";

/** A payload, and what commands find in it. */
export interface Sample {
  readonly name: string;
  readonly payload: string;
  /** What TYPE and OBJECT ENCODING say. */
  readonly type: string;
  readonly encoding: string;
  /** A command that reads all of the key `k`, and the texts of its reply; in any order for sets and hashes. */
  readonly read: string;
  readonly content: readonly string[];
}

/** When fields of hashes expire: after the executor's time. */
export const FIELD_EXPIRY = 1_700_000_100_000;

const LONG = "z".repeat(300);
const pairs = ["a", "1", "b", "two", "c", LONG];
const pairList = [["a", "1"], ["b", "two"], ["c", LONG]] as const;

function list(name: string, bytes: string, content: readonly string[], encoding = "listpack"): Sample {
  return { name, payload: bytes, type: "list", encoding, read: "LRANGE k 0 -1", content };
}

function set(name: string, bytes: string, content: readonly string[], encoding: string): Sample {
  return { name, payload: bytes, type: "set", encoding, read: "SMEMBERS k", content };
}

function zset(name: string, bytes: string, content: readonly string[], encoding = "listpack"): Sample {
  return { name, payload: bytes, type: "zset", encoding, read: "ZRANGE k 0 -1 WITHSCORES", content };
}

function hash(name: string, bytes: string, content: readonly string[], encoding: string): Sample {
  return { name, payload: bytes, type: "hash", encoding, read: "HGETALL k", content };
}

function stream(name: string, bytes: string): Sample {
  const content = ["5-1", "a", "1", "b", "2", "7-0", "c", "long", "9-9", "a", "x", "b", "y"];
  return { name, payload: bytes, type: "stream", encoding: "stream", read: "XRANGE k - +", content };
}

/** Two nodes: 5-1, 6-0 (deleted) and 7-0, which has fields of its own; and 9-9. */
const NODES = count(2) +
  string(rawId(5, 1)) + string(listpack([
    ...[2, 1, 2, "a", "b", 0],
    ...[2, 0, 0, 1, 2, 5],
    ...[3, 1, -1, "p", "q", 5],
    ...[0, 2, -1, 1, "c", "long", 6],
  ])) +
  string(rawId(9, 9)) + string(listpack([1, 0, 2, "a", "b", 0, 2, 0, 0, "x", "y", 5])) +
  count(3) + id(9, 9);

const PENDING = count(2) + rawId(5, 1) + little(1_700_000_000_000, 8) + count(1) + rawId(6, 0) +
  little(1_700_000_000_001, 8) + count(70_000);

/** Two groups; the consumers of the first one have what is pending. */
function groups(versioned: (entriesRead: number) => string, active: string): string {
  const consumer = (name: string, pending: string) =>
    string(name) + little(1_700_000_000_002, 8) + active + pending;
  return count(2) +
    string("g") + id(7, 0) + versioned(3) + PENDING + count(2) + consumer("alice", count(1) + rawId(6, 0)) +
    consumer("bob", count(1) + rawId(5, 1)) +
    string("h") + id(0, 0) + versioned(0) + count(0) + count(1) + consumer("idle", count(0));
}

/** One or more payloads of each type that is read. */
export const samples: readonly Sample[] = [
  ...[["hello", "embstr"], ["12345", "int"], [LONG, "raw"]].map(([text, encoding]): Sample => ({
    name: `STRING ${encoding}`,
    payload: payload(0, string(text)),
    type: "string",
    encoding,
    read: "GET k",
    content: [text],
  })),
  {
    name: "STRING of 8 bits",
    payload: payload(0, "\xc0\xfe"),
    type: "string",
    encoding: "int",
    read: "GET k",
    content: ["-2"],
  },
  {
    name: "STRING compressed",
    payload: payload(0, "\xc3\x06\x0b\x01ab\xe0\x00\x01"),
    type: "string",
    encoding: "embstr",
    read: "GET k",
    content: ["abababababa"],
  },
  list("LIST", payload(1, count(3) + string("a") + "\xc0\x05" + string(LONG), 6), ["a", "5", LONG]),
  list("LIST_ZIPLIST", payload(10, string(ziplist(["a", 5, -300, LONG, "b"])), 6), [
    "a",
    "5",
    "-300",
    LONG,
    "b",
  ]),
  list(
    "LIST_QUICKLIST",
    payload(14, count(2) + string(ziplist(["a", 5])) + string(ziplist([70_000, LONG])), 8),
    ["a", "5", "70000", LONG],
    "quicklist",
  ),
  list("LIST_QUICKLIST of one node", payload(14, count(1) + string(ziplist(["a", 5]))), ["a", "5"]),
  list(
    "LIST_QUICKLIST_2",
    payload(
      18,
      count(3) + count(2) + string(listpack(["a", 5])) + count(1) + string(LONG) + count(2) +
        string(listpack([-4096, "b"])),
    ),
    ["a", "5", LONG, "-4096", "b"],
    "quicklist",
  ),
  list("LIST_QUICKLIST_2 of one node", payload(18, count(1) + count(2) + string(listpack(["a", 5]))), [
    "a",
    "5",
  ]),
  set("SET of integers", payload(2, count(3) + "\xc0\x05" + string("77") + "\xc1\x39\x30"), [
    "5",
    "77",
    "12345",
  ], "intset"),
  set(
    "SET of strings",
    payload(2, count(3) + "\xc0\x05" + string("x") + string("y")),
    ["5", "x", "y"],
    "listpack",
  ),
  set("SET of long strings", payload(2, count(2) + string(LONG) + string("y")), [LONG, "y"], "hashtable"),
  ...([2, 4, 8] as const).map((width) =>
    set(
      `SET_INTSET of ${width} bytes`,
      payload(11, string(intset(width, [-300, 0, 7]))),
      ["-300", "0", "7"],
      "intset",
    )
  ),
  set("SET_LISTPACK", payload(20, string(listpack(["x", 5, "y", 2n ** 40n])), 11), [
    "x",
    "5",
    "y",
    "1099511627776",
  ], "listpack"),
  zset(
    "ZSET",
    payload(3, count(3) + string("a") + "\x041.50" + string("b") + "\xfe" + string("c") + "\xff", 6),
    ["c", "-inf", "a", "1.5", "b", "inf"],
  ),
  zset("ZSET_2", payload(5, count(2) + string("b") + double(2) + string("a") + double(0.1)), [
    "a",
    "0.10000000000000001",
    "b",
    "2",
  ]),
  zset("ZSET_2 of long members", payload(5, count(2) + string(LONG) + double(2) + string("a") + double(-3)), [
    "a",
    "-3",
    LONG,
    "2",
  ], "skiplist"),
  zset("ZSET_ZIPLIST", payload(12, string(ziplist(["a", -5, "b", "1.5", "c", 2n ** 40n])), 6), [
    "a",
    "-5",
    "b",
    "1.5",
    "c",
    "1099511627776",
  ]),
  zset("ZSET_LISTPACK", payload(17, string(listpack(["b", "-inf", 7, 1, "a", 1, "c", "1.5"]))), [
    ...["b", "-inf", "7", "1", "a", "1", "c", "1.5"],
  ]),
  hash("HASH", payload(4, count(3) + pairs.map(string).join("")), pairs, "hashtable"),
  hash(
    "HASH of short strings",
    payload(4, count(2) + pairs.slice(0, 4).map(string).join("")),
    pairs.slice(0, 4),
    "listpack",
  ),
  hash("HASH_ZIPMAP", payload(9, string(zipmap(pairList.slice(0, 2), 2)), 6), pairs.slice(0, 4), "listpack"),
  hash("HASH_ZIPMAP of long strings", payload(9, string(zipmap(pairList)), 6), pairs, "hashtable"),
  hash("HASH_ZIPLIST", payload(13, string(ziplist(["a", 1, "b", "two"])), 7), pairs.slice(0, 4), "listpack"),
  hash("HASH_LISTPACK", payload(16, string(listpack(["a", 1, "b", "two"]))), pairs.slice(0, 4), "listpack"),
  hash(
    "HASH_METADATA_PRE_GA",
    payload(
      22,
      count(2) + count(FIELD_EXPIRY) + string("a") + string("1") + count(0) + string("b") + string("two"),
      12,
    ),
    pairs.slice(0, 4),
    "listpackex",
  ),
  hash(
    "HASH_METADATA",
    payload(
      24,
      little(FIELD_EXPIRY, 8) + count(3) + count(1) + string("a") + string("1") + count(0) + string("b") +
        string("two") +
        count(6) + string("c") + string(LONG),
      12,
    ),
    pairs,
    "hashtable",
  ),
  hash(
    "HASH_LISTPACK_EX_PRE_GA",
    payload(23, string(listpack(["a", 1, FIELD_EXPIRY, "b", "two", 0])), 12),
    pairs.slice(0, 4),
    "listpackex",
  ),
  hash(
    "HASH_LISTPACK_EX",
    payload(
      25,
      little(FIELD_EXPIRY, 8) + string(listpack(["b", "two", FIELD_EXPIRY, "a", 1, FIELD_EXPIRY + 5])),
      12,
    ),
    pairs.slice(0, 4),
    "listpackex",
  ),
  stream("STREAM_LISTPACKS", payload(15, NODES + groups(() => "", ""), 9)),
  stream("STREAM_LISTPACKS_2", payload(19, NODES + id(5, 1) + id(6, 0) + count(4) + groups(count, ""))),
  stream(
    "STREAM_LISTPACKS_3",
    payload(21, NODES + id(5, 1) + id(6, 0) + count(4) + groups(count, little(1_700_000_000_002, 8)), 11),
  ),
];

/** The byte that says how the value of a payload is written. */
export function typeOf(bytes: string): number {
  return bytes.charCodeAt(0);
}
