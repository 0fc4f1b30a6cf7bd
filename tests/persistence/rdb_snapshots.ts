/**
 * Taking snapshots into memory, and loading them.
 *
 * @module
 */

import { concatBytes } from "../support/bytes.ts";
import { type LoadOptions, RdbLoader } from "../../src/persistence/rdb_loader.ts";
import { RdbFormat, type RdbOptions } from "../../src/persistence/rdb_snapshot.ts";
import { Snapshot, type SnapshotFormat } from "../../src/persistence/snapshot.ts";
import type { Keyspace } from "../../src/store/keyspace.ts";

/** What snapshots of tests are made with. */
export const SNAPSHOT_OPTIONS: RdbOptions = {
  compresses: true,
  checksum: true,
  uses: "none",
  auxiliary: [["redis-ver", "7.0.15"]],
  functions: [],
  atOnce: false,
};

function rdbFormat(keyspace: Keyspace, options: Partial<RdbOptions> = {}): RdbFormat {
  return new RdbFormat(keyspace, { ...SNAPSHOT_OPTIONS, ...options });
}

/** Collects what a snapshot writes. */
export class SnapshotRecorder {
  readonly snapshot: Snapshot;
  readonly #chunks: Uint8Array[] = [];

  constructor(keyspace: Keyspace, format: SnapshotFormat = rdbFormat(keyspace)) {
    this.snapshot = new Snapshot(keyspace, format);
  }

  /** Takes so many steps; false at the end. */
  walk(steps: number): boolean {
    const { snapshot } = this;
    let more = true;
    for (let i = 0; i < steps && more; i++) more = snapshot.step();
    while (snapshot.size > 0) this.#chunks.push(snapshot.take().slice());
    if (!more) snapshot.end();
    return more;
  }

  /** Takes all the steps that are left, and returns the whole file. */
  finish(): Uint8Array<ArrayBuffer> {
    this.walk(Infinity);
    return concatBytes(this.#chunks);
  }
}

/** The RDB file of a keyspace. */
export function savedBytes(
  keyspace: Keyspace,
  options: Partial<RdbOptions> = {},
): Uint8Array<ArrayBuffer> {
  return new SnapshotRecorder(keyspace, rdbFormat(keyspace, options)).finish();
}

/** Loads a file, which comes `chunk` bytes at a time. */
export function loadBytes(
  keyspace: Keyspace,
  bytes: Uint8Array,
  options: Partial<LoadOptions> & { readonly chunk?: number } = {},
): RdbLoader {
  const { chunk = Infinity, ...rest } = options;
  let at = 0;
  const source = {
    size: bytes.length,
    read(buffer: Uint8Array): number {
      const length = Math.min(buffer.length, bytes.length - at, chunk);
      buffer.set(bytes.subarray(at, at + length));
      at += length;
      return length;
    },
  };
  const loader = new RdbLoader(keyspace, source, {
    keepsExpired: true,
    replaces: false,
    verifiesChecksum: true,
    ...rest,
  });
  while (loader.step(1000));
  return loader;
}
