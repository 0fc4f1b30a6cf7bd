/**
 * Whether a listpack from outside is a node of a stream (drawn in stream_node.ts): Redis's
 * streamValidateListpackIntegrity, and that the entries are in order and as many as the master entry says.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "../memory/arena.ts";
import { Listpack } from "../memory/listpack.ts";
import { StreamId } from "../store/types/stream_id.ts";
import { DELETED, IdSum, SAME_FIELDS } from "../store/types/stream_node.ts";
import { RdbCorrupt } from "./rdb_format.ts";

/** Looks at the nodes of one stream, the first one first. */
export class StreamNodeCheck {
  readonly #arena: Arena;
  readonly #listpacks: Listpack;
  readonly #sum = new IdSum();
  readonly #id = new StreamId();
  /** ID of the last entry of the nodes before, deleted ones included; null: there is none. */
  last: StreamId | null = null;
  /** Position of the element that is to be read next, 0: the end. */
  #position = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#listpacks = new Listpack(arena);
  }

  /**
   * Checks the next node; false where all its entries are deleted.
   *
   * @param node a whole listpack
   * @throws {RdbCorrupt}
   */
  check(node: number, master: StreamId): boolean {
    if (this.last !== null && master.compare(this.last) <= 0) throw new RdbCorrupt("Nodes are not in order");
    this.#position = this.#listpacks.first(node);
    const valid = this.#count(node);
    const deleted = this.#count(node);
    const fields = this.#count(node);
    this.#skip(node, fields);
    if (this.#count(node) !== 0) throw new RdbCorrupt("Master entry without end");
    let [foundValid, foundDeleted] = [0, 0];
    while (this.#position !== 0) {
      if (this.#readEntry(node, master, fields)) foundDeleted++;
      else foundValid++;
    }
    if (foundValid !== valid || foundDeleted !== deleted) {
      throw new RdbCorrupt(
        `Node of ${foundValid} entries says ${valid}, ${foundDeleted} deleted ones: ${deleted}`,
      );
    }
    return valid > 0;
  }

  /** Reads one entry; whether it is a deleted one. */
  #readEntry(node: number, master: StreamId, masterFields: number): boolean {
    const at = ((node & UNIT_MASK) << 3) + this.#position;
    const flags = this.#count(node);
    // The streams' code expects what Redis writes: they are the element's first byte.
    if (flags > (DELETED | SAME_FIELDS) || this.#arena.u8[node >>> PAGE_SHIFT][at] !== flags) {
      throw new RdbCorrupt(`Entry with flags ${flags}`);
    }
    this.#readId(node, master);
    const isSame = (flags & SAME_FIELDS) !== 0;
    const fields = isSame ? masterFields : this.#count(node);
    this.#skip(node, isSame ? fields : 2 * fields);
    if (this.#count(node) !== (isSame ? fields + 3 : 2 * fields + 4)) {
      throw new RdbCorrupt("Entry with a wrong number of elements");
    }
    return (flags & DELETED) !== 0;
  }

  /** Reads the ID of an entry, which must come behind all others. */
  #readId(node: number, master: StreamId): void {
    const id = this.#id;
    const sum = this.#sum;
    const page = this.#arena.u8[node >>> PAGE_SHIFT];
    const base = (node & UNIT_MASK) << 3;
    sum.add(page, base + this.#integer(node), master.msHigh, master.msLow);
    const [msHigh, msLow] = [sum.high, sum.low];
    sum.add(page, base + this.#integer(node), master.seqHigh, master.seqLow);
    id.set(msHigh, msLow, sum.high, sum.low);
    if (id.compare(master) < 0) throw new RdbCorrupt(`Entry ${id} in the node of ${master}`);
    if (this.last === null) this.last = new StreamId();
    else if (id.compare(this.last) <= 0) throw new RdbCorrupt(`Entry ${id} behind ${this.last}`);
    this.last.copy(id);
  }

  /** Reads a count. */
  #count(node: number): number {
    const value = this.#listpacks.getInteger(node, this.#integer(node));
    // What is larger than the listpack is wrong anyway, and is not multiplied.
    if (value < 0 || value > this.#listpacks.bytes(node)) throw new RdbCorrupt(`Count of ${value} in a node`);
    return value;
  }

  /** Goes past an element that is an integer; returns its position. */
  #integer(node: number): number {
    const position = this.#position;
    if (position === 0) throw new RdbCorrupt("Node ends within an entry");
    const value = this.#listpacks.getInteger(node, position);
    if (value !== value) throw new RdbCorrupt("String in the place of an integer of a node");
    this.#position = this.#listpacks.next(node, position);
    return position;
  }

  #skip(node: number, elements: number): void {
    for (let i = 0; i < elements; i++) {
      if (this.#position === 0) throw new RdbCorrupt("Node ends within an entry");
      this.#position = this.#listpacks.next(node, this.#position);
    }
  }
}
