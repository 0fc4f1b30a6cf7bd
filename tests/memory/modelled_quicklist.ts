/**
 * A quicklist beside an array of byte strings that says what it should hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { ArenaExhausted } from "../../src/memory/arena.ts";
import { Listpack } from "../../src/memory/listpack.ts";
import { Quicklist } from "../../src/memory/quicklist.ts";
import { WatchedArena } from "./modelled_dictionary.ts";

/** A change of a list, as it is made to the quicklist and to the array. `where` is taken modulo the length. */
export type ListStep =
  | { push: "pushHead" | "pushTail"; elements: string[] }
  | { insert: "insertBefore" | "insertAfter" | "replace"; element: string; where: number }
  | { cut: "removeHead" | "removeTail" | "removeRange"; where: number; count: number }
  | { removeAll: string; backwards: boolean }
  | { find: string; where: number }
  | { fill: number };

/** What a node may have at a fill: bytes (and the element that is larger has a node of its own) and elements. */
export function limits(fill: number): { bytes: number; elements: number } {
  if (fill >= 0) return { bytes: 8192, elements: Math.max(fill, 1) };
  return { bytes: 2048 * 2 ** Math.min(-fill, 5), elements: Infinity };
}

/** One quicklist of byte strings, and what it should hold. */
export class ModelledQuicklist {
  readonly arena = new WatchedArena();
  readonly listpack = new Listpack(this.arena);
  readonly quicklist = new Quicklist(this.arena, this.listpack);
  reference: number;
  elements: string[] = [];
  fill = -2;
  /** Whether the fill was ever another one, so that nodes may be larger than it says. */
  refilled = false;

  constructor(fill: number) {
    this.reference = this.quicklist.create();
    this.quicklist.fill = fill;
    this.fill = fill;
  }

  /** Runs an operation that takes bytes, with `text` in the middle of other bytes. */
  withBytes<T>(text: string, run: (bytes: Uint8Array, start: number, end: number) => T): T {
    return run(bytesOf(`12${text}34`), 2, 2 + text.length);
  }

  /** The element that the cursor is on. */
  read(): string {
    this.quicklist.get();
    const { page, at, length } = this.quicklist;
    return byteString(page, at, at + length);
  }

  apply(step: ListStep): void {
    const { quicklist, reference, elements } = this;
    if ("push" in step) {
      for (const element of step.elements) {
        this.withBytes(element, (...range) => quicklist[step.push](reference, ...range));
        if (step.push === "pushHead") elements.unshift(element);
        else elements.push(element);
      }
    } else if ("insert" in step) {
      if (elements.length > 0) this.#insert(step.insert, step.element, step.where % elements.length);
    } else if ("cut" in step) {
      this.#cut(step.cut, step.where, step.count);
    } else if ("removeAll" in step) {
      this.#removeAll(step.removeAll, step.backwards);
    } else if ("find" in step) {
      if (elements.length > 0) this.#find(step.find, step.where % elements.length);
    } else {
      this.quicklist.fill = step.fill;
      this.refilled ||= step.fill !== this.fill;
      this.fill = step.fill;
    }
  }

