/**
 * Large hashes: fields found through a dictionary by their names, and those that expire through an ordered tree by
 * their time.
 *
 * ```text
 *  root  [ dictionary ][ tree of the fields that expire, 0: none do ][ fields' bytes / 8 ]
 *  tree  key: the expiry in two words; reference: the field (see hash_field.ts)
 * ```
 *
 * Redis calls this encoding hashtable.
 *
 * @module
 */

import type { KeyHash } from "../../base/siphash.ts";
import { type Arena, ArenaExhausted, PAGE_SHIFT, UNIT_MASK } from "../../memory/arena.ts";
import { Dictionary } from "../../memory/dictionary.ts";
import { OrderedTree, type TreeCursor } from "../../memory/ordered_tree.ts";
import { FIELD_LAYOUT, HashFields } from "./hash_field.ts";
import { type Relocation, RELOCATION_PLACES } from "./value_type.ts";

const ROOT_BYTES = 12;
const DICTIONARY = 0, TREE = 1, UNITS = 2;
const TWO_TO_32 = 0x100000000;

/** The words of an expiry as a key of the tree. */
function highWord(expiry: number): number {
  return Math.floor(expiry / TWO_TO_32);
}

function lowWord(expiry: number): number {
  return expiry % TWO_TO_32;
}

/** Operations on large hashes, which are references of roots. */
export class HashTables {
  readonly #arena: Arena;
  readonly #hash: KeyHash;
  readonly #dictionary: Dictionary;
  readonly #tree: OrderedTree;
  readonly #cursor: TreeCursor;
  readonly fields: HashFields;
  /** Hash of the name that was last looked up. */
  #nameHash = 0;
  readonly #freeField = (field: number): void => this.fields.free(field);

  constructor(arena: Arena, hash: KeyHash) {
    this.#arena = arena;
    this.#hash = hash;
    this.fields = new HashFields(arena);
    this.#dictionary = new Dictionary(arena, FIELD_LAYOUT);
    this.#tree = new OrderedTree(arena, 2);
    this.#cursor = this.#tree.cursor();
  }

