/**
 * Finding keys by specifications that the commands so far do not have. Specifications and expectations are
 * redis-server 7.0.15's: its COMMAND INFO, and its answers to COMMAND GETKEYS.
 */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { defineCommand, keysFrom, type KeySpecification, oneKey } from "../../src/commands/define.ts";
import { hasKeys, legacyKeyRange, RequestKeys } from "../../src/commands/keys.ts";
import { Command } from "../../src/commands/table.ts";
import { Args } from "../../src/resp/args.ts";

function command(name: string, ...keys: KeySpecification[]): Command {
  const definition = defineCommand({
    name,
    group: "generic",
    since: "1.0.0",
    summary: "",
    complexity: "",
    history: [],
    deprecated: null,
    arity: -2,
    flags: [],
    categories: [],
    tips: [],
    keys,
    arguments: [],
    subcommands: [],
    run() {},
  });
  return new Command(definition, "");
}

function argsOf(words: readonly string[]): Args {
  const table: number[] = [];
  let at = 0;
  for (const { length } of words) {
    table.push(at, at + length);
    at += length;
  }
  const args = new Args();
  args.attach(bytesOf(words.join("")), Int32Array.from(table), 0, words.length);
  return args;
}

/** The keys of a request given as words, `first` of which do not belong to it. */
function keysOf(command: Command, request: string, keys = new RequestKeys(), first = 0): string[] {
  const args = argsOf(request.split(" "));
  const count = keys.find(command, args, first);
  assert.equal(keys.count, count);
  return Array.from({ length: count }, (_, i) => args.text(keys.position(i)));
}

function keyword(
  word: string,
  options: { from: number; last: number; limit: number; flags: KeySpecification["flags"] },
): KeySpecification {
  return {
    notes: null,
    flags: options.flags,
    begin: { type: "keyword", keyword: word, from: options.from },
    find: { type: "range", last: options.last, step: 1, limit: options.limit },
  };
}

function counted(index: number, ...flags: KeySpecification["flags"]): KeySpecification {
  return {
    notes: null,
    flags,
    begin: { type: "index", index },
    find: { type: "numkeys", numkeys: 0, first: 1, step: 1 },
  };
}

const xread = command("XREAD", keyword("STREAMS", { from: 1, last: -1, limit: 2, flags: ["RO", "access"] }));
const xreadgroup = command(
  "XREADGROUP",
  keyword("STREAMS", { from: 4, last: -1, limit: 2, flags: ["RO", "access"] }),
);
const zunionstore = command("ZUNIONSTORE", oneKey(1, "OW", "update"), counted(2, "RO", "access"));
const zmpop = command("ZMPOP", counted(1, "RW", "access", "delete"));
const blpop = command("BLPOP", {
  notes: null,
  flags: ["RW", "access", "delete"],
  begin: { type: "index", index: 1 },
  find: { type: "range", last: -2, step: 1, limit: 0 },
});
const bitop = command("BITOP", oneKey(2, "OW", "update"), keysFrom(3, 1, "RO", "access"));
const mset = command("MSET", keysFrom(1, 2, "OW", "update"));
const spublish = command("SPUBLISH", oneKey(1, "not_key"));
const migrate = command(
  "MIGRATE",
  oneKey(3, "RW", "access", "delete"),
  keyword("KEYS", { from: -2, last: -1, limit: 0, flags: ["RW", "access", "delete", "incomplete"] }),
);
const unknown: KeySpecification = {
  notes: "For the optional STORE keyword.",
  flags: ["OW", "update"],
  begin: { type: "unknown" },
  find: { type: "unknown" },
};
const partlyKnown = command("PARTLY", oneKey(1, "RO", "access"), unknown);

