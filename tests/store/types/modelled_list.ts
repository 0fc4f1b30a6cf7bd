/**
 * A list in a keyspace beside an array that says what it should hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../../src/base/bytes.ts";
import { ManualClock } from "../../../src/base/clock.ts";
import { SeededRandom } from "../../../src/base/random.ts";
import { ENCODING_LISTPACK, TYPE_LIST } from "../../../src/store/entry.ts";
import { Keyspace } from "../../../src/store/keyspace.ts";
import { ownedBytes } from "../modelled_keyspace.ts";

const KEY = bytesOf("list");

/** A list under the key `list`, which is made with its first element and goes with its last one. */
export class ModelledList {
  readonly keyspace = new Keyspace({
    databases: 1,
    clock: new ManualClock(1_700_000_000_000),
    random: new SeededRandom(1),
  });
  elements: string[] = [];
  readonly #before = this.keyspace.arena.used - ownedBytes(this.keyspace);

  /** @param limit `list-max-listpack-size` */
  constructor(limit = -2) {
    this.keyspace.limits.listMaxListpackSize = limit;
  }

  get lists() {
    return this.keyspace.lists;
  }

  /** The entry, 0: there is none. */
  get entry(): number {
    return this.keyspace.databases[0].lookup(KEY, 0, KEY.length);
  }

  get encoding(): number {
    return this.keyspace.entries.encoding(this.entry);
  }

  push(atTail: boolean, ...elements: string[]): void {
    const { entry, keyspace, lists } = this;
    const [database] = keyspace.databases;
    const target = entry !== 0 ? entry : database.prepare(
      KEY,
      0,
      KEY.length,
      TYPE_LIST,
      ENCODING_LISTPACK,
      lists.create(ENCODING_LISTPACK),
    );
    let pushed = 0;
    try {
      lists.makeRoom(target, elements.reduce((sum, { length }) => sum + length, 0), elements.length);
      for (; pushed < elements.length; pushed++) {
        const bytes = bytesOf(elements[pushed]);
        lists.push(target, atTail, bytes, 0, bytes.length);
      }
    } catch (error) {
      if (entry === 0) keyspace.entries.free(target);
      else if (pushed > 0) lists.removeEnd(entry, atTail, pushed);
      throw error;
    }
    if (entry === 0) database.place(target);
    if (atTail) this.elements.push(...elements);
    else this.elements.unshift(...elements.reverse());
  }

  pop(fromTail: boolean, count: number): void {
    const { elements, entry, lists } = this;
    if (count >= elements.length) return this.clear();
    lists.removeEnd(entry, fromTail, count);
    lists.shrink(entry);
    elements.splice(fromTail ? elements.length - count : 0, count);
  }

  /** Removes the key, and frees all that it held. */
  clear(): void {
    if (this.entry !== 0) this.keyspace.databases[0].remove(this.entry);
    while (this.keyspace.lazyfree.step());
    this.elements = [];
  }

  insert(index: number, after: boolean, element: string): void {
    const { elements, entry, lists } = this;
    const bytes = bytesOf(element);
    lists.makeRoom(entry, bytes.length, 1);
    assert.ok(lists.seek(entry, index));
    lists.insert(entry, after, bytes, 0, bytes.length);
    elements.splice(after ? index + 1 : index, 0, element);
  }

  replace(index: number, element: string): void {
    const { elements, entry, lists } = this;
    const bytes = bytesOf(element);
    lists.makeRoom(entry, bytes.length, 1);
    assert.ok(lists.seek(entry, index));
    lists.replace(entry, bytes, 0, bytes.length);
    lists.shrink(entry);
    elements[index] = element;
  }

  /** Removes up to `count` elements that equal one, walking as LREM does. */
  remove(element: string, count: number, backwards: boolean): void {
    const { elements, entry, lists } = this;
    const bytes = bytesOf(element);
    let more = lists.seek(entry, backwards ? -1 : 0);
    for (let left = count; more && left > 0;) {
      if (!backwards && lists.find(bytes, 0, bytes.length) < 0) break;
      if (!backwards || lists.equals(bytes, 0, bytes.length)) {
        more = lists.remove(entry, backwards);
        const index = backwards ? elements.lastIndexOf(element) : elements.indexOf(element);
        elements.splice(index, 1);
        left--;
      } else {
        more = lists.previous();
      }
    }
    if (elements.length === 0) this.clear();
    else lists.shrink(entry);
  }

  /** Looks for an element from an index on. */
  find(element: string, from: number): void {
    const { elements, entry, lists } = this;
    const bytes = bytesOf(element);
    assert.ok(lists.seek(entry, from));
    const found = elements.indexOf(element, from);
    assert.equal(lists.find(bytes, 0, bytes.length), found < 0 ? -1 : found - from);
    if (found >= 0) assert.equal(this.#element(), element);
  }

  #element(): string {
    const { lists } = this;
    lists.get();
    return byteString(lists.page, lists.at, lists.at + lists.length);
  }

  /** What a list holds, walked forwards or backwards. */
  contents(entry = this.entry, backwards = false): string[] {
    const { lists } = this;
    const found: string[] = [];
    for (let more = lists.seek(entry, backwards ? -1 : 0); more;) {
      found.push(this.#element());
      more = backwards ? lists.previous() : lists.next();
    }
    return found;
  }

  /** Compares everything. */
  check(): void {
    const { elements, entry, keyspace, lists } = this;
    keyspace.check();
    assert.equal(keyspace.arena.used - ownedBytes(keyspace), this.#before, "Bytes that nobody owns");
    assert.equal(entry !== 0, elements.length > 0);
    if (entry === 0) return;
    assert.equal(lists.count(entry), elements.length);
    assert.deepEqual(this.contents(), elements);
    assert.deepEqual(this.contents(entry, true), elements.toReversed());
    assert.equal(lists.seek(entry, elements.length), false);
    assert.equal(lists.seek(entry, -elements.length - 1), false);
  }
}
