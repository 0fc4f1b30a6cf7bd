/**
 * Random operations on a modelled keyspace.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { heldBy, type ModelledKeyspace, patternText, START } from "./modelled_keyspace.ts";

/** Databases that the operations use. */
export const DATABASES = 2;

/** Lengths around the places where an entry's form changes: embstr, size classes, a block of its own, several pages. */
const lengths = fc.oneof(
  { weight: 4, arbitrary: fc.nat(60) },
  { weight: 2, arbitrary: fc.integer({ min: 2040, max: 2060 }) },
  { weight: 2, arbitrary: fc.nat(5000) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 44, 45, 2048, 2049, 4096, 32768, 32769, 70_000) },
);

const keys = fc.oneof(
  // Few, so that most operations meet a key that exists.
  { weight: 10, arbitrary: fc.nat(7).map((i) => `key:${i}`) },
  { weight: 1, arbitrary: fc.constantFrom("", "\0", "\r\n", "\xff\x80", "k".repeat(300), "K".repeat(5000)) },
);

const values = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ length: lengths, stamp: fc.nat(99) }).map(({ length, stamp }) =>
      patternText(length, stamp)
    ),
  },
  { weight: 1, arbitrary: fc.integer().map(String) },
);

/** Milliseconds from the start: some soon over, some beyond 2^32. */
const expiries = fc.oneof(
  { weight: 3, arbitrary: fc.constant(-1) },
  { weight: 2, arbitrary: fc.nat(500).map((milliseconds) => START + milliseconds) },
  { weight: 4, arbitrary: fc.nat(10 ** 11).map((milliseconds) => START + milliseconds) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1) },
);

const index = fc.nat(DATABASES - 1);

/** An operation. */
export type Step =
  | { type: "set"; index: number; key: string; value: string; expiry: number }
  | { type: "resize"; index: number; key: string; length: number; stamp: number }
  | { type: "create"; index: number; key: string; value: string }
  | { type: "expiry"; index: number; key: string; expiry: number }
  | { type: "delete"; index: number; key: string; byEntry: boolean }
  | { type: "transfer"; index: number; key: string; to: number; newKey: string; copy: boolean }
  | { type: "lookup"; index: number; key: string }
  | { type: "advance"; milliseconds: number }
  | { type: "expire"; index: number }
  | { type: "flush"; index: number }
  | { type: "swap"; index: number; other: number }
  | { type: "lazyfree" };

/** Operations on single keys: those that a snapshot is told of. */
export const writes: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("set" as const),
      index,
      key: keys,
      value: values,
      expiry: fc.oneof(expiries, fc.constant(-2)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("resize" as const),
      index,
      key: keys,
      length: lengths,
      stamp: fc.nat(99),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("create" as const), index, key: keys, value: values }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("expiry" as const), index, key: keys, expiry: expiries }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("delete" as const), index, key: keys, byEntry: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("transfer" as const),
      index,
      key: keys,
      to: index,
      newKey: keys,
      copy: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("lookup" as const), index, key: keys }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("advance" as const), milliseconds: fc.nat(300) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("expire" as const), index }) },
);

/** All operations. */
export const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: writes },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("flush" as const), index }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("swap" as const), index, other: index }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("lazyfree" as const) }) },
);

/** Does an operation on the keyspace and its model. */
export function apply(model: ModelledKeyspace, step: Step): void {
  switch (step.type) {
    case "set":
      return model.set(step.index, step.key, step.value, step.expiry);
    case "resize":
      return model.resize(step.index, step.key, step.length, step.stamp);
    case "create":
      return model.create(step.index, step.key, step.value);
    case "expiry":
      return model.setExpiry(step.index, step.key, step.expiry);
    case "delete":
      return model.delete(step.index, step.key, step.byEntry);
    case "transfer":
      return model.transfer(step.index, step.key, step.to, step.newKey, step.copy);
    case "lookup":
      return void model.lookup(step.index, step.key);
    case "advance":
      return model.advance(step.milliseconds);
    case "expire":
      return expireAll(model, step.index);
    case "flush":
      return model.flush(step.index);
    case "swap":
      return model.swap(step.index, step.other);
    case "lazyfree":
      return void model.keyspace.lazyfree.step();
  }
}

/** Removes all keys of a database whose time has come, as active expiry does. */
function expireAll(model: ModelledKeyspace, index: number): void {
  const database = model.database(index);
  const due: number[] = [];
  database.scanVolatile(0, Infinity, (entry) => {
    if (database.isExpired(entry)) due.push(entry);
  });
  const keys = due.map((entry) => heldBy(model.keyspace, entry)[0]);
  for (const entry of due) database.expire(entry);
  for (const key of keys) assert.equal(model.held(index, key), undefined, `Key ${key} has not expired yet`);
  for (const [key, { expiry }] of model.model[index]) {
    assert.ok(expiry < 0 || expiry >= model.clock.now(), `Key ${key} has expired and was not removed`);
  }
}
