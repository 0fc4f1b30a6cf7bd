/**
 * A sorted set beside an array that says what it should hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../../src/base/bytes.ts";
import { ManualClock } from "../../../src/base/clock.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { KeyHash } from "../../../src/base/siphash.ts";
import { ENCODING_LISTPACK, ENCODING_SKIPLIST, TYPE_ZSET } from "../../../src/store/entry.ts";
import { Keyspace } from "../../../src/store/keyspace.ts";
import { LexRange, ScoreRange } from "../../../src/store/types/zset_range.ts";
import {
  ADD_ADDED,
  ADD_EXISTING_ONLY,
  ADD_IF_GREATER,
  ADD_IF_LESS,
  ADD_INCREMENT,
  ADD_NAN,
  ADD_NEW_ONLY,
  ADD_NOTHING,
  ADD_SAME,
  ADD_UPDATED,
} from "../../../src/store/types/zset_value.ts";

/** A member and its score. */
export interface Element {
  readonly member: string;
  readonly score: number;
}

/** A sorted set in an entry of its own, in no database, with its model. */
export class ModelledSortedSet {
  readonly keyspace: Keyspace;
  readonly entry: number;
  /** Bytes of the arena in use before there was a sorted set. */
  readonly usedBefore: number;
  elements: Element[] = [];
  /** What becomes of a packed one is not undone when it shrinks. */
  #packed: boolean;

  constructor(options: { entries: number; value: number }) {
    this.keyspace = new Keyspace({
      databases: 1,
      clock: new ManualClock(0),
      hash: new KeyHash(1, 2),
      random: new SeededRandom(1),
    });
    const { keyspace } = this;
    keyspace.limits.zsetMaxListpackEntries = options.entries;
    keyspace.limits.zsetMaxListpackValue = options.value;
    this.usedBefore = keyspace.arena.used;
    const encoding = keyspace.sortedSets.encodingFor(0);
    this.#packed = encoding === ENCODING_LISTPACK;
    const root = keyspace.sortedSets.create(encoding);
    this.entry = keyspace.databases[0].prepare(bytesOf("key"), 0, 3, TYPE_ZSET, encoding, root);
  }

