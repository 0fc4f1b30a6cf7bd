/**
 * The library `struct`, as lua struct 0.2 behaves in Redis on a machine with longs of 64 bits.
 *
 * @module
 */

import { ByteBuilder } from "./byte_builder.ts";
import { type LuaMachine } from "./lua_machine.ts";
import type { Library } from "./sandbox.ts";

const MAX_INT = 2147483647;
const MAX_INTEGER_SIZE = 32;
const MAX_ALIGNMENT = 8;
const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  b: 1,
  H: 2,
  h: 2,
  L: 8,
  l: 8,
  T: 8,
  f: 4,
  d: 8,
  x: 1,
};
const INTEGERS = "bBhHlLTiI";

/** Reads a format from left to right. */
class Format {
  little = true;
  #alignment = 1;
  #at = 0;
  readonly #text: string;
  readonly #fail: (message: string, isArgument: boolean) => void;

  /** `fail` raises an error; about the format argument, if so told. */
  constructor(text: string, fail: (message: string, isArgument: boolean) => void) {
    this.#text = text;
    this.#fail = fail;
  }

  /** The next option, empty at the end. */
  next(): string {
    return this.#text.charAt(this.#at++);
  }

  #number(otherwise: number): number {
    if (!isDigit(this.#text.charAt(this.#at))) return otherwise;
    let value = 0;
    while (isDigit(this.#text.charAt(this.#at))) {
      value = value * 10 + Number(this.#text.charAt(this.#at++));
      if (value > MAX_INT) this.#fail("integral size overflow", false);
    }
    return value;
  }

  /** Bytes that an option takes, 0: that depends. */
  size(option: string): number {
    if (option === "c") return this.#number(1);
    if (option === "i" || option === "I") {
      const size = this.#number(4);
      if (size > MAX_INTEGER_SIZE) {
        this.#fail(`integral size ${size} is larger than limit of ${MAX_INTEGER_SIZE}`, false);
      }
      return size;
    }
    return SIZES[option] ?? 0;
  }

  /** Bytes to leave out before an option of so many bytes at a position. */
  padding(position: number, option: string, size: number): number {
    if (size === 0 || option === "c") return 0;
    const unit = Math.min(size, this.#alignment);
    return (unit - (position & (unit - 1))) & (unit - 1);
  }

  /** Follows an option that says how the others are to be understood. */
  control(option: string): void {
    if (option === " ") return;
    if (option === ">") this.little = false;
    else if (option === "<") this.little = true;
    else if (option === "!") {
      const alignment = this.#number(MAX_ALIGNMENT);
      if (alignment === 0 || (alignment & (alignment - 1)) !== 0) {
        this.#fail(`alignment ${alignment} is not a power of 2`, false);
      }
      this.#alignment = alignment;
    } else this.#fail(`invalid format option '${option}'`, true);
  }
}

/** Makes the functions of `struct`. */
export class StructLibrary {
  readonly #machine: LuaMachine;
  readonly #output = new ByteBuilder();

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** The library's fields. */
  fields(): Library {
    return { pack: (L) => this.#pack(L), unpack: (L) => this.#unpack(L), size: (L) => this.#size(L) };
  }

  #format(L: number): Format {
    this.#machine.checkString(L, 1);
    // C sees it up to its first NUL.
    const text = this.#machine.text(L, 1).split("\0")[0];
    return new Format(text, (message, isArgument) => {
      if (isArgument) this.#machine.failArgument(L, 1, message);
      else this.#machine.fail(L, message);
    });
  }

  #pack(L: number): number {
    const machine = this.#machine;
    const { api } = machine;
    const format = this.#format(L);
    const output = this.#output;
    output.clear();
    // It separates the arguments from what C builds on the stack; so the first that is missing is nil.
    api.lua_pushnil(L);
    let argument = 2;
    let total = 0;
    for (let option = format.next(); option !== ""; option = format.next()) {
      let size = format.size(option);
      const padding = format.padding(total, option, size);
      output.zeros(padding);
      total += padding;
      if (INTEGERS.includes(option)) {
        this.#putInteger(api.luaL_checknumber(L, argument++), size, format.little);
      } else if (option === "x") {
        output.byte(0);
      } else if (option === "f") {
        output.float(api.luaL_checknumber(L, argument++), format.little);
      } else if (option === "d") {
        output.double(api.luaL_checknumber(L, argument++), format.little);
      } else if (option === "c" || option === "s") {
        const at = machine.checkString(L, argument++);
        const { length } = machine;
        if (size === 0) size = length;
        if (length < size) return machine.failArgument(L, argument, "string too short");
        output.bytes(machine.heap, at, at + size);
        if (option === "s") {
          output.byte(0);
          size++;
        }
      } else {
        format.control(option);
      }
      total += size;
    }
    output.push(machine, L);
    return 1;
  }

  #putInteger(value: number, size: number, little: boolean): void {
    // What is no int64 becomes the smallest one, or, from 2^63 on, is taken without its sign.
    const whole = Math.trunc(value);
    const limit = value < 0 ? 2 ** 63 : 2 ** 64;
    const bits = Math.abs(whole) < limit || whole === -limit ? BigInt(whole) : value > 0 ? 0n : 1n << 63n;
    const low = BigInt.asUintN(64, bits);
    for (let i = 0; i < size; i++) {
      const place = little ? i : size - 1 - i;
      this.#output.byte(place < 8 ? Number((low >> BigInt(8 * place)) & 0xffn) : 0);
    }
  }

  #unpack(L: number): number {
    const machine = this.#machine;
    const { api } = machine;
    const format = this.#format(L);
    const dataAt = machine.checkString(L, 2);
    const { length } = machine;
    const data = machine.heap.slice(dataAt, dataAt + length);
    const view = new DataView(data.buffer);
    let position = Math.trunc(api.luaL_optnumber(L, 3, 1)) - 1;
    if (position === -1) return machine.failArgument(L, 3, "offset must be 1 or greater");
    const needs = (size: number) => {
      // A negative position is a large one to C.
      if (size > length || position < 0 || position > length - size) {
        machine.failArgument(L, 2, "data string too short");
      }
    };
    let results = 0;
    for (let option = format.next(); option !== ""; option = format.next()) {
      let size = format.size(option);
      position += format.padding(position, option, size);
      needs(size);
      if (api.lua_checkstack(L, 3) === 0) return machine.fail(L, "stack overflow (too many results)");
      if (INTEGERS.includes(option)) {
        const isSigned = option === option.toLowerCase();
        api.lua_pushnumber(L, integerAt(data, position, size, format.little, isSigned));
        results++;
      } else if (option === "f") {
        api.lua_pushnumber(L, view.getFloat32(position, format.little));
        results++;
      } else if (option === "d") {
        api.lua_pushnumber(L, view.getFloat64(position, format.little));
        results++;
      } else if (option === "c") {
        if (size === 0) {
          if (results === 0 || api.lua_isnumber(L, -1) === 0) {
            return machine.fail(L, "format 'c0' needs a previous size");
          }
          size = Math.trunc(api.lua_tonumber(L, -1));
          machine.pop(L, 1);
          results--;
          needs(size < 0 ? Infinity : size);
        }
        machine.pushBytes(L, data, position, position + size);
        results++;
      } else if (option === "s") {
        const end = data.indexOf(0, position);
        if (end < 0) return machine.fail(L, "unfinished string in data");
        size = end - position + 1;
        machine.pushBytes(L, data, position, end);
        results++;
      } else if (option !== "x") {
        format.control(option);
      }
      position += size;
    }
    api.lua_pushnumber(L, position + 1);
    return results + 1;
  }

  #size(L: number): number {
    const format = this.#format(L);
    let total = 0;
    for (let option = format.next(); option !== ""; option = format.next()) {
      const size = format.size(option);
      total += format.padding(total, option, size);
      if (option === "s") this.#machine.failArgument(L, 1, "option 's' has no fixed size");
      if (option === "c" && size === 0) this.#machine.failArgument(L, 1, "option 'c0' has no fixed size");
      if (!/[0-9A-Za-z]/.test(option)) format.control(option);
      total += size;
    }
    this.#machine.api.lua_pushnumber(L, total);
    return 1;
  }
}

function isDigit(char: string): boolean {
  return char >= "0" && char <= "9" && char.length === 1;
}

/** An integer of `size` bytes, of which the lowest eight count. */
function integerAt(data: Uint8Array, at: number, size: number, little: boolean, isSigned: boolean): number {
  let bits = 0n;
  for (let i = 0; i < size; i++) {
    const byte = data[little ? at + size - 1 - i : at + i];
    bits = BigInt.asUintN(64, bits << 8n | BigInt(byte));
  }
  return Number(isSigned ? BigInt.asIntN(Math.min(64, 8 * size), bits) : bits);
}