for (
  const [specified, request, expected] of [
    [xread, "xread streams a b 0 0", ["a", "b"]],
    [xread, "xread count 2 StReAmS a b 0 0", ["a", "b"]],
    [xread, "xread streams a b c", ["a"]],
    [xread, "xread streams a", []],
    [xread, "xread count 1 2 3", []],
    [xread, "xread count 1 2 streams", []],
    [xreadgroup, "xreadgroup group g c streams s1 >", ["s1"]],
    [xreadgroup, "xreadgroup group streams c streams s1 >", ["s1"]],
    [zunionstore, "zunionstore d 2 a b weights 1 2", ["d", "a", "b"]],
    [zunionstore, "zunionstore d 3 a b", []],
    [zunionstore, "zunionstore d x a b", []],
    [zunionstore, "zunionstore d 0 a b", []],
    [zunionstore, "zunionstore d -1 a b", []],
    [zunionstore, "zunionstore d 9223372036854775807 a b", []],
    [zmpop, "zmpop 2 a b min", ["a", "b"]],
    [zmpop, "zmpop", []],
    [blpop, "blpop a b 0", ["a", "b"]],
    [bitop, "bitop and d a b", ["d", "a", "b"]],
    [mset, "mset a 1 b 2", ["a", "b"]],
    [mset, "mset a 1 b", ["a", "b"]],
    [spublish, "spublish channel message", []],
  ] as const
) {
  Deno.test(`the keys of "${request}"`, () => {
    assert.deepEqual(keysOf(specified, request), expected);
  });
}

Deno.test("each key has the flags of its specification", () => {
  const keys = new RequestKeys();
  keysOf(zunionstore, "zunionstore d 2 a b", keys);
  assert.deepEqual([0, 1, 2].map((i) => keys.flags(i)), [
    ["OW", "update"],
    ["RO", "access"],
    ["RO", "access"],
  ]);
});

Deno.test("a request within a request is found where it begins", () => {
  assert.deepEqual(keysOf(xread, "command getkeys xread streams a 0", new RequestKeys(), 2), ["a"]);
  assert.deepEqual(keysOf(bitop, "command getkeys bitop and d a b", new RequestKeys(), 2), ["d", "a", "b"]);
});

Deno.test("one object finds the keys of one request after the other, many or few", () => {
  const keys = new RequestKeys();
  const many = Array.from({ length: 1000 }, (_, i) => `k${i}`);
  assert.deepEqual(keysOf(mset, `mset ${many.join(" v ")} v`, keys), many);
  assert.deepEqual(keysOf(mset, "mset a 1", keys), ["a"]);
  assert.deepEqual(keysOf(xread, "xread count 1", keys), []);
});

Deno.test("what is only routed like a key is found where that is asked for", () => {
  assert.deepEqual(keysOf(spublish, "spublish channel message", new RequestKeys(true)), ["channel"]);
  assert.equal(hasKeys(spublish.definition), false);
  assert.equal(hasKeys(xread.definition), true);
});

Deno.test("specifications that do not tell all keys find none by themselves", () => {
  assert.deepEqual(keysOf(partlyKnown, "partly a store b"), []);
  assert.deepEqual(keysOf(migrate, "migrate host 1 k 0 1 keys a b"), []);
});

Deno.test("the old range of key positions is that of COMMAND INFO", () => {
  const cases = [
    [xread, { first: 0, last: 0, step: 0, movable: true }],
    [zunionstore, { first: 1, last: 1, step: 1, movable: true }],
    [zmpop, { first: 0, last: 0, step: 0, movable: true }],
    [blpop, { first: 1, last: -2, step: 1, movable: false }],
    [bitop, { first: 2, last: -1, step: 1, movable: false }],
    [mset, { first: 1, last: -1, step: 2, movable: false }],
    [migrate, { first: 3, last: 3, step: 1, movable: true }],
    [partlyKnown, { first: 1, last: 1, step: 1, movable: true }],
    [command("RENAME", oneKey(1, "RW"), oneKey(2, "OW")), { first: 1, last: 2, step: 1, movable: false }],
    [command("PING"), { first: 0, last: 0, step: 0, movable: false }],
  ] as const;
  for (const [{ definition }, expected] of cases) {
    assert.deepEqual(legacyKeyRange(definition.keys), expected, definition.name);
  }
});
