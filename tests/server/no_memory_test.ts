/**
 * What commands do where the arena has no memory to give, at each of the points where they ask for some: the reply is
 * the out-of-memory error, everything holds together and nothing leaks, keys are as they were or as they should have
 * become, and the effects make the same of a replica. Once there is memory the command does what it should.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { KeyHash } from "../../src/base/siphash.ts";
import { digestOfValue } from "../../src/commands/server/debug_digest.ts";
import type { Database } from "../../src/store/database.ts";
import { anyCommand } from "../parity/generators/mod.ts";
import { key, KEYS, keyword, several, value } from "../parity/generators/arguments.ts";
import { ownedBytes, refuseAllocations } from "../store/modelled_keyspace.ts";
import { Executor } from "../support/executor.ts";
import { runs } from "../support/property.ts";
import { printable } from "../support/replies.ts";

const OUT_OF_MEMORY = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

/** Commands of which the first elements are kept where there is no memory for the next one. */
const IN_PARTS = new Set(["GEOADD", "HMSET", "HSET", "MSET", "MSETNX", "PFADD", "SADD", "ZADD"]);

const SEQUENCE = { minLength: 1, maxLength: 60, size: "max" } as const;

const words = (...parts: fc.Arbitrary<string | readonly string[]>[]) =>
  fc.tuple(...parts).map((args) => args.flat());
const fields = several(value, 3).map((names) => [String(names.length), ...names]);

/** What the oracle of the other generators does not know, or their servers do not need. */
const furtherCommands = fc.oneof(
  words(
    fc.constantFrom("HEXPIRE", "HPEXPIRE"),
    key,
    fc.constantFrom("10", "100000"),
    keyword("FIELDS"),
    fields,
  ),
  words(fc.constant("HPERSIST"), key, keyword("FIELDS"), fields),
  words(fc.constant("HSET"), key, fc.constantFrom(...KEYS), value),
  words(fc.constant("LPUSH"), key, several(fc.constantFrom("x".repeat(9000), "y"), 3)),
  words(fc.constant("SADD"), key, fc.integer({ min: 100, max: 600 }).map((count) => numbers(count))),
);

function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `member:${i}`);
}

const command = fc.oneof(
  { weight: 9, arbitrary: anyCommand.map(({ args }) => args) },
  { weight: 1, arbitrary: furtherCommands },
);

/** What each key holds, as text, by database and key. */
type State = ReadonlyMap<string, string>;

/** A server without a network whose random choices and order of keys can be repeated, and that tells what it holds. */
class Subject extends Executor {
  static make(): Subject {
    const { random } = KeyHash;
    KeyHash.random = () => new KeyHash(1, 2);
    try {
      return new Subject();
    } finally {
      KeyHash.random = random;
    }
  }

  runSeeded(args: readonly string[], seed: number): string {
    const random = new SeededRandom(seed);
    Object.assign(this.keyspace, { random: () => random.uint32() });
    return this.run(...args);
  }

  /** Frees what waits for that, and checks everything. */
  check(): void {
    const { keyspace } = this;
    while (keyspace.lazyfree.busy) keyspace.lazyfree.free();
    keyspace.check();
    assert.equal(keyspace.arena.used, ownedBytes(keyspace), "Bytes in use, and bytes that keys own");
  }

  state(): State {
    const { entries, databases } = this.keyspace;
    const selected = this.session.database;
    const state = new Map<string, string>();
    for (const database of databases) {
      if (database.size === 0) continue;
      const keys: string[] = [];
      database.scan(0, Infinity, (entry) => {
        entries.locateKey(entry);
        keys.push(byteString(entries.page, entries.at, entries.at + entries.length));
      });
      this.run("SELECT", String(database.index));
      for (const key of keys) state.set(`${database.index} ${key}`, this.#describe(database, key));
    }
    this.run("SELECT", String(selected));
    return state;
  }

  /** The value's digest and what that leaves out. */
  #describe(database: Database, key: string): string {
    const { text } = digestOfValue(this.keyspace, database, bytesOf(key));
    const type = this.run("TYPE", key);
    const until = this.run("PEXPIRETIME", key);
    let more = "";
    if (type === "+stream\r\n") more = this.run("XINFO", "GROUPS", key) + this.run("XLEN", key);
    if (type === "+hash\r\n") more = this.run("HPEXPIRETIME", key, "FIELDS", "1", "");
    return `${type}${until}${text} ${more}`;
  }
}

/** Keys that are neither as before nor as they should have become. */
function halfDone(now: State, before: State, after: State): string[] {
  const keys = new Set([...now.keys(), ...before.keys(), ...after.keys()]);
  return [...keys].filter((key) => {
    const is = now.get(key);
    return is !== before.get(key) && is !== after.get(key);
  });
}

Deno.test("where memory is refused, whatever asks for it, commands are undone or recorded", () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.array(command, SEQUENCE), fc.nat(), (sequence, seed) => {
      const subject = Subject.make();
      // The same without the lack of memory, and what the effects make.
      const twin = Subject.make();
      const replica = Subject.make();
      const effects = subject.recordEffects();
      for (const [i, args] of sequence.entries()) {
        const before = subject.state();
        const expected = twin.runSeeded(args, seed + i);
        const after = twin.state();
        for (let left = 0, isDone = false; !isDone; left++) {
          const allow = refuseAllocations(subject.keyspace, left);
          const reply = subject.runSeeded(args, seed + i);
          allow();
          const where = `${printable(args.join(" "), 200)}, allocation ${left + 1} refused`;
          subject.check();
          const now = subject.state();
          if (reply !== OUT_OF_MEMORY) {
            assert.equal(reply, expected, where);
            assert.deepEqual(now, after, where);
            break;
          }
          refused++;
          if (IN_PARTS.has(args[0].toUpperCase())) isDone = !same(now, before);
          else assert.deepEqual(halfDone(now, before, after), [], where);
          isDone ||= !same(now, before);
          if (!isDone) continue;
          // The rest is done; what follows begins from here again.
          replica.runBytes(effects());
          assert.deepEqual(replica.state(), now, where);
          return;
        }
      }
      replica.runBytes(effects());
      assert.deepEqual(replica.state(), subject.state());
      subject.run("FLUSHALL");
      subject.check();
    }),
    runs(25),
  );
  assert.ok(refused > 100, `Only ${refused} commands were refused`);
});

function same(a: State, b: State): boolean {
  return halfDone(a, b, b).length === 0;
}
