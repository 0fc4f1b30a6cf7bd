/**
 * An ordered tree beside a sorted array that says what it should hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import { OrderedTree, type TreeCursor } from "../../src/memory/ordered_tree.ts";
import { WatchedArena } from "./modelled_dictionary.ts";

/** An item: the words of its key and its reference. */
export interface Item {
  readonly words: readonly number[];
  readonly reference: number;
}

/** Order of keys, the most significant word first. */
export function compareWords(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return 0;
}

/** A tree and what it should hold. Ties are in falling order of their references, and only live ones are compared. */
export class ModelledOrderedTree {
  readonly arena = new WatchedArena();
  readonly trees: OrderedTree;
  readonly tree: number;
  readonly cursor: TreeCursor;
  readonly keyWords: 2 | 4;
  /** What is in it, in order. */
  items: Item[] = [];
  /** References that the tree may compare. */
  readonly #live = new Set<number>();

  constructor(keyWords: 2 | 4) {
    this.keyWords = keyWords;
    this.trees = new OrderedTree(this.arena, keyWords, (a, b) => {
      assert.ok(this.#live.has(a) && this.#live.has(b), "A reference was compared that is not in the tree");
      return b - a;
    });
    this.tree = this.trees.create();
    this.cursor = this.trees.cursor();
  }

  /** The order that the tree should have. */
  compare(a: Item, b: Item): number {
    return compareWords(a.words, b.words) || b.reference - a.reference;
  }

  /** Number of items before this one: its rank, where it is in the tree. */
  rankOf(item: Item): number {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(this.items[middle], item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  has(item: Item): boolean {
    const there = this.items[this.rankOf(item)];
    return there !== undefined && this.compare(there, item) === 0;
  }

  insert(item: Item): void {
    const known = this.has(item);
    const wasLive = this.#live.has(item.reference);
    this.#live.add(item.reference);
    try {
      assert.equal(this.trees.insert(this.tree, item.reference, ...this.key(item)), !known);
    } catch (error) {
      if (!wasLive) this.#live.delete(item.reference);
      throw error;
    }
    if (!known) this.items.splice(this.rankOf(item), 0, item);
  }

  append(item: Item): void {
    this.#live.add(item.reference);
    this.trees.append(this.tree, item.reference, ...this.key(item));
    this.items.push(item);
  }

  remove(item: Item): void {
    const known = this.has(item);
    const wasLive = this.#live.has(item.reference);
    this.#live.add(item.reference);
    assert.equal(this.trees.remove(this.tree, item.reference, ...this.key(item)), known);
    if (!wasLive) this.#live.delete(item.reference);
    if (known) this.#forget(this.rankOf(item), 1);
  }

  /** Removes the item with this rank through a cursor, which then stands at the next one. */
  removeAt(rank: number): void {
    const { trees, tree, cursor } = this;
    assert.ok(trees.at(tree, cursor, rank));
    trees.removeAt(tree, cursor);
    this.#forget(rank, 1);
    this.standsAt(cursor, rank);
  }

  removeRange(from: number, count: number): void {
    const released: number[] = [];
    this.trees.removeRange(this.tree, from, count, (reference) => {
      this.#live.delete(reference);
      released.push(reference);
    });
    const gone = this.items.slice(from, from + Math.max(count, 0));
    assert.deepEqual(released, gone.map(({ reference }) => reference));
    this.items.splice(from, gone.length);
    this.#refresh();
  }

  pop(last: boolean): void {
    const expected = last ? this.items.at(-1) : this.items[0];
    const reference = last ? this.trees.popLast(this.tree) : this.trees.popFirst(this.tree);
    assert.equal(reference, expected?.reference ?? 0);
    if (expected === undefined) return;
    assert.deepEqual([...this.trees.popped.subarray(0, this.keyWords)], expected.words);
    this.#forget(last ? this.items.length - 1 : 0, 1);
  }

  /** Gives the item with this rank another key, in place where that is possible. */
  rekey(rank: number, words: readonly number[]): void {
    const { trees, tree, cursor } = this;
    const item = this.items[rank];
    const changed = { words, reference: item.reference };
    const before = this.items[rank - 1];
    const after = this.items[rank + 1];
    const stays = (before === undefined || this.compare(before, changed) < 0) &&
      (after === undefined || this.compare(changed, after) < 0);
    trees.at(tree, cursor, rank);
    assert.equal(trees.rekey(tree, cursor, ...this.key(changed)), stays);
    if (stays) this.items[rank] = changed;
    this.standsAt(cursor, rank);
  }

  /** Puts another reference in the place of the one with this rank, where no tie forbids it. */
  replaceReference(rank: number, reference: number): void {
    const { trees, tree, cursor } = this;
    const item = this.items[rank];
    const changed = { words: item.words, reference };
    const tied = (other: Item | undefined) =>
      other !== undefined && compareWords(other.words, item.words) === 0;
    if (tied(this.items[rank - 1]) || tied(this.items[rank + 1])) return;
    trees.at(tree, cursor, rank);
    this.#live.add(reference);
    trees.replaceReference(tree, cursor, reference);
    this.items[rank] = changed;
    this.#refresh();
    this.standsAt(cursor, rank);
  }

  /** Checks all ways to look for an item or a key, by items that are there and items that are not. */
  seek(item: Item): void {
    const { trees, tree, cursor, items } = this;
    const key = this.key(item);
    const known = this.has(item);
    this.#live.add(item.reference);
    assert.equal(trees.find(tree, cursor, item.reference, ...key), known);
    this.standsAt(cursor, this.rankOf(item));
    assert.equal(trees.rank(tree, item.reference, ...key), known ? this.rankOf(item) : -1);
    this.#refresh();
    const below = items.filter(({ words }) => compareWords(words, item.words) < 0).length;
    const upTo = items.filter(({ words }) => compareWords(words, item.words) <= 0).length;
    assert.equal(trees.countBelow(tree, ...key), below);
    assert.equal(trees.countUpTo(tree, ...key), upTo);
    assert.equal(trees.seekAtLeast(tree, cursor, ...key), below < items.length);
    this.standsAt(cursor, below);
    assert.equal(trees.seekAfter(tree, cursor, ...key), upTo < items.length);
    this.standsAt(cursor, upTo);
    const ranks = new Map(items.map(({ reference }, rank) => [reference, rank]));
    const compare = (reference: number) => ranks.get(reference)! - below;
    if (ranks.size < items.length) return;
    assert.equal(trees.seekWith(tree, cursor, compare), below < items.length);
    this.standsAt(cursor, below);
    assert.equal(trees.countWith(tree, compare), below);
  }

  /** Holds that a cursor stands at the item with this rank, or after the last, and that its neighbours are beside it. */
  standsAt(cursor: TreeCursor, rank: number): void {
    const { items, trees, tree } = this;
    const isAt = (rank: number) => {
      assert.equal(cursor.reference(), items[rank].reference);
      items[rank].words.forEach((word, i) => assert.equal(cursor.word(i), word));
    };
    if (rank < items.length) isAt(rank);
    assert.equal(trees.rankAt(tree, cursor), rank);
    const other = trees.cursor();
    other.copy(cursor);
    assert.equal(cursor.previous(), rank > 0);
    if (rank > 0) isAt(rank - 1);
    assert.equal(cursor.next(), rank < items.length);
    if (rank < items.length) {
      isAt(rank);
      assert.ok(cursor.equals(other));
      assert.equal(cursor.next(), rank + 1 < items.length);
      if (rank + 1 < items.length) isAt(rank + 1);
    }
    cursor.copy(other);
  }

  /** Compares everything with the model, and lets the tree check itself. */
  check(): void {
    const { trees, tree, cursor, items } = this;
    trees.check(tree);
    assert.equal(trees.count(tree), items.length);
    assert.equal(trees.size(tree), this.arena.used, "Bytes that nobody owns");
    let there = trees.first(tree, cursor);
    for (const item of items) {
      assert.ok(there);
      assert.equal(cursor.reference(), item.reference);
      item.words.forEach((word, i) => assert.equal(cursor.word(i), word));
      there = cursor.next();
    }
    assert.equal(there, false);
    there = trees.last(tree, cursor);
    for (let rank = items.length - 1; rank >= 0; rank--) {
      assert.ok(there);
      assert.equal(cursor.reference(), items[rank].reference);
      there = cursor.previous();
    }
    assert.equal(there, false);
    assert.equal(trees.at(tree, cursor, items.length), false);
    for (let rank = 0; rank < items.length; rank += 1 + (items.length >>> 5)) {
      assert.ok(trees.at(tree, cursor, rank));
      this.standsAt(cursor, rank);
      assert.equal(trees.rank(tree, items[rank].reference, ...this.key(items[rank])), rank);
    }
  }

  /** Destroys the tree in steps of `count` items; nothing must be left. */
  drain(count: number): void {
    const released: number[] = [];
    for (let done = false; !done;) {
      const before = released.length;
      done = this.trees.drain(this.tree, count, (reference) => {
        this.#live.delete(reference);
        released.push(reference);
      });
      assert.ok(released.length - before < count + 100, `${released.length - before} in a step of ${count}`);
    }
    assert.deepEqual(released, this.items.map(({ reference }) => reference).reverse());
    assert.equal(this.arena.used, 0);
    this.arena.check();
  }

  /** A key as the tree's methods take it: words signed and unsigned in turns, because callers have both. */
  key(item: Item): [number, number, number, number] {
    const [w0, w1, w2 = 0, w3 = 0] = item.words;
    return [w0 | 0, w1, w2 | 0, w3];
  }

  #forget(rank: number, count: number): void {
    this.items.splice(rank, count);
    this.#refresh();
  }

  /** Takes note of what is in the tree now. */
  #refresh(): void {
    this.#live.clear();
    for (const { reference } of this.items) this.#live.add(reference);
  }
}