  get #sets() {
    return this.keyspace.sortedSets;
  }

  #scoreOf(member: string): number | undefined {
    return this.elements.find((element) => element.member === member)?.score;
  }

  #withOther(member: string, score: number): Element[] {
    const others = this.elements.filter((element) => element.member !== member);
    return [...others, { member, score: score === 0 && this.#packed ? 0 : score }].sort(compareElements);
  }

  /** What ZADD with these options makes of it, by its documentation. */
  add(member: string, score: number, options: number): void {
    const old = this.#scoreOf(member);
    const wanted = old !== undefined && (options & ADD_INCREMENT) !== 0 ? old + score : score;
    let expected = old === undefined ? ADD_ADDED : ADD_UPDATED;
    if (old === undefined ? (options & ADD_EXISTING_ONLY) !== 0 : (options & ADD_NEW_ONLY) !== 0) {
      expected = ADD_NOTHING;
    } else if (old !== undefined) {
      if (Number.isNaN(wanted)) expected = ADD_NAN;
      else if ((options & ADD_IF_GREATER) !== 0 && wanted <= old) expected = ADD_NOTHING;
      else if ((options & ADD_IF_LESS) !== 0 && wanted >= old) expected = ADD_NOTHING;
      else if (wanted === old) expected = ADD_SAME;
    }
    const bytes = bytesOf(`<${member}>`);
    const done = this.#sets.add(this.entry, bytes, 1, bytes.length - 1, score, options);
    assert.equal(done, expected, `Adding ${member} with ${score}, options ${options}`);
    if (done === ADD_ADDED || done === ADD_UPDATED || done === ADD_SAME) {
      assert.equal(this.#sets.score, wanted);
    }
    if (expected === ADD_ADDED) {
      const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.keyspace.limits;
      if (this.elements.length >= zsetMaxListpackEntries || member.length > zsetMaxListpackValue) {
        this.#packed = false;
      }
    }
    if (expected === ADD_ADDED || expected === ADD_UPDATED) this.elements = this.#withOther(member, wanted);
  }

  remove(member: string): void {
    const bytes = bytesOf(member);
    const removed = this.#sets.remove(this.entry, bytes, 0, bytes.length);
    assert.equal(removed, this.#scoreOf(member) !== undefined);
    this.elements = this.elements.filter((element) => element.member !== member);
  }

  removeRange(from: number, wanted: number): void {
    const first = Math.floor(from * this.elements.length);
    const count = Math.min(wanted, this.elements.length - first);
    if (count === 0) return;
    this.#sets.removeRange(this.entry, first, count);
    this.elements.splice(first, count);
  }

  rank(member: string): void {
    const bytes = bytesOf(member);
    const rank = this.#sets.rank(this.entry, bytes, 0, bytes.length);
    assert.equal(rank, this.elements.findIndex((element) => element.member === member));
    assert.equal(this.#sets.find(this.entry, bytes, 0, bytes.length), rank >= 0);
    if (rank >= 0) assert.equal(this.#sets.score, this.elements[rank].score);
  }

  locateScores(min: number, max: number, minExclusive: boolean, maxExclusive: boolean): void {
    const range = Object.assign(new ScoreRange(), { min, max, minExclusive, maxExclusive });
    this.#sets.locateScores(this.entry, range);
    this.#assertLocated(({ score }) =>
      (minExclusive ? score > min : score >= min) && (maxExclusive ? score < max : score <= max)
    );
  }

  /** Bounds are given as kind (see LexRange) and string. Only where all scores are equal. */
  locateLex(min: readonly [number, string], max: readonly [number, string], backwards: boolean): void {
    const bytes = bytesOf(min[1] + max[1]);
    const range = Object.assign(new LexRange(), {
      bytes,
      minKind: min[0],
      minStart: 0,
      minEnd: min[1].length,
      maxKind: max[0],
      maxStart: min[1].length,
      maxEnd: bytes.length,
    });
    this.#sets.locateLex(this.entry, range, backwards);
    const isAbove = [true, false, false, false][min[0]];
    this.#assertLocated(({ member }) => {
      const reaches = isAbove || (min[0] === 1 && member >= min[1]) || (min[0] === 2 && member > min[1]);
      const keeps = max[0] === 3 || (max[0] === 1 && member <= max[1]) || (max[0] === 2 && member < max[1]);
      return reaches && keeps;
    });
  }

  #assertLocated(belongs: (element: Element) => boolean): void {
    const expected = this.elements.filter(belongs);
    assert.equal(this.#sets.found, expected.length);
    if (expected.length > 0) assert.equal(this.#sets.first, this.elements.indexOf(expected[0]));
  }

  /** All elements as a walk forwards finds them. */
  contents(entry = this.entry): Element[] {
    const cursor = this.#sets.cursor();
    const found: Element[] = [];
    for (let more = this.#sets.seek(entry, cursor, 0); more; more = cursor.next()) {
      found.push({
        member: byteString(cursor.page, cursor.at, cursor.at + cursor.length),
        score: cursor.score(),
      });
    }
    return found;
  }

  /** Compares everything with the model, and checks the invariants. */
  check(): void {
    const { entries } = this.keyspace;
    assert.deepEqual(this.contents(), this.elements);
    const encoding = this.#packed ? ENCODING_LISTPACK : ENCODING_SKIPLIST;
    assert.equal(entries.encoding(this.entry), encoding);
    assert.equal(this.#sets.count(this.entry), this.elements.length);
    const cursor = this.#sets.cursor();
    const backwards: string[] = [];
    for (
      let more = this.#sets.seek(this.entry, cursor, this.elements.length - 1);
      more;
      more = cursor.previous()
    ) {
      backwards.unshift(byteString(cursor.page, cursor.at, cursor.at + cursor.length));
    }
    if (this.elements.length > 0) {
      assert.deepEqual(backwards, this.elements.map(({ member }) => member));
      entries.check(this.entry);
    }
    const own = this.usedBefore + entries.size(this.entry);
    assert.equal(this.keyspace.arena.used, own, "Bytes are used that are not the sorted set's");
  }

  /** Frees it, and checks that nothing is left. */
  free(): void {
    const { arena, entries, lazyfree } = this.keyspace;
    entries.free(this.entry);
    while (lazyfree.step());
    assert.equal(arena.used, this.usedBefore);
  }
}

function compareElements(a: Element, b: Element): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return a.member < b.member ? -1 : 1;
}
