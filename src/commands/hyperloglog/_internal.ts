/**
 * HyperLogLogs in strings, which is all that the commands of this group have in common.
 *
 * @module
 */

import { CORRUPTED_HYPERLOGLOG, NOT_A_HYPERLOGLOG, WRONG_TYPE } from "../../base/errors.ts";
import {
  DENSE,
  DENSE_BYTES,
  denseRegister,
  encodingOf,
  invalidateCardinality,
  isHyperLogLog,
  mergeDense,
  REGISTERS,
  setDenseRegister,
  writeDense,
} from "../../base/hyperloglog.ts";
import {
  EMPTY_SPARSE_BYTES,
  mergeSparse,
  SPARSE_BROKEN,
  SPARSE_KEEPS,
  SPARSE_MAX_VALUE,
  SparseChange,
  writeEmptySparse,
} from "../../base/hyperloglog_sparse.ts";
import { ENCODING_RAW, type Entries, TYPE_STRING } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";

/** Registers of a byte each, for whoever needs them during one command. */
export const registers = new Uint8Array(REGISTERS);
const sparseChange = new SparseChange();

/**
 * Checks that an entry, or 0, is a HyperLogLog.
 *
 * @throws {WireError} where it is none
 */
export function checkHyperLogLog(entries: Entries, entry: number): void {
  if (entry === 0) return;
  if (entries.type(entry) !== TYPE_STRING) throw WRONG_TYPE;
  entries.locateValue(entry);
  if (!isHyperLogLog(entries.page, entries.at, entries.length)) throw NOT_A_HYPERLOGLOG;
}

/** Whether an entry's registers are dense. */
export function isDense(entries: Entries, entry: number): boolean {
  entries.locateValue(entry);
  return encodingOf(entries.page, entries.at) === DENSE;
}

/**
 * Raises those of `registers` that an entry's exceed.
 *
 * @throws {WireError} where the entry's are broken
 */
export function mergeRegisters(entries: Entries, entry: number): void {
  entries.locateValue(entry);
  const { page, at, length } = entries;
  if (encodingOf(page, at) === DENSE) mergeDense(page, at, registers);
  else if (!mergeSparse(page, at, length, registers)) throw CORRUPTED_HYPERLOGLOG;
}

/** The HyperLogLog under the key in argument 1, which a command changes. One for all commands: it is opened by each. */
class HyperLogLogEditor {
  /** Its entry, which moves as it grows. */
  entry = 0;
  /** Whether it was made for this. */
  created = false;
  #context!: CommandContext;

  /**
   * Takes the entry that the key has, or 0 to make an empty one; returns itself.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  open(context: CommandContext, entry: number): this {
    this.#context = context;
    this.entry = entry;
    this.created = entry === 0;
    const { args, database, entries } = context;
    if (this.created) {
      this.entry = database.createString(args.bytes, args.start(1), args.end(1), EMPTY_SPARSE_BYTES);
      entries.locateValue(this.entry);
      writeEmptySparse(entries.page, entries.at);
    } else {
      entries.setEncoding(entry, ENCODING_RAW);
    }
    return this;
  }

  /**
   * Gives a register a value, if it has a lower one; returns whether it had. Hot.
   *
   * @throws {WireError} where the sparse registers are broken
   * @throws {ArenaExhausted} and nothing has changed
   */
  raise(register: number, value: number): boolean {
    const { database, entries } = this.#context;
    entries.locateValue(this.entry);
    if (encodingOf(entries.page, entries.at) !== DENSE) return this.#raiseSparse(register, value);
    if (value <= denseRegister(entries.page, entries.at, register)) return false;
    database.willChange(this.entry);
    entries.locateValue(this.entry);
    setDenseRegister(entries.page, entries.at, register, value);
    return true;
  }

  #raiseSparse(register: number, value: number): boolean {
    const { database, entries, server } = this.#context;
    const length = entries.length;
    if (value > SPARSE_MAX_VALUE) {
      this.makeDense();
      return this.raise(register, value);
    }
    const plan = sparseChange.plan(entries.page, entries.at, length, register, value);
    if (plan === SPARSE_KEEPS) return false;
    if (plan === SPARSE_BROKEN) throw CORRUPTED_HYPERLOGLOG;
    const { growth } = sparseChange;
    if (growth > 0) {
      if (length + growth > server.settings.hyperLogLogSparseMaxBytes) {
        this.makeDense();
        return this.raise(register, value);
      }
      this.entry = database.resizeString(this.entry, length + growth);
    } else {
      database.willChange(this.entry);
    }
    entries.locateValue(this.entry);
    entries.setValueLength(this.entry, sparseChange.apply(entries.page, entries.at, length));
    return true;
  }

  /**
   * Makes sparse registers dense.
   *
   * @throws {WireError} where they are broken
   * @throws {ArenaExhausted} and nothing has changed
   */
  makeDense(): void {
    const { entries } = this.#context;
    if (isDense(entries, this.entry)) return;
    registers.fill(0);
    mergeRegisters(entries, this.entry);
    this.replace();
  }

  /**
   * Replaces all registers by `registers`, dense.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  replace(): void {
    const { database, entries } = this.#context;
    this.entry = database.resizeString(this.entry, DENSE_BYTES);
    entries.locateValue(this.entry);
    writeDense(entries.page, entries.at, registers);
  }

  /** Says that the HyperLogLog is not what it was, so that its cardinality has to be computed anew. */
  invalidate(): void {
    const { entries } = this.#context;
    entries.locateValue(this.entry);
    invalidateCardinality(entries.page, entries.at);
  }
}

/** The editor. */
export const editor = new HyperLogLogEditor();
