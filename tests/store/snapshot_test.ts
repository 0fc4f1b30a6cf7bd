/** That a snapshot can be taken without fork: by order of hash, and being told of each change. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { byteString } from "../../src/base/bytes.ts";
import { KeyHash } from "../../src/base/siphash.ts";
import type { BeforeChange, Database } from "../../src/store/database.ts";
import { EVENT_NEW } from "../../src/store/events.ts";
import type { Keyspace } from "../../src/store/keyspace.ts";
import { runs } from "../support/property.ts";
import {
  assertSameContents,
  CoarseHash,
  type Contents,
  copyOf,
  heldBy,
  ModelledKeyspace,
  START,
} from "./modelled_keyspace.ts";
import { apply, DATABASES, writes } from "./steps.ts";

/** The snapshot that DESIGN.md speaks of, in its simplest form: what a BGSAVE will have to do, with Maps. */
class Snapshot implements BeforeChange {
  readonly #keyspace: Keyspace;
  readonly #database: Database;
  /** Keys as they were when the snapshot began, of those that it has passed or that changed before. */
  readonly saved: Contents = new Map();
  /** Keys that did not exist then. */
  readonly #created = new Set<string>();
  /** Entries with hashes below it have been passed; 2^32 at the end. */
  #position = 0;

  constructor(keyspace: Keyspace, database: Database) {
    this.#keyspace = keyspace;
    this.#database = database;
    database.snapshot = this;
  }

  beforeChange(database: Database, entry: number, hash: number): void {
    assert.equal(database, this.#database);
    assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32, `Hash ${hash}`);
    if (hash >= this.#position) this.#save(entry);
  }

  /** A key was made that was not there. */
  created(key: string): void {
    if (!this.saved.has(key)) this.#created.add(key);
  }

  #save(entry: number): void {
    const [key, held] = heldBy(this.#keyspace, entry);
    if (!this.saved.has(key) && !this.#created.has(key)) this.saved.set(key, held);
  }

  /** Passes some more entries; false at the end. */
  walk(count: number): boolean {
    if (this.#position === 2 ** 32) return false;
    const next = this.#database.scan(this.#position, count, (entry) => this.#save(entry));
    this.#position = next === 0 ? 2 ** 32 : next;
    if (next === 0) this.#database.snapshot = null;
    return next !== 0;
  }
}

function takeSnapshots(model: ModelledKeyspace): Snapshot[] {
  const { keyspace } = model;
  const snapshots = keyspace.databases.map((database) => new Snapshot(keyspace, database));
  keyspace.events.mask = EVENT_NEW;
  keyspace.events.listener = {
    event(_class, _name, database, bytes, start, end) {
      snapshots[database].created(byteString(bytes, start, end));
    },
  };
  return snapshots;
}

const snapshotRuns = fc.record({
  before: fc.array(writes, { maxLength: 60, size: "max" }),
  /** Keys that bring the dictionary to several segments. */
  bulk: fc.constantFrom(0, 0, 50, 1500),
  during: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: writes },
      {
        weight: 2,
        arbitrary: fc.record({ type: fc.constant("walk" as const), count: fc.constantFrom(1, 3, 20, 300) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ type: fc.constant("bulk" as const), from: fc.nat(3000), grow: fc.boolean() }),
      },
    ),
    { maxLength: 80, size: "max" },
  ),
});

function bulkSet(model: ModelledKeyspace, from: number, count: number): void {
  for (let i = from; i < from + count; i++) model.set(0, `bulk:${i}`, `v${i}`, i % 4 === 0 ? START + i : -1);
}

function snapshotProperty(hash: () => KeyHash) {
  return fc.property(snapshotRuns, ({ before, bulk, during }) => {
    const model = new ModelledKeyspace(DATABASES, hash());
    bulkSet(model, 0, bulk);
    for (const step of before) apply(model, step);
    const expected = model.model.map(copyOf);
    const snapshots = takeSnapshots(model);
    for (const step of during) {
      if (step.type === "walk") {
        for (const snapshot of snapshots) snapshot.walk(step.count);
      } else if (step.type === "bulk") {
        if (step.grow) bulkSet(model, step.from, bulk / 2);
        else for (let i = 0; i < bulk / 2; i++) model.delete(0, `bulk:${step.from + i}`, i % 2 === 0);
      } else {
        apply(model, step);
      }
    }
    for (const snapshot of snapshots) while (snapshot.walk(100));
    snapshots.forEach((snapshot, index) => {
      assertSameContents(snapshot.saved, expected[index], `Snapshot of database ${index}`);
    });
    model.check();
  });
}

Deno.test("A snapshot has each key as it was when it began, whatever is written meanwhile", () => {
  fc.assert(snapshotProperty(() => new KeyHash(3, 4)), runs(60));
});

Deno.test("A snapshot is right where many keys have the same hash", () => {
  fc.assert(snapshotProperty(() => new CoarseHash(3, 4)), runs(30));
});
