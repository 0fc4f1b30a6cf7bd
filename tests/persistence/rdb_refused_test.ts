/** Payloads that are refused because of one thing that is wrong inside of them, and sound ones beside them. */

import assert from "node:assert/strict";
import { Executor } from "../support/executor.ts";
import { printable } from "../support/replies.ts";
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

const OK = "+OK\r\n";
const BAD = "-ERR Bad data format\r\n";

/** The bytes that are used once nothing waits to be freed. */
function used(executor: Executor): number {
  while (executor.keyspace.lazyfree.step());
  return executor.keyspace.arena.used;
}

const ENTRY = [2, 0, 0, 1, 5];
/** A stream of one node and one entry `1-1 a 1`, of which parts are replaced. */
function stream(parts: {
  key?: string;
  node?: (number | string)[];
  tail?: string;
}): string {
  const node = parts.node ?? [1, 0, 1, "a", 0, 2, 0, 0, 1, 4];
  return payload(
    19,
    count(1) + string(parts.key ?? rawId(1, 1)) + string(listpack(node)) +
      (parts.tail ?? count(1) + id(1, 1) + id(1, 1) + id(0, 0) + count(1) + count(0)),
  );
}

function withGroups(groups: string): string {
  return stream({ tail: count(1) + id(1, 1) + id(1, 1) + id(0, 0) + count(1) + groups });
}

const pending = rawId(1, 1) + little(5, 8) + count(1);
const consumer = (name: string, ids: string) => string(name) + little(5, 8) + ids;
const one = count(1) + rawId(1, 1);

/** What has nothing wrong with it, so that the refused ones differ from it in one thing. */
const SOUND: Record<string, string> = {
  "a stream": stream({}),
  "a stream without entries": payload(
    19,
    count(0) + count(0) + id(0, 0) + id(0, 0) + id(0, 0) + count(0) + count(0),
  ),
  "a node with deleted entries only": stream({
    node: [0, 1, 1, "a", 0, 3, 0, 0, 1, 4],
    tail: count(0) + id(1, 1) + id(0, 0) + id(1, 1) + count(1) + count(0),
  }),
  "a group": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(1) + pending + count(1) + consumer("c", one),
  ),
  "a group that has read it does not know what": withGroups(
    count(1) + string("g") + id(1, 1) + count(2n ** 64n - 1n) + count(0) + count(0),
  ),
  "a quicklist with an empty node": payload(
    18,
    count(2) + count(2) + string(listpack([])) + count(2) + string(listpack([1])),
  ),
  "bytes behind the value": payload(0, string("a") + "more"),
  "version 12": payload(0, string("a"), 12),
  "version 1": payload(0, string("a"), 1),
};

