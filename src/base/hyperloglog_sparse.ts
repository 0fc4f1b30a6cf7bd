/**
 * The sparse registers of a HyperLogLog: runs of registers with the same value, in order.
 *
 * ```text
 *  00xxxxxx            ZERO    x + 1 registers (1 to 64) are 0
 *  01xxxxxx yyyyyyyy   XZERO   256 x + y + 1 registers (1 to 16,384) are 0
 *  1vvvvvxx            VAL     x + 1 registers (1 to 4) are v + 1 (1 to 32)
 * ```
 *
 * The opcodes are those of Redis's hyperloglog.c, and changed in the same way, so that the bytes are the same. The
 * functions take the string as `bytes`, the position `at` where it begins, and its length.
 *
 * @module
 */

import { HEADER_BYTES, REGISTERS, SPARSE, writeHeader } from "./hyperloglog.ts";

/** Length of an empty sparse HyperLogLog: one XZERO. */
export const EMPTY_SPARSE_BYTES = HEADER_BYTES + 2;
/** The largest value of a sparse register. */
export const SPARSE_MAX_VALUE = 32;

const XZERO_BIT = 0x40, VAL_BIT = 0x80;
const ZERO_MAX = 64, VAL_MAX = 4;
/** Opcodes that may become mergeable by a change: so many are looked at. */
const MERGE_SCAN = 5;

/** Writes an empty sparse HyperLogLog of EMPTY_SPARSE_BYTES bytes. */
export function writeEmptySparse(bytes: Uint8Array, at: number): void {
  writeHeader(bytes, at, SPARSE);
  writeZeros(bytes, at + HEADER_BYTES, REGISTERS);
}

/** How many registers the opcode at `p` stands for; a string that ends at `end` is followed by a zero. */
function runLength(bytes: Uint8Array, p: number, end: number): number {
  const opcode = bytes[p];
  if ((opcode & VAL_BIT) !== 0) return (opcode & 3) + 1;
  if ((opcode & XZERO_BIT) === 0) return (opcode & 63) + 1;
  return (((opcode & 63) << 8) | (p + 1 < end ? bytes[p + 1] : 0)) + 1;
}

function isValue(opcode: number): boolean {
  return (opcode & VAL_BIT) !== 0;
}

function opcodeBytes(opcode: number): number {
  return (opcode & (VAL_BIT | XZERO_BIT)) === XZERO_BIT ? 2 : 1;
}

function valueOf(opcode: number): number {
  return ((opcode >>> 2) & 31) + 1;
}

function valueOpcode(value: number, length: number): number {
  return VAL_BIT | ((value - 1) << 2) | (length - 1);
}

/** Writes an opcode for `length` zeros at `p` and returns the position behind it. */
function writeZeros(bytes: Uint8Array, p: number, length: number): number {
  if (length <= ZERO_MAX) {
    bytes[p] = length - 1;
    return p + 1;
  }
  bytes[p] = XZERO_BIT | ((length - 1) >>> 8);
  bytes[p + 1] = (length - 1) & 255;
  return p + 2;
}

/** Raises those `registers`, a byte each, that the string's exceed; false where the string is broken. */
export function mergeSparse(bytes: Uint8Array, at: number, length: number, registers: Uint8Array): boolean {
  const end = at + length;
  let register = 0;
  for (let p = at + HEADER_BYTES; p < end; p += opcodeBytes(bytes[p])) {
    const run = runLength(bytes, p, end);
    if (isValue(bytes[p])) {
      if (register + run > REGISTERS) return false;
      const value = valueOf(bytes[p]);
      for (let i = register; i < register + run; i++) {
        if (value > registers[i]) registers[i] = value;
      }
    }
    register += run;
  }
  return register === REGISTERS;
}

/** Adds to `histogram` how many registers have each value; false where the string is broken. */
export function countSparse(bytes: Uint8Array, at: number, length: number, histogram: Int32Array): boolean {
  const end = at + length;
  let register = 0;
  for (let p = at + HEADER_BYTES; p < end; p += opcodeBytes(bytes[p])) {
    const run = runLength(bytes, p, end);
    histogram[isValue(bytes[p]) ? valueOf(bytes[p]) : 0] += run;
    register += run;
  }
  return register === REGISTERS;
}

