/**
 * A snapshot of a keyspace as the bytes of a file, made in bounded steps while the keyspace goes on changing. Which bytes
 * stand for a key is the format's business: that of RDB files, or requests that would make it.
 *
 * ```text
 *  hash     0 ─────────── position ──────────────────── 2^32
 *           passed        │ not passed: an entry is written when the walk comes to it,
 *                         │ or before it changes, to what then is written aside
 * ```
 *
 * The walk goes through the databases' dictionaries in order of hash, so one comparison says whether an entry has been
 * passed. Whatever is about to change an entry that has not says so first (`SnapshotObserver`): it is written at once
 * and marked, and so is marked what is new; the walk leaves marked entries out. The marks are a bit for each 8 bytes of
 * the arena's pages, made page by page as they are needed: 1.6 % of the data at most. An entry's reference serves as
 * its name here because entries do not move meanwhile: in its place there comes another one, which is new.
 *
 * A value that is not in one block is written in steps (`ValueSteps`). What is to be written meanwhile waits aside
 * until the value is complete. Before the value itself changes, all that is left of it is written. Of a large collection
 * that can be much, so whoever is about to change one asks `holds` first, and comes back when it has been written.
 *
 * FLUSHDB hands the dictionary over to the snapshot, and SWAPDB only changes whose it is.
 *
 * @module
 */

import { crc64 } from "../base/crc64.ts";
import { PAGE_SHIFT, UNIT_MASK } from "../memory/arena.ts";
import type { Database, SnapshotObserver } from "../store/database.ts";
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_ZSET } from "../store/entry.ts";
import type { Keyspace } from "../store/keyspace.ts";
import type { ValueSteps } from "./rdb_value.ts";
import type { RdbWriter } from "./rdb_writer.ts";

/** Places of a dictionary that are looked at in one step. */
const PLACES = 64;
/** Words of the marks of a page of the arena: a bit for each unit. */
const MARK_WORDS = (UNIT_MASK + 1) / 32;
/** Collections of more elements are held: to write one takes more than some milliseconds. */
const HELD_ELEMENTS = 8192;
/** Bytes that `take` returns at most: what a checksum takes a fraction of a millisecond for. */
const TAKEN_MAX = 256 * 1024;
/** Bytes of a buffer at first. */
const BUFFER_BYTES = 65536;
/** A buffer larger than this is given up when it is empty. */
const KEPT_MAX = 4 * 1024 * 1024;

/** What a snapshot is written as. */
export interface SnapshotFormat {
  /** Whether the bytes end with their checksum. */
  readonly hasChecksum: boolean;
  /** A writer for the methods below. */
  writer(): RdbWriter;
  /** Writes what comes before all databases. */
  begin(writer: RdbWriter): void;
  /** Writes that what follows is in a database. */
  select(writer: RdbWriter, database: number): void;
  /** Writes how many keys the selected database has, and how many of them expire. */
  sizes(writer: RdbWriter, keys: number, volatileKeys: number): void;
  /** Writes a key; or a part of one, and returns what writes the rest in steps. */
  key(writer: RdbWriter, entry: number): ValueSteps | null;
  /** Writes what comes after all databases. */
  end(writer: RdbWriter): void;
}

/** A database as it was when the snapshot began. */
interface Part {
  /** Its number then. */
  readonly index: number;
  /** Its dictionary, which may be another database's now, or nobody's. */
  readonly keys: number;
  readonly size: number;
  readonly volatileSize: number;
  /** Whether the dictionary is nobody else's any more. */
  owned: boolean;
}

/** Where keys are written to, and the database that was selected there last; -1: none. */
interface Output {
  readonly writer: RdbWriter;
  selected: number;
}

