/** Databases against Maps: what they hold, what they tell of, and what they give back. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { KeyHash } from "../../src/base/siphash.ts";
import type { Keyspace } from "../../src/store/keyspace.ts";
import { runs } from "../support/property.ts";
import {
  contentsOf,
  EqualHash,
  ModelledKeyspace,
  ownedBytes,
  patternText,
  START,
} from "./modelled_keyspace.ts";
import { apply, DATABASES, steps } from "./steps.ts";

/** Records the effects as RESP; the model knows which keys expired, in which order. */
function recordEffects(keyspace: Keyspace): () => string {
  let text = "";
  keyspace.effects.attach({
    effects: (bytes, length) => text += byteString(bytes, 0, length),
  });
  return () => {
    keyspace.effects.flush();
    return text;
  };
}

/** The effects of keys that expired, as RESP. */
function deletions(expired: readonly string[]): string {
  let selected = "";
  let text = "";
  for (const name of expired) {
    const colon = name.indexOf(":");
    const [database, key] = [name.slice(0, colon), name.slice(colon + 1)];
    if (database !== selected) text += `*2\r\n$6\r\nSELECT\r\n$1\r\n${database}\r\n`;
    selected = database;
    text += `*2\r\n$3\r\nDEL\r\n$${key.length}\r\n${key}\r\n`;
  }
  return text;
}

function propertyOfSteps(hash: () => KeyHash) {
  return fc.property(fc.array(steps, { maxLength: 120, size: "max" }), (steps) => {
    const model = new ModelledKeyspace(DATABASES, hash());
    const { keyspace } = model;
    const empty = keyspace.arena.used;
    const effects = recordEffects(keyspace);
    steps.forEach((step, i) => {
      apply(model, step);
      if (i % 12 === 11) model.check();
    });
    model.finishLazyfree();
    model.check();
    assert.equal(keyspace.arena.used, ownedBytes(keyspace));
    assert.equal(effects(), deletions(model.expired));
    for (let index = 0; index < DATABASES; index++) model.flush(index);
    model.finishLazyfree();
    model.check();
    assert.equal(keyspace.arena.used, empty, "Bytes are left when everything is flushed");
  });
}

Deno.test("Databases hold what Maps hold, tell of expired keys, and leak nothing", () => {
  fc.assert(propertyOfSteps(() => new KeyHash(3, 4)), runs(100));
});

Deno.test("Databases hold what Maps hold where all keys collide", () => {
  fc.assert(propertyOfSteps(() => new EqualHash(0, 0)), runs(40));
});

Deno.test("A database of many keys gives everything back", () => {
  const model = new ModelledKeyspace(1);
  const { keyspace } = model;
  const empty = keyspace.arena.used;
  const database = model.database(0);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 20_000; i++) {
      const key = bytesOf(`key:${i}`);
      const value = bytesOf(patternText(i % 100 === 0 ? 3000 : i % 70, i));
      const expiry = i % 3 === 0 ? START + 1000 + i : -1;
      database.setString(key, 0, key.length, value, 0, value.length, 2, expiry);
    }
    keyspace.check();
    assert.equal(keyspace.arena.used, ownedBytes(keyspace));
    if (round === 0) {
      for (let i = 0; i < 20_000; i++) assert.ok(database.delete(bytesOf(`key:${i}`), 0, `key:${i}`.length));
      // What is left is the dictionaries' last segments.
      assert.ok(keyspace.arena.used - empty <= 64 * 1024, `${keyspace.arena.used - empty} bytes left`);
    } else {
      database.flush();
      assert.equal(database.size, 0);
    }
    keyspace.check();
  }
  model.finishLazyfree();
  assert.equal(keyspace.arena.used, empty);
});

Deno.test("A value of the same size class is written in place, whatever its form", () => {
  for (
    const [first, second] of [[10, 11], [30, 30], [3000, 3001], [2049, 2060], [2048, 2047], [
      100_000,
      100_001,
    ]]
  ) {
    const model = new ModelledKeyspace(1);
    model.set(0, "key", patternText(first, 1), -1);
    const entry = model.lookup(0, "key");
    const { used } = model.keyspace.arena;
    model.set(0, "key", patternText(second, 2), -1);
    assert.equal(model.lookup(0, "key"), entry, `${first} to ${second} bytes`);
    assert.equal(model.keyspace.arena.used, used);
  }
});

Deno.test("A short value takes no more memory because a long one was there before", () => {
  const fresh = new ModelledKeyspace(1);
  fresh.set(0, "key", "short", -1);
  const used = new ModelledKeyspace(1);
  used.set(0, "key", patternText(100_000, 1), -1);
  used.set(0, "key", "short", -1);
  assert.equal(used.keyspace.arena.used, fresh.keyspace.arena.used);
});

Deno.test("Appending byte by byte moves the value a few times only", () => {
  const model = new ModelledKeyspace(1);
  model.set(0, "key", "", -1);
  const { entries } = model.keyspace;
  const database = model.database(0);
  let entry = model.lookup(0, "key");
  let moves = 0;
  let at = -1;
  for (let length = 1; length <= 100_000; length++) {
    entry = database.resizeString(entry, length);
    entries.locateValue(entry);
    if (entries.at !== at) moves++;
    at = entries.at;
    entries.page[entries.at + length - 1] = length & 0xff;
  }
  // Each move doubles the room: 17 doublings make 100,000, and the first ones may move for less.
  assert.ok(moves <= 25, `${moves} moves`);
  entries.locateValue(entry);
  for (let i = 0; i < 100_000; i++) assert.equal(entries.page[entries.at + i], (i + 1) & 0xff);
});

Deno.test("A key that has expired where keys are not removed is replaced, not doubled", () => {
  const model = new ModelledKeyspace(1);
  const { keyspace } = model;
  const database = model.database(0);
  const write = {
    setString: (key: string) => database.setString(bytesOf(key), 0, 1, bytesOf("new"), 0, 3, 2, -1),
    createString: (key: string) => void database.createString(bytesOf(key), 0, 1, 3),
  };
  for (const [name, set] of Object.entries(write)) {
    model.set(0, "k", "old", START + 5);
    keyspace.expiresKeys = false;
    model.advance(6);
    set("k");
    assert.equal(database.size, 1, `Keys after ${name}`);
    contentsOf(keyspace, database);
    keyspace.check();
    keyspace.expiresKeys = true;
    model.clock.set(START);
    keyspace.updateTime();
    database.flush();
  }
});
