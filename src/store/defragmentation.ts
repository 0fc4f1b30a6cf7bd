/**
 * Defragmentation: vacates pages of the arena that only few blocks keep, so that they go back to the system.
 *
 * A *pass* chooses the pages with the least data (`Arena.vacate`) and walks through all databases in order of hash, as
 * SCAN does: it moves each block that it meets in one of those pages to another one. Since nothing is put into these
 * pages meanwhile, they are empty in the end, but for what nobody could move: a consumer with very many pending entries,
 * say. Such pages are left alone from then on, until no other is worth the work.
 *
 * The walk is cut into steps of some tens of blocks, or of a page that is given back, after each of which everything is as consistent as after a command.
 * A value with many elements is walked through on its own (`ValueType.relocate`), found again by its key after each
 * step. Nothing else may keep a reference between two commands, with one exception: a snapshot knows entries by their
 * references, so there is no step while one is being taken; as in Redis, which does not defragment while it has a child.
 *
 * @module
 */

import type { Database } from "./database.ts";
import { TYPE_STRING } from "./entry.ts";
import type { Keyspace } from "./keyspace.ts";
import { type Relocation, RELOCATION_PLACES } from "./types/value_type.ts";

/** Places of a database that are looked at in one step: each may hold a collection of `maxScanFields` elements. */
const PLACES = 8;

/** A collection that is being walked through. */
interface Unfinished {
  readonly database: Database;
  readonly key: Uint8Array;
  readonly type: number;
  readonly encoding: number;
  readonly at: Relocation;
}

/** Walks through a keyspace and moves blocks, a step at a time. */
export class Defragmentation {
  /** Collections of about so many elements are walked through at once (`active-defrag-max-scan-fields`). */
  maxScanFields = 1000;
  readonly #keyspace: Keyspace;
  readonly #found: number[] = [];
  readonly #unfinished: Unfinished[] = [];
  /** Pages that could not be vacated. */
  readonly #stuck = new Set<number>();
  #isPassing = false;
  #database = 0;
  #cursor = 0;
  /** Keys of which something moved, and of which nothing did. */
  readonly keys = { moved: 0, left: 0 };

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** Whether a pass is under way. */
  get isPassing(): boolean {
    return this.#isPassing;
  }

  /**
   * Begins a pass, unless one is under way; false where there is no page to vacate.
   *
   * @param room see `Arena.vacate`
   */
  begin(room?: number): boolean {
    if (this.#isPassing) return true;
    const chosen = this.#keyspace.arena.vacate(this.#stuck, room);
    if (chosen.length === 0) {
      this.#stuck.clear();
      return false;
    }
    this.#isPassing = true;
    this.#database = this.#cursor = 0;
    return true;
  }

  /** Ends a pass before it is through. */
  abandon(): void {
    if (!this.#isPassing) return;
    this.#isPassing = false;
    this.#unfinished.length = 0;
    this.#keyspace.arena.endVacating();
  }

  /** Makes a step of a pass, which takes some tens of microseconds; false when there is nothing more to do at present. */
  step(): boolean {
    if (!this.#isPassing || this.#keyspace.databases[0].snapshot !== null) return false;
    if (this.#keyspace.arena.releaseVacated()) return true;
    if (this.#unfinished.length > 0) {
      this.#goOn();
      return true;
    }
    const { databases } = this.#keyspace;
    if (this.#database === databases.length) {
      this.#end();
      return false;
    }
    const database = databases[this.#database];
    if (this.#cursor === 0) database.relocateHeaders();
    this.#walk(database);
    if (this.#cursor === 0) this.#database++;
    return true;
  }

  #end(): void {
    this.#isPassing = false;
    for (const page of this.#keyspace.arena.endVacating()) this.#stuck.add(page);
  }

  /** Visits the keys at the next places of a database. */
  #walk(database: Database): void {
    const found = this.#found;
    found.length = 0;
    database.relocateSegments(this.#cursor);
    this.#cursor = database.scan(this.#cursor, PLACES, (entry, hash) => void found.push(entry, hash));
    for (let i = 0; i < found.length; i += 2) this.#visit(database, found[i], found[i + 1]);
  }

  #visit(database: Database, entry: number, hash: number): void {
    const { arena, entries } = this.#keyspace;
    const { moved } = arena.relocations;
    const type = entries.type(entry);
    if (type === TYPE_STRING) {
      entries.relocateValue(entry);
    } else {
      const encoding = entries.encoding(entry);
      const at = { root: entries.root(entry), part: 0, position: 0 };
      let done = false;
      for (let i = 0; i <= this.maxScanFields && !done; i += RELOCATION_PLACES) {
        done = entries.types[type].relocate(at, encoding);
      }
      entries.setRoot(entry, at.root);
      if (!done) this.#putOff(database, entry, at);
    }
    database.relocate(entry, hash);
    if (arena.relocations.moved > moved) this.keys.moved++;
    else this.keys.left++;
  }

  #putOff(database: Database, entry: number, at: Relocation): void {
    const { entries } = this.#keyspace;
    entries.locateKey(entry);
    const key = entries.page.slice(entries.at, entries.at + entries.length);
    const [type, encoding] = [entries.type(entry), entries.encoding(entry)];
    this.#unfinished.push({ database, key, type, encoding, at });
  }

  /** Makes a step of a collection, unless its key is another value's by now. */
  #goOn(): void {
    const { entries } = this.#keyspace;
    const last = this.#unfinished.length - 1;
    const { database, key, type, encoding, at } = this.#unfinished[last];
    const entry = database.peek(key, 0, key.length);
    if (entry === 0 || entries.type(entry) !== type || entries.encoding(entry) !== encoding) {
      this.#unfinished.length = last;
      return;
    }
    at.root = entries.root(entry);
    const done = entries.types[type].relocate(at, encoding);
    entries.setRoot(entry, at.root);
    if (done) this.#unfinished.length = last;
  }
}