/** Takes a snapshot: `step` until it returns false, taking the bytes with `take` whenever there are enough. */
export class Snapshot implements SnapshotObserver {
  /** Keys that there were when it began. */
  readonly keys: number;
  /** Keys that have been written. */
  written = 0;
  /** Where what is read ahead goes, so that reading it is not optimized away. */
  sink = 0;
  readonly #keyspace: Keyspace;
  readonly #format: SnapshotFormat;
  readonly #parts: Part[] = [];
  /** Which part each database's dictionary is now, if it is one that has not been passed. */
  readonly #partOf = new Map<Database, Part>();
  /** The part that is walked through; `#parts.length` at the end. */
  #at = 0;
  /** Entries of that part with lower hashes have been passed; those below `#next` have been collected. */
  #position = 0;
  #next = 0;
  /** Entries that were collected, and how many of them have been written. */
  readonly #collected: number[] = [];
  #done = 0;
  #hasCollected = false;
  /** What writes the value of `#entry`, while it is not complete. */
  #steps: ValueSteps | null = null;
  #entry = 0;
  /** Large collections that somebody waits for. */
  readonly #awaited: { readonly part: Part; readonly entry: number }[] = [];
  /** Whether somebody waits for `#entry`. */
  #isEntryAwaited = false;
  readonly #marks: (Uint32Array | undefined)[] = [];
  readonly #main: Output;
  /** What is written while `#steps` is not null. */
  readonly #aside: Output;
  /** The buffer that `take` takes from: what it has, and what has been taken. */
  #out: Uint8Array<ArrayBuffer> = new Uint8Array(BUFFER_BYTES);
  #outLength = 0;
  #taken = 0;
  #checksum = { high: 0, low: 0 };
  /** Why a key could not be written, when there was nobody to tell: then the snapshot is void. */
  #failure: unknown = null;
  #complete = false;
  #ended = false;
  readonly #collect = (entry: number): void => {
    if (!this.#isMarked(entry)) this.#collected.push(entry);
  };