const REFUSED: Record<string, string> = {
  "type 26": payload(26, string("a")),
  "a module's type": payload(7, string("abcdefghi") + count(0)),
  "a type that never was": payload(8, string("a")),
  "type 255": payload(255, string("a")),
  "a count of 2^40 elements": payload(2, count(2 ** 40) + string("a")),
  "a list without elements": payload(1, count(0)),
  "a ziplist without elements": payload(10, string(ziplist([]))),
  "a quicklist without nodes": payload(18, count(0)),
  "a quicklist with an empty node only": payload(18, count(1) + count(2) + string(listpack([]))),
  "a quicklist's node of kind 3": payload(18, count(1) + count(3) + string(listpack([1]))),
  "a listpack that repeats a length in other bytes": payload(
    18,
    count(1) + count(2) + string("\x09\0\0\0\x01\0" + "\0\x81" + "\xff"),
  ),
  "a set without members": payload(2, count(0)),
  "a set with a member twice": payload(2, count(3) + string("a") + string("b") + string("a")),
  "a set with an integer twice": payload(2, count(2) + string("5") + "\xc0\x05"),
  "a large set with a member twice": payload(2, count(2) + string("a".repeat(99)).repeat(2)),
  "an intset without integers": payload(11, string(intset(2, []))),
  "an intset that is not in order": payload(11, string(intset(2, [1, 3, 2]))),
  "an intset with an integer twice": payload(11, string(intset(4, [1, 1]))),
  "an intset of width 3": payload(11, string(little(3, 4) + little(1, 4) + "abc")),
  "a packed set without members": payload(20, string(listpack([]))),
  "a packed set with a member twice": payload(20, string(listpack(["a", "b", "a"]))),
  "a packed set with an integer twice": payload(20, string(listpack(["7", "b", 7]))),
  "a sorted set without members": payload(5, count(0)),
  "a sorted set with a member twice": payload(5, count(2) + (string("a") + double(1)).repeat(2)),
  "a score that is not a number": payload(5, count(1) + string("a") + double(NaN)),
  "a score as text that is not a number": payload(3, count(1) + string("a") + "\xfd"),
  "a score as text that is none": payload(3, count(1) + string("a") + string("1x")),
  "a packed sorted set without members": payload(17, string(listpack([]))),
  "a packed sorted set with a member without score": payload(17, string(listpack(["a", 1, "b"]))),
  "a packed sorted set that is not in order": payload(17, string(listpack(["a", 2, "b", 1]))),
  "a packed sorted set of equal scores not in order": payload(17, string(listpack(["b", 1, "a", 1]))),
  "a packed sorted set with a member twice": payload(17, string(listpack(["a", 1, "b", 2, "a", 3]))),
  "a packed score that is none": payload(17, string(listpack(["a", "x"]))),
  "a packed score that is not a number": payload(17, string(listpack(["a", "nan"]))),
  "a hash without fields": payload(4, count(0)),
  "a hash with a field twice": payload(4, count(2) + (string("a") + string("1")).repeat(2)),
  "a large hash with a field twice": payload(4, count(2) + (string("a") + string("1".repeat(99))).repeat(2)),
  "a packed hash without fields": payload(16, string(listpack([]))),
  "a packed hash with a field without value": payload(16, string(listpack(["a", 1, "b"]))),
  "a packed hash with a field twice": payload(16, string(listpack(["a", 1, "b", 2, "a", 3]))),
  "a zipmap with a field twice": payload(9, string(zipmap([["a", "1"], ["a", "2"]]))),
  "a zipmap without fields": payload(9, string(zipmap([]))),
  "a ziplist hash with a field twice": payload(13, string(ziplist(["a", 1, "a", 2]))),
  "a hash with a field that expires too late": payload(
    22,
    count(1) + count(2 ** 48) + string("a") + string("1"),
    12,
  ),
  "a hash with fields before their first expiry": payload(
    24,
    little(-5, 8) + count(1) + count(2) + string("a") + string("1"),
    12,
  ),
  "a listpackex with a field twice": payload(23, string(listpack(["a", 1, 0, "a", 2, 0])), 12),
  "a listpackex with a field without expiry": payload(23, string(listpack(["a", 1, 0, "b", 2])), 12),
  "a listpackex with an expiry that is no integer": payload(23, string(listpack(["a", 1, "x"])), 12),
  "a listpackex with a negative expiry": payload(23, string(listpack(["a", 1, -1])), 12),
  "a stream with a master ID of 15 bytes": stream({ key: rawId(1, 1).slice(1) }),
  "a stream that counts one entry more": stream({
    tail: count(2) + id(1, 1) + id(1, 1) + id(0, 0) + count(2) + count(0),
  }),
  "a stream whose last ID is before its last entry": stream({
    tail: count(1) + id(1, 0) + id(1, 1) + id(0, 0) + count(1) + count(0),
  }),
  "a stream with an empty node": stream({ node: [] }),
  "a node that counts an entry more": stream({ node: [2, 0, 1, "a", 0, ...ENTRY] }),
  "a node that counts a deleted entry": stream({ node: [1, 1, 1, "a", 0, ...ENTRY] }),
  "a node whose master entry has no end": stream({ node: [1, 0, 1, "a", 1, 2, 0, 0, 1, 4] }),
  "a node with more master fields than there are": stream({ node: [1, 0, 127, "a", 0, 2, 0, 0, 1, 4] }),
  "an entry with an unknown flag": stream({ node: [1, 0, 1, "a", 0, 4, 0, 0, 1, "a", 1, 6] }),
  "an entry with the wrong number of elements": stream({ node: [1, 0, 1, "a", 0, 2, 0, 0, 1, 5] }),
  "an entry whose ID is a string": stream({ node: [1, 0, 1, "a", 0, 2, "x", 0, 1, 4] }),
  "an entry that lacks a value": stream({ node: [1, 0, 1, "a", 0, 2, 0, 0, 4] }),
  "entries that are not in order": stream({
    node: [2, 0, 1, "a", 0, 2, 5, 0, 1, 4, 2, 4, 0, 1, 4],
    tail: count(2) + id(9, 1) + id(1, 1) + id(0, 0) + count(2) + count(0),
  }),
  "an entry before its master ID": stream({ node: [1, 0, 1, "a", 0, 2, 0, -1, 1, 4] }),
  "a group twice": withGroups(
    count(2) + (string("g") + id(1, 1) + count(1) + count(0) + count(0)).repeat(2),
  ),
  "an entry that is pending twice": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(2) + pending.repeat(2) + count(1) +
      consumer("c", one),
  ),
  "an entry that is pending for nobody": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(1) + pending + count(1) + consumer("c", count(0)),
  ),
  "an entry that is pending for two": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(1) + pending + count(2) + consumer("c", one) +
      consumer("d", one),
  ),
  "an entry that is pending for a consumer only": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(0) + count(1) + consumer("c", one),
  ),
  "a consumer twice": withGroups(
    count(1) + string("g") + id(1, 1) + count(1) + count(0) + count(2) + consumer("c", count(0)).repeat(2),
  ),
};

Deno.test("sound payloads beside the ones that are refused", () => {
  const executor = new Executor();
  const before = used(executor);
  for (const [what, payload] of Object.entries(SOUND)) {
    assert.equal(executor.run("RESTORE", "k", "0", payload), OK, `${what}: ${printable(payload)}`);
    executor.keyspace.check();
    executor.run("DEL", "k");
  }
  assert.equal(used(executor), before);
});

for (const [what, payload] of Object.entries(REFUSED)) {
  Deno.test(`refused: ${what}`, () => {
    const executor = new Executor();
    const before = used(executor);
    assert.equal(executor.run("RESTORE", "k", "0", payload), BAD, printable(payload));
    assert.equal(used(executor), before);
    executor.keyspace.check();
  });
}