  #insert(kind: "insertBefore" | "insertAfter" | "replace", element: string, index: number): void {
    const { quicklist, reference, elements } = this;
    assert.ok(quicklist.seek(reference, index));
    this.withBytes(element, (...range) => quicklist[kind](reference, ...range));
    const at = kind === "insertAfter" ? index + 1 : index;
    elements.splice(at, kind === "replace" ? 1 : 0, element);
    // The cursor is on the new element, and its neighbours are beside it.
    assert.equal(this.read(), element);
    assert.equal(quicklist.next(), at + 1 < elements.length);
    if (at + 1 < elements.length) {
      assert.equal(this.read(), elements[at + 1]);
      quicklist.previous();
    }
    assert.equal(quicklist.previous(), at > 0);
    if (at > 0) assert.equal(this.read(), elements[at - 1]);
  }

  #cut(kind: "removeHead" | "removeTail" | "removeRange", where: number, count: number): void {
    const { quicklist, reference, elements } = this;
    if (kind === "removeHead") {
      quicklist.removeHead(reference, count);
      elements.splice(0, count);
    } else if (kind === "removeTail") {
      quicklist.removeTail(reference, count);
      elements.splice(Math.max(0, elements.length - count));
    } else {
      const index = elements.length === 0 ? 0 : where % elements.length;
      quicklist.removeRange(reference, where % 2 === 0 ? index : index - elements.length, count);
      elements.splice(index, count);
    }
  }

  /** Removes an element wherever it is, as LREM does, and sees that the cursor passes all others. */
  #removeAll(element: string, backwards: boolean): void {
    const { quicklist, reference } = this;
    const passed: string[] = [];
    let more = quicklist.seek(reference, backwards ? -1 : 0);
    while (more) {
      if (this.withBytes(element, (...range) => quicklist.equals(...range))) {
        more = backwards ? quicklist.removeBackwards(reference) : quicklist.remove(reference);
      } else {
        passed.push(this.read());
        more = backwards ? quicklist.previous() : quicklist.next();
      }
    }
    this.elements = this.elements.filter((other) => other !== element);
    assert.deepEqual(backwards ? passed.reverse() : passed, this.elements);
  }

  #find(element: string, index: number): void {
    const { quicklist, reference, elements } = this;
    assert.ok(quicklist.seek(reference, index));
    const expected = elements.indexOf(element, index);
    const passed = this.withBytes(element, (...range) => quicklist.find(...range));
    assert.equal(passed, expected < 0 ? -1 : expected - index);
    if (expected < 0) return;
    assert.equal(this.read(), element);
    assert.equal(quicklist.next(), expected + 1 < elements.length);
  }

  /** Compares everything with the model, and lets the quicklist check itself. */
  check(): void {
    const { quicklist, reference, elements } = this;
    quicklist.check(reference);
    assert.equal(this.arena.used, quicklist.size(reference), "Bytes that nobody owns");
    assert.equal(quicklist.count(reference), elements.length);
    const read: string[] = [];
    for (let more = quicklist.seek(reference, 0); more; more = quicklist.next()) read.push(this.read());
    assert.deepEqual(read, elements);
    read.length = 0;
    for (let more = quicklist.seek(reference, -1); more; more = quicklist.previous()) read.push(this.read());
    assert.deepEqual(read.reverse(), elements);
    const step = Math.ceil(elements.length / 10) || 1;
    for (let index = 0; index < elements.length; index += step) {
      assert.ok(quicklist.seek(reference, index));
      assert.equal(this.read(), elements[index]);
      assert.ok(quicklist.seek(reference, index - elements.length));
      assert.equal(this.read(), elements[index]);
    }
    assert.ok(!quicklist.seek(reference, elements.length));
    assert.ok(!quicklist.seek(reference, -elements.length - 1));
    if (!this.refilled) this.checkNodes();
  }

  /** Checks that each node is what its fill says. */
  checkNodes(): void {
    const { quicklist, reference } = this;
    const { bytes, elements } = limits(this.fill);
    let nodes = 0;
    for (let more = quicklist.firstNode(reference); more; more = quicklist.nextNode()) {
      nodes++;
      quicklist.getNode();
      const length = quicklist.length;
      if (quicklist.nodeIsPlain()) {
        assert.ok(length > bytes || length >= quicklist.packedThreshold, `A plain node of ${length} bytes`);
        continue;
      }
      const view = quicklist.page.slice(quicklist.at, quicklist.at + length);
      assert.ok(this.listpack.validate(view, 0, length));
      const count = view[4] | (view[5] << 8);
      assert.ok(count <= elements, `A node of ${count} elements`);
      // An element that just fits has a node to itself, with up to 11 bytes around it.
      assert.ok(length <= bytes || (count === 1 && length <= bytes + 20), `A node of ${length} bytes`);
    }
    assert.equal(nodes, quicklist.nodeCount(reference));
  }

  /** Tries an operation at each number of allocations that it can be refused after; it must change nothing then. */
  refuse(run: () => void): void {
    for (let left = 0;; left++) {
      this.arena.left = left;
      try {
        run();
        return;
      } catch (error) {
        if (!(error instanceof ArenaExhausted)) throw error;
      } finally {
        this.arena.left = Infinity;
      }
      this.check();
    }
  }
}