  /** Begins a snapshot; there must be no other of the same keyspace that has not ended. */
  constructor(keyspace: Keyspace, format: SnapshotFormat) {
    if (keyspace.databases[0].snapshot !== null) throw new Error("A snapshot is being taken already");
    this.#keyspace = keyspace;
    this.#format = format;
    this.#main = { writer: format.writer(), selected: -1 };
    this.#aside = { writer: format.writer(), selected: -1 };
    for (const database of keyspace.databases) {
      const { index, keys, size, volatileSize } = database;
      database.snapshot = this;
      if (size === 0) continue;
      const part = { index, keys, size, volatileSize, owned: false };
      this.#parts.push(part);
      this.#partOf.set(database, part);
    }
    this.keys = this.#parts.reduce((sum, { size }) => sum + size, 0);
    format.begin(this.#main.writer);
  }

  /** Whether somebody waits for what is written now, or next. */
  get isAwaited(): boolean {
    return this.#isEntryAwaited || this.#awaited.length > 0;
  }

  /** Bytes that have been written and not taken. */
  get size(): number {
    return this.#outLength - this.#taken + this.#main.writer.length;
  }

  /** Bytes that it takes besides the data: marks, and buffers. */
  get memory(): number {
    let bytes = this.#out.length + this.#main.writer.bytes.length + this.#aside.writer.bytes.length;
    for (const page of this.#marks) bytes += page?.byteLength ?? 0;
    return bytes;
  }

  /**
   * Writes some more: a step of a value, or the keys at some places of a dictionary. False when all has been written.
   *
   * @throws {RangeError} where a buffer cannot grow; then the snapshot cannot be completed
   */
  step(): boolean {
    if (this.#failure !== null) throw this.#failure;
    if (this.#complete) return false;
    if (this.#steps !== null) this.#goOn();
    else if (this.#awaited.length > 0) this.#writeAwaited();
    else if (this.#hasCollected) this.#writeCollected();
    else if (this.#at < this.#parts.length) this.#walk();
    else this.#writeEnd();
    return true;
  }

  /** Some of the bytes that have been written, none where `size` is 0; valid until the next call. */
  take(): Uint8Array<ArrayBuffer> {
    if (this.#taken === this.#outLength) this.#exchange();
    const start = this.#taken;
    this.#taken = Math.min(start + TAKEN_MAX, this.#outLength);
    if (this.#format.hasChecksum) this.#checksum = crc64(this.#out, start, this.#taken, this.#checksum);
    return this.#out.subarray(start, this.#taken);
  }

  /** Makes the buffer that has been written to the one that is taken from, and the other way round. */
  #exchange(): void {
    const { writer } = this.#main;
    const { bytes } = writer;
    this.#outLength = writer.length;
    this.#taken = 0;
    writer.bytes = this.#out.length > KEPT_MAX ? new Uint8Array(BUFFER_BYTES) : this.#out;
    writer.length = 0;
    this.#out = bytes;
  }

  /** Ends the snapshot, complete or not: it hears of nothing any more, and what it has kept is freed. */
  end(): void {
    if (this.#ended) return;
    this.#ended = this.#complete = true;
    for (const database of this.#keyspace.databases) database.snapshot = null;
    for (const part of this.#parts.slice(this.#at)) this.#release(part);
    this.#marks.length = 0;
  }

  holds(database: Database, entry: number): boolean {
    if (this.#steps !== null && entry === this.#entry) return this.#isEntryAwaited = true;
    const part = this.#partOf.get(database);
    if (part === undefined || this.#isMarked(entry) || this.#elements(entry) <= HELD_ELEMENTS) return false;
    if (part === this.#parts[this.#at] && this.#hashOf(entry) < this.#position) return false;
    if (!this.#awaited.some((awaited) => awaited.entry === entry)) this.#awaited.push({ part, entry });
    return true;
  }

  #hashOf(entry: number): number {
    const { entries, hash } = this.#keyspace;
    entries.locateKey(entry);
    return hash.hash(entries.page, entries.at, entries.at + entries.length) >>> 0;
  }

  /** Elements of a collection that is written in steps, 0 for other values. */
  #elements(entry: number): number {
    const { entries, hashes, lists, sets, sortedSets, streams } = this.#keyspace;
    switch (entries.type(entry)) {
      case TYPE_LIST:
        return lists.count(entry);
      case TYPE_SET:
        return sets.count(entry);
      case TYPE_ZSET:
        return sortedSets.count(entry);
      case TYPE_HASH:
        return hashes.count(entry);
      case TYPE_STREAM:
        return streams.length(entries.root(entry));
      default:
        return 0;
    }
  }

  beforeChange(database: Database, entry: number, hash: number): void {
    try {
      if (this.#steps !== null && entry === this.#entry) return this.#finish();
      const part = this.#partOf.get(database);
      if (part === undefined || this.#isMarked(entry)) return;
      if (part === this.#parts[this.#at] && hash < this.#position) return;
      this.#mark(entry);
      const output = this.#steps === null ? this.#main : this.#aside;
      const steps = this.#begin(output, part, entry);
      while (steps?.next().done === false);
    } catch (error) {
      this.#failure ??= error;
    }
  }

  created(entry: number): void {
    this.#mark(entry);
  }

  flushed(database: Database, keys: number): boolean {
    const part = this.#partOf.get(database);
    if (part === undefined || part.keys !== keys) return false;
    this.#partOf.delete(database);
    part.owned = true;
    return true;
  }

  swapped(first: Database, second: Database): void {
    const [a, b] = [this.#partOf.get(first), this.#partOf.get(second)];
    this.#partOf.delete(first);
    this.#partOf.delete(second);
    if (a !== undefined) this.#partOf.set(second, a);
    if (b !== undefined) this.#partOf.set(first, b);
  }

  /** Collects and writes the entries at the next places. */
  #walk(): void {
    const part = this.#parts[this.#at];
    this.#collected.length = this.#done = 0;
    this.#position = this.#next;
    if (this.#position === 0) this.#writeSizes(part);
    const next = this.#keyspace.keyDictionary.scan(part.keys, this.#position, PLACES, this.#collect);
    this.#next = next === 0 ? Infinity : next;
    this.#hasCollected = true;
    this.#readAhead();
    this.#writeCollected();
  }

  /**
   * Reads the beginning of each entry that was collected. They lie anywhere in memory: one after the other, most of the
   * time would go in waiting for it, while waits that have begun together overlap.
   */
  #readAhead(): void {
    const { u32 } = this.#keyspace.arena;
    let sink = 0;
    for (const entry of this.#collected) {
      sink ^= u32[entry >>> PAGE_SHIFT][((entry & UNIT_MASK) << 1) + 1];
    }
    this.sink = sink;
  }

  /** Writes what was collected, up to a value that takes several steps. */
  #writeCollected(): void {
    const collected = this.#collected;
    const part = this.#parts[this.#at];
    while (this.#done < collected.length && this.#steps === null) {
      const entry = collected[this.#done++];
      // It may have changed, or gone, since it was collected.
      if (!this.#isMarked(entry)) this.#writeInSteps(part, entry);
    }
    if (this.#steps !== null) {
      // Others are served before the rest is written: what has been written is not to be written again.
      for (let i = 0; i < this.#done; i++) this.#mark(collected[i]);
      return;
    }
    this.#hasCollected = false;
    this.#position = this.#next;
    if (this.#position === Infinity) this.#leave(part);
  }

  #writeAwaited(): void {
    const awaited = this.#awaited.shift();
    if (awaited === undefined || this.#isMarked(awaited.entry)) return;
    this.#mark(awaited.entry);
    this.#writeInSteps(awaited.part, awaited.entry);
    this.#isEntryAwaited = this.#steps !== null;
  }

  /** Writes an entry, or begins to. */
  #writeInSteps(part: Part, entry: number): void {
    const steps = this.#begin(this.#main, part, entry);
    if (steps === null || steps.next().done) return;
    this.#mark(entry);
    this.#entry = entry;
    this.#steps = steps;
  }

  /** Writes the next step of the value that is being written. */
  #goOn(): void {
    if (this.#steps?.next().done) this.#endSteps();
  }

  /** Writes all that is left of the value that is being written. */
  #finish(): void {
    while (this.#steps?.next().done === false);
    this.#endSteps();
  }

  /** Adds what was written while a value was. */
  #endSteps(): void {
    this.#steps = null;
    this.#isEntryAwaited = false;
    const { writer, selected } = this.#aside;
    if (writer.length === 0) return;
    this.#main.writer.raw(writer.bytes, 0, writer.length);
    this.#main.selected = selected;
    writer.clear();
    this.#aside.selected = -1;
  }

  /** Goes on to the next part. */
  #leave(part: Part): void {
    this.#at++;
    this.#position = this.#next = 0;
    for (const [database, other] of this.#partOf) if (other === part) this.#partOf.delete(database);
    this.#release(part);
  }

  /** Has a dictionary that nobody else has any more freed. */
  #release(part: Part): void {
    if (part.owned) this.#keyspace.lazyfree.release(part.keys);
  }

  /** Writes how many keys a part has. */
  #writeSizes(part: Part): void {
    this.#select(this.#main, part);
    this.#format.sizes(this.#main.writer, part.size, part.volatileSize);
  }

  #select(output: Output, part: Part): void {
    if (output.selected === part.index) return;
    output.selected = part.index;
    this.#format.select(output.writer, part.index);
  }

  /** Writes a key, or what comes before the value of one that is written in steps, and returns these. */
  #begin(output: Output, part: Part, entry: number): ValueSteps | null {
    this.#select(output, part);
    this.written++;
    return this.#format.key(output.writer, entry);
  }

  #writeEnd(): void {
    const { writer } = this.#main;
    this.#format.end(writer);
    this.#complete = true;
    if (!this.#format.hasChecksum) return;
    // The bytes before it are in the two buffers, and taken in their order.
    let checksum = crc64(this.#out, this.#taken, this.#outLength, this.#checksum);
    checksum = crc64(writer.bytes, 0, writer.length, checksum);
    writer.uint32(checksum.low);
    writer.uint32(checksum.high);
  }

  #isMarked(entry: number): boolean {
    const marks = this.#marks[entry >>> PAGE_SHIFT];
    if (marks === undefined) return false;
    const unit = entry & UNIT_MASK;
    return (marks[unit >>> 5] & (1 << (unit & 31))) !== 0;
  }

  #mark(entry: number): void {
    const marks = this.#marks[entry >>> PAGE_SHIFT] ??= new Uint32Array(MARK_WORDS);
    const unit = entry & UNIT_MASK;
    marks[unit >>> 5] |= 1 << (unit & 31);
  }
}