/** What a sparse register's change needs: nothing, as it is no less already; it can be done; or the string is broken. */
export const SPARSE_KEEPS = 0, SPARSE_CHANGES = 1, SPARSE_BROKEN = 2;

/**
 * A change of one sparse register: `plan` looks what there is to do, and `apply` does it once the string has room for the
 * `growth`.
 */
export class SparseChange {
  /** Bytes that the string needs more while it changes. */
  growth = 0;
  /** Where the opcode lies that has the register, and the one before it (or the first), from the string's beginning. */
  #opcode = 0;
  #previous = 0;
  #oldBytes = 0;
  /** The opcodes to put in its place. */
  readonly #sequence = new Uint8Array(5);
  #newBytes = 0;

  /** Looks what it takes to raise a register to `value`, at most SPARSE_MAX_VALUE. Hot; allocates nothing. */
  plan(bytes: Uint8Array, at: number, length: number, register: number, value: number): number {
    const end = at + length;
    let p = at + HEADER_BYTES;
    let previous = p;
    let first = 0;
    let run = 0;
    while (p < end) {
      run = runLength(bytes, p, end);
      if (register < first + run) break;
      previous = p;
      p += opcodeBytes(bytes[p]);
      first += run;
    }
    if (p >= end || p + opcodeBytes(bytes[p]) > end) return SPARSE_BROKEN;
    const opcode = bytes[p];
    if (isValue(opcode) && valueOf(opcode) >= value) return SPARSE_KEEPS;
    this.#opcode = p - at;
    this.#previous = previous - at;
    this.#oldBytes = opcodeBytes(opcode);
    this.#newBytes = this.#split(opcode, register - first, value, first + run - register - 1);
    this.growth = this.#newBytes - this.#oldBytes;
    return SPARSE_CHANGES;
  }

  /** Puts the opcodes together that stand for `before` registers as now, one with `value`, and `after` as now. */
  #split(opcode: number, before: number, value: number, after: number): number {
    const sequence = this.#sequence;
    const old = isValue(opcode) ? valueOf(opcode) : 0;
    let p = 0;
    if (before > 0) p = writeRun(sequence, p, old, before);
    sequence[p++] = valueOpcode(value, 1);
    if (after > 0) p = writeRun(sequence, p, old, after);
    return p;
  }

  /** Does what was planned, behind whose `length` bytes there is room for the growth; returns the new length. */
  apply(bytes: Uint8Array, at: number, length: number): number {
    const p = at + this.#opcode;
    bytes.copyWithin(p + this.#newBytes, p + this.#oldBytes, at + length);
    for (let i = 0; i < this.#newBytes; i++) bytes[p + i] = this.#sequence[i];
    return mergeValues(bytes, at + this.#previous, at + length + this.growth) - at;
  }
}

/** Writes an opcode for registers with the same value, which may be 0, and returns the position behind it. */
function writeRun(bytes: Uint8Array, p: number, value: number, length: number): number {
  if (value === 0) return writeZeros(bytes, p, length);
  bytes[p] = valueOpcode(value, length);
  return p + 1;
}

/** Merges adjacent VALs with the same value from `p` on, and returns where the string ends then. */
function mergeValues(bytes: Uint8Array, p: number, end: number): number {
  for (let scan = MERGE_SCAN; p < end && scan > 0; scan--) {
    const opcode = bytes[p];
    if (isValue(opcode) && p + 1 < end && isValue(bytes[p + 1])) {
      const length = (opcode & 3) + (bytes[p + 1] & 3) + 2;
      if (valueOf(opcode) === valueOf(bytes[p + 1]) && length <= VAL_MAX) {
        bytes[p + 1] = valueOpcode(valueOf(opcode), length);
        bytes.copyWithin(p, p + 1, end);
        end--;
        continue;
      }
    }
    p += opcodeBytes(opcode);
  }
  return end;
}