  #word(root: number, word: number): number {
    return this.#arena.u32[root >>> PAGE_SHIFT][((root & UNIT_MASK) << 1) + word];
  }

  #setWord(root: number, word: number, value: number): void {
    this.#arena.u32[root >>> PAGE_SHIFT][((root & UNIT_MASK) << 1) + word] = value;
  }

  #grow(root: number, units: number): void {
    if (units !== 0) this.#setWord(root, UNITS, this.#word(root, UNITS) + units);
  }

  /**
   * A new hash without fields.
   *
   * @throws {ArenaExhausted}
   */
  create(): number {
    const root = this.#arena.allocate(ROOT_BYTES);
    try {
      this.#setWord(root, DICTIONARY, this.#dictionary.create());
    } catch (error) {
      this.#arena.free(root);
      throw error;
    }
    this.#setWord(root, TREE, 0);
    this.#setWord(root, UNITS, 0);
    return root;
  }

  /** Number of fields. */
  count(root: number): number {
    return this.#dictionary.count(this.#word(root, DICTIONARY));
  }

  /** The field that a name with this hash most likely leads to, or 0. */
  peek(root: number, hash: number): number {
    return this.#dictionary.peek(this.#word(root, DICTIONARY), hash);
  }

  /** The field with the name `bytes[start, end)`, or 0. */
  find(root: number, bytes: Uint8Array, start: number, end: number): number {
    this.#nameHash = this.#hash.hash(bytes, start, end);
    return this.#dictionary.find(this.#word(root, DICTIONARY), this.#nameHash, bytes, start, end);
  }

  /**
   * Adds a field that the last `find` did not find, and returns it.
   *
   * @param expiry milliseconds since the epoch, -1: none
   * @throws {ArenaExhausted} and nothing has changed
   */
  add(
    root: number,
    name: Uint8Array,
    start: number,
    end: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    expiry: number,
  ): number {
    const field = this.fields.create(name, start, end, value, valueStart, valueEnd, expiry);
    const { growth } = this.fields;
    const dictionary = this.#word(root, DICTIONARY);
    try {
      this.#dictionary.insert(dictionary, this.#nameHash, field);
      if (expiry >= 0) this.#addToTree(root, field, expiry);
    } catch (error) {
      this.#dictionary.removeReference(dictionary, this.#nameHash, field);
      this.fields.free(field);
      throw error;
    }
    this.#grow(root, growth);
    return field;
  }

  /** As `find` and `add`, for a name that is not there. */
  insert(
    root: number,
    name: Uint8Array,
    start: number,
    end: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    expiry: number,
  ): void {
    this.#nameHash = this.#hash.hash(name, start, end);
    this.add(root, name, start, end, value, valueStart, valueEnd, expiry);
  }

  /**
   * Gives the field that the last `find` found another value, and keeps its expiry or takes it away. Returns the
   * field's reference.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  setValue(
    root: number,
    field: number,
    value: Uint8Array,
    start: number,
    end: number,
    keepExpiry: boolean,
  ): number {
    const fields = this.fields;
    const expiry = fields.expiry(field);
    const kept = keepExpiry ? expiry : -1;
    if (kept === expiry && fields.overwrite(field, value, start, end)) {
      this.#grow(root, fields.growth);
      return field;
    }
    const freed = fields.units(field);
    fields.locateName(field);
    const { page, at, length } = fields;
    const made = fields.create(page, at, at + length, value, start, end, kept);
    const { growth } = fields;
    if (kept >= 0) {
      try {
        this.#addToTree(root, made, kept);
      } catch (error) {
        fields.free(made);
        throw error;
      }
    }
    this.#dictionary.replaceFound(made);
    if (expiry >= 0) this.#removeFromTree(root, field, expiry);
    fields.free(field);
    this.#grow(root, growth - freed);
    return made;
  }

  /** Removes the field that the last `find` found. */
  removeFound(root: number, field: number): void {
    const fields = this.fields;
    const expiry = fields.expiry(field);
    if (expiry >= 0) this.#removeFromTree(root, field, expiry);
    this.#dictionary.removeFound(this.#word(root, DICTIONARY), this.#nameHash);
    this.#grow(root, -fields.units(field));
    fields.free(field);
  }

  /**
   * Sets when the field that the last `find` found expires, or that it does not. Returns its reference.
   *
   * @param expiry milliseconds since the epoch, -1: never
   * @throws {ArenaExhausted} and nothing has changed
   */
  setExpiry(root: number, field: number, expiry: number): number {
    const fields = this.fields;
    const old = fields.expiry(field);
    if (old === expiry) return field;
    if (old >= 0 && expiry >= 0) {
      this.#addToTree(root, field, expiry);
      this.#removeFromTree(root, field, old);
      fields.setExpiry(field, expiry);
      return field;
    }
    const made = fields.reshape(field, expiry);
    const { growth } = fields;
    if (expiry >= 0) {
      try {
        this.#addToTree(root, made, expiry);
      } catch (error) {
        fields.freeShell(made);
        throw error;
      }
    } else {
      this.#removeFromTree(root, field, old);
    }
    this.#dictionary.replaceFound(made);
    fields.freeShell(field);
    this.#grow(root, growth);
    return made;
  }

  #addToTree(root: number, field: number, expiry: number): void {
    const existing = this.#word(root, TREE);
    const tree = existing !== 0 ? existing : this.#tree.create();
    try {
      this.#tree.insert(tree, field, highWord(expiry), lowWord(expiry));
    } catch (error) {
      if (existing === 0) this.#tree.free(tree);
      throw error;
    }
    this.#setWord(root, TREE, tree);
  }

  #removeFromTree(root: number, field: number, expiry: number): void {
    const tree = this.#word(root, TREE);
    this.#tree.remove(tree, field, highWord(expiry), lowWord(expiry));
    if (this.#tree.count(tree) > 0) return;
    this.#tree.free(tree);
    this.#setWord(root, TREE, 0);
  }

  /** The field that expires first, 0 where none does. */
  firstExpiring(root: number): number {
    const tree = this.#word(root, TREE);
    if (tree === 0) return 0;
    this.#tree.first(tree, this.#cursor);
    return this.#cursor.reference();
  }

  /** Number of fields that expire before `time`, milliseconds since the epoch. */
  countBefore(root: number, time: number): number {
    const tree = this.#word(root, TREE);
    return tree === 0 ? 0 : this.#tree.countBelow(tree, highWord(time), lowWord(time));
  }

  /** Passes each field; `visit` must not change the hash. */
  each(root: number, visit: (field: number) => void): void {
    this.#dictionary.scan(this.#word(root, DICTIONARY), 0, Infinity, visit);
  }

  /** Passes fields from `cursor` on, looking at about `count` places; returns the cursor to go on from, 0 at the end. */
  scan(root: number, cursor: number, count: number, visit: (field: number) => void): number {
    return this.#dictionary.scan(this.#word(root, DICTIONARY), cursor, count, visit);
  }

  /** A field chosen at random, each about equally likely. */
  random(root: number, random: () => number): number {
    return this.#dictionary.random(this.#word(root, DICTIONARY), random);
  }

  /**
   * A copy.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  duplicate(root: number): number {
    const { fields } = this;
    const made = this.create();
    const dictionary = this.#word(made, DICTIONARY);
    let pending = 0;
    try {
      this.#dictionary.scan(this.#word(root, DICTIONARY), 0, Infinity, (original, hash) => {
        const field = pending = fields.duplicate(original);
        this.#dictionary.insert(dictionary, hash, field);
        pending = 0;
        this.#grow(made, fields.growth);
        const expiry = fields.expiry(field);
        if (expiry >= 0) this.#addToTree(made, field, expiry);
      });
    } catch (error) {
      if (pending !== 0) fields.free(pending);
      this.free(made);
      throw error;
    }
    return made;
  }

  /** Frees a hash at once. */
  free(root: number): void {
    this.startDrain(root);
    this.drain(root, Infinity);
  }

  /** Prepares a hash that nobody will use again for `drain`. */
  startDrain(root: number): void {
    this.#dictionary.startDrain(this.#word(root, DICTIONARY));
  }

  /** Frees about `count` fields: first what the tree knows of them; true when nothing is left. */
  drain(root: number, count: number): boolean {
    const tree = this.#word(root, TREE);
    if (tree !== 0) {
      if (!this.#tree.drain(tree, count, ignore)) return false;
      this.#setWord(root, TREE, 0);
    }
    if (!this.#dictionary.drain(this.#word(root, DICTIONARY), count, this.#freeField)) return false;
    this.#arena.free(root);
    return true;
  }

  /** Moves some of a hash's blocks out of pages that are being vacated; true when it is through. */
  relocate(at: Relocation): boolean {
    const arena = this.#arena;
    if (at.part === 0) {
      const root = at.root = arena.relocate(at.root);
      this.#setWord(root, DICTIONARY, this.#dictionary.relocateHeader(this.#word(root, DICTIONARY)));
      const tree = this.#word(root, TREE);
      if (tree !== 0) this.#setWord(root, TREE, arena.relocate(tree));
      at.part = 1;
    }
    if (at.part === 1) {
      at.position = this.#relocateFields(at.root, at.position);
      if (at.position === 0) at.part = 2;
      return false;
    }
    const tree = this.#word(at.root, TREE);
    at.position = tree === 0 ? 0 : this.#tree.relocateNodes(tree, at.position);
    return at.position === 0;
  }

  #relocateFields(root: number, position: number): number {
    const arena = this.#arena;
    const dictionary = this.#word(root, DICTIONARY);
    this.#dictionary.relocateSegment(dictionary, position);
    const moving: number[] = [];
    const next = this.#dictionary.scan(dictionary, position, RELOCATION_PLACES, (field, hash) => {
      this.fields.relocateApart(field);
      if (arena.isVacating(field)) moving.push(field, hash);
      else arena.relocations.left++;
    });
    for (let i = 0; i < moving.length; i += 2) this.#relocateField(root, moving[i], moving[i + 1]);
    return next;
  }

  #relocateField(root: number, field: number, hash: number): void {
    const arena = this.#arena;
    const moved = arena.copyOut(field);
    if (moved === 0) return;
    const expiry = this.fields.expiry(field);
    if (expiry >= 0) {
      // The tree orders fields that expire at the same time by their references.
      try {
        this.#addToTree(root, moved, expiry);
      } catch (error) {
        arena.free(moved);
        if (error instanceof ArenaExhausted) return;
        throw error;
      }
      this.#removeFromTree(root, field, expiry);
    }
    this.#dictionary.replace(this.#word(root, DICTIONARY), hash, field, moved);
    arena.free(field);
  }

  /** Bytes of the arena that a hash takes. */
  size(root: number): number {
    const tree = this.#word(root, TREE);
    return this.#arena.capacity(root) + this.#dictionary.overhead(this.#word(root, DICTIONARY)) +
      (tree === 0 ? 0 : this.#tree.size(tree)) + this.#word(root, UNITS) * 8;
  }

  /**
   * Checks all invariants.
   *
   * @throws {Error} that names the first one broken
   */
  check(root: number): void {
    const { fields } = this;
    const dictionary = this.#word(root, DICTIONARY);
    const tree = this.#word(root, TREE);
    this.#dictionary.check(dictionary);
    if (tree !== 0) this.#tree.check(tree);
    let units = 0;
    let expiring = 0;
    this.#dictionary.scan(dictionary, 0, Infinity, (field, hash) => {
      units += fields.units(field);
      fields.locateName(field);
      const { page, at, length } = fields;
      if (this.#hash.hash(page, at, at + length) >>> 0 !== hash) {
        throw new Error(`Field ${field} has another hash than its name`);
      }
      const expiry = fields.expiry(field);
      if (expiry < 0) return;
      expiring++;
      if (tree === 0 || this.#tree.rank(tree, field, highWord(expiry), lowWord(expiry)) < 0) {
        throw new Error(`Field ${field} expires at ${expiry} but is not in the tree`);
      }
    });
    if (units !== this.#word(root, UNITS)) {
      throw new Error(`Fields take ${units} units, counted ${this.#word(root, UNITS)}`);
    }
    const listed = tree === 0 ? 0 : this.#tree.count(tree);
    if (expiring !== listed || (tree !== 0 && listed === 0)) {
      throw new Error(`${expiring} fields expire, ${listed} are in the tree`);
    }
  }
}

function ignore(): void {}
