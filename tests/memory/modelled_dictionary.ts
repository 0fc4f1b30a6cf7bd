/**
 * A dictionary beside a Map that says what it should hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { Arena } from "../../src/memory/arena.ts";
import { Dictionary } from "../../src/memory/dictionary.ts";

/** Where the test's entries keep the length of their key and, 8 bytes later for some, the key. */
const LENGTH_WORD = 1, KEY_AT = 8;
const GAP = 0x80000000;

/** An arena that counts what is asked of it, and can be made to refuse. */
export class WatchedArena extends Arena {
  /** Allocations since `watch`, in bytes each. */
  allocations: number[] = [];
  /** Allocations that will still succeed. */
  left = Infinity;

  override allocate(bytes: number): number {
    if (this.left <= 0) throw new ArenaRefusal();
    this.left--;
    this.allocations.push(bytes);
    return super.allocate(bytes);
  }
}
