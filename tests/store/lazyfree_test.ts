/** Lazyfree: nothing is lost of what is to be freed, and no step frees too much. */

import assert from "node:assert/strict";
import { ModelledKeyspace, ownedBytes, patternText, START } from "./modelled_keyspace.ts";

/** Entries that a step may free beyond the 1,024 it aims at: a segment is freed whole. */
const MOST_PER_STEP = 1024 + 1023;

function fill(model: ModelledKeyspace, index: number, count: number): void {
  for (let i = 0; i < count; i++) {
    model.set(index, `key:${i}`, patternText(i % 500 === 0 ? 5000 : 20, i), i % 2 === 0 ? START + i + 1 : -1);
  }
}

Deno.test("A flushed database is empty at once and freed in bounded steps", () => {
  const model = new ModelledKeyspace(1);
  const { keyspace } = model;
  const { lazyfree, arena } = keyspace;
  const empty = arena.used;
  fill(model, 0, 10_000);
  const full = arena.used;
  assert.equal(lazyfree.pending, 0);
  assert.equal(lazyfree.step(), false);
  model.flush(0);
  assert.equal(keyspace.size, 0);
  assert.equal(model.database(0).volatileSize, 0);
  assert.equal(lazyfree.pending, 10_000);
  assert.ok(arena.used >= full, "Nothing is freed before the first step");
  let steps = 0;
  for (let more = true; more;) {
    const { pending, freed } = lazyfree;
    const { used } = arena;
    more = lazyfree.step();
    steps++;
    assert.ok(arena.used < used, "A step frees something");
    assert.ok(
      pending - lazyfree.pending <= MOST_PER_STEP,
      `${pending - lazyfree.pending} entries in one step`,
    );
    assert.equal(lazyfree.freed - freed, pending - lazyfree.pending);
    arena.check();
  }
  assert.ok(steps >= 10_000 / MOST_PER_STEP);
  assert.equal(lazyfree.pending, 0);
  assert.equal(lazyfree.freed, 10_000);
  assert.equal(arena.used, empty);
  assert.equal(lazyfree.step(), false);
  model.check();
});

Deno.test("What is written while the old keys are freed is left alone", () => {
  const model = new ModelledKeyspace(2);
  const { keyspace } = model;
  fill(model, 0, 5000);
  fill(model, 1, 100);
  model.flush(0);
  for (let i = 0, more = true; more; i++) {
    more = keyspace.lazyfree.step();
    for (let j = 0; j < 100; j++) model.set(0, `key:${i * 50 + j}`, `new ${i}`, j % 3 === 0 ? START + 9 : -1);
    keyspace.check();
  }
  model.check();
  assert.equal(keyspace.arena.used, ownedBytes(keyspace));
});

Deno.test("Several flushed databases wait in line, and who works is called once", () => {
  const model = new ModelledKeyspace(3);
  const { keyspace } = model;
  const { lazyfree } = keyspace;
  const empty = keyspace.arena.used;
  let called = 0;
  lazyfree.onPending = () => called++;
  model.flush(0);
  assert.equal(called, 0, "An empty database leaves nothing to free");
  for (const index of [0, 1, 2]) fill(model, index, 1500);
  model.flush(1);
  assert.equal(called, 1);
  model.flush(0);
  lazyfree.step();
  model.flush(2);
  assert.equal(called, 1);
  while (lazyfree.step());
  assert.equal(lazyfree.freed, 4500);
  assert.equal(keyspace.arena.used, empty);
  fill(model, 0, 10);
  model.flush(0);
  assert.equal(called, 2);
  while (lazyfree.step());
  assert.equal(keyspace.arena.used, empty);
  model.check();
});

Deno.test("A database that is flushed again while it is freed is freed twice", () => {
  const model = new ModelledKeyspace(1);
  const { keyspace } = model;
  const empty = keyspace.arena.used;
  for (let round = 0; round < 5; round++) {
    fill(model, 0, 2000);
    model.flush(0);
    keyspace.lazyfree.step();
  }
  model.finishLazyfree();
  assert.equal(keyspace.lazyfree.freed, 10_000);
  assert.equal(keyspace.arena.used, empty);
});
