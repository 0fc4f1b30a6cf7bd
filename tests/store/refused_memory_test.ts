/** What a database does where the arena has no memory to give: nothing at all. */

import assert from "node:assert/strict";
import { ArenaExhausted } from "../../src/memory/arena.ts";
import {
  assertSameContents,
  contentsOf,
  copyOf,
  ModelledKeyspace,
  ownedBytes,
  patternText,
  refuseAllocations,
  START,
} from "./modelled_keyspace.ts";

/** Steps that ask for memory; the state before them is `held` under `key:0`, and under `key:1` in another database. */
const ambitious: { name: string; run: (model: ModelledKeyspace) => void }[] = [
  { name: "set a new key", run: (model) => model.set(0, "new", "value", -1) },
  { name: "set a new key that expires", run: (model) => model.set(0, "new", "value", START + 10) },
  { name: "set a new large key", run: (model) => model.set(0, "new", patternText(5000, 1), START + 10) },
  { name: "set a longer value", run: (model) => model.set(0, "key:0", patternText(200, 1), -2) },
  { name: "set a large value", run: (model) => model.set(0, "key:0", patternText(5000, 1), -1) },
  { name: "set with another expiry", run: (model) => model.set(0, "key:0", "x", START + 10) },
  { name: "grow", run: (model) => model.resize(0, "key:0", 9000, 1) },
  { name: "create", run: (model) => model.create(0, "new", "value") },
  { name: "make a key expire", run: (model) => model.setExpiry(0, "key:0", START + 10) },
  { name: "make a large key expire", run: (model) => model.setExpiry(0, "large", START + 10) },
  { name: "make a key persist", run: (model) => model.setExpiry(0, "expiring", -1) },
  { name: "rename", run: (model) => model.transfer(0, "key:0", 0, "new", false) },
  { name: "rename a large key", run: (model) => model.transfer(0, "large", 0, "new", false) },
  { name: "rename a key that expires", run: (model) => model.transfer(0, "expiring", 0, "new", false) },
  { name: "move", run: (model) => model.transfer(0, "key:0", 1, "key:0", false) },
  { name: "move a large key", run: (model) => model.transfer(0, "large", 1, "large", false) },
  { name: "move a key that expires", run: (model) => model.transfer(0, "expiring", 1, "expiring", false) },
  { name: "copy", run: (model) => model.transfer(0, "key:0", 1, "key:0", true) },
  { name: "copy a large key", run: (model) => model.transfer(0, "large", 1, "large", true) },
  { name: "copy a key that expires", run: (model) => model.transfer(0, "expiring", 1, "expiring", true) },
  { name: "rename over a key", run: (model) => model.transfer(0, "key:0", 0, "large", false) },
  {
    name: "rename a large key over one that expires",
    run: (model) => model.transfer(0, "large", 0, "expiring", false),
  },
  {
    name: "rename a key that expires over one",
    run: (model) => model.transfer(0, "expiring", 0, "key:0", false),
  },
  {
    name: "move a key that expires over one",
    run: (model) => model.transfer(0, "expiring", 1, "other", false),
  },
  { name: "move a large key over one", run: (model) => model.transfer(0, "large", 1, "other", false) },
  {
    name: "copy a key that expires over one",
    run: (model) => model.transfer(0, "expiring", 1, "other", true),
  },
  { name: "copy a large key over one", run: (model) => model.transfer(0, "large", 1, "other", true) },
  { name: "flush", run: (model) => model.flush(0) },
];

/** Fills databases up, so that the next insertion makes their dictionaries grow: beyond 5 entries, and beyond 12. */
function fillUp(model: ModelledKeyspace): void {
  for (const index of [0, 1]) {
    const database = model.database(index);
    for (let i = 0; database.volatileSize < 5; i++) model.set(index, `volatile:${i}`, "x", START + 1000);
    for (let i = 0; database.size < 12; i++) model.set(index, `lasting:${i}`, "x", -1);
    const { keys, volatile } = database.slots();
    assert.deepEqual({ keys, volatile }, { keys: 15, volatile: 7 }, "The dictionaries are not about to grow");
  }
}

for (const { name, run } of ambitious) {
  Deno.test(`Where there is no memory to ${name}, nothing changes and nothing leaks`, () => {
    for (const full of [false, true]) {
      for (let left = 0;; left++) {
        const model = new ModelledKeyspace(2);
        model.set(0, "key:0", "value", -1);
        model.set(1, "other", "another value", -1);
        model.set(0, "large", patternText(5000, 7), -1);
        model.set(0, "expiring", patternText(100, 8), START + 500);
        if (full) fillUp(model);
        model.check();
        const before = model.model.map(copyOf);
        const allow = refuseAllocations(model.keyspace, left);
        let refused = false;
        try {
          run(model);
        } catch (error) {
          if (!(error instanceof ArenaExhausted)) throw error;
          refused = true;
        } finally {
          allow();
        }
        if (!refused) {
          model.finishLazyfree();
          model.check();
          assert.ok(left > 0, "It asked for no memory");
          break;
        }
        before.forEach((contents, index) => {
          assertSameContents(
            contentsOf(model.keyspace, model.database(index)),
            contents,
            `Allocation ${left + 1} failed`,
          );
        });
        model.keyspace.check();
        assert.equal(model.keyspace.arena.used, ownedBytes(model.keyspace), `Allocation ${left + 1} failed`);
      }
    }
  });
}
