/**
 * The library `bit`: operations on 32 bits, as Lua BitOp has them.
 *
 * @module
 */

import type { LuaFunction } from "./lua_glue.ts";
import type { LuaMachine } from "./lua_machine.ts";
import type { Library } from "./sandbox.ts";

/** Makes the functions of `bit`. */
export class BitLibrary {
  readonly #machine: LuaMachine;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** The library's fields. */
  fields(): Library {
    return {
      tobit: this.#unary((value) => value),
      bnot: this.#unary((value) => ~value),
      bswap: this.#unary((value) =>
        (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)
      ),
      band: this.#fold((a, b) => a & b),
      bor: this.#fold((a, b) => a | b),
      bxor: this.#fold((a, b) => a ^ b),
      lshift: this.#shift((value, count) => value << count),
      rshift: this.#shift((value, count) => value >>> count),
      arshift: this.#shift((value, count) => value >> count),
      rol: this.#shift((value, count) => (value << count) | (value >>> (32 - count & 31))),
      ror: this.#shift((value, count) => (value >>> count) | (value << (32 - count & 31))),
      tohex: (L) => this.#toHex(L),
    };
  }

  /** Argument `i` modulo 2^32. */
  #bits(L: number, i: number): number {
    return toBits(this.#machine.api.luaL_checknumber(L, i));
  }

  #push(L: number, value: number): number {
    this.#machine.api.lua_pushnumber(L, value | 0);
    return 1;
  }

  #unary(operation: (value: number) => number): LuaFunction {
    return (L) => this.#push(L, operation(this.#bits(L, 1)));
  }

  #fold(operation: (a: number, b: number) => number): LuaFunction {
    return (L) => {
      let result = this.#bits(L, 1);
      for (let i = this.#machine.api.lua_gettop(L); i > 1; i--) result = operation(result, this.#bits(L, i));
      return this.#push(L, result);
    };
  }

  #shift(operation: (value: number, count: number) => number): LuaFunction {
    return (L) => {
      const value = this.#bits(L, 1);
      return this.#push(L, operation(value, this.#bits(L, 2) & 31));
    };
  }

  /** Digits in the number asked for, upper case where that is negative. */
  #toHex(L: number): number {
    const machine = this.#machine;
    const value = this.#bits(L, 1);
    const wanted = machine.api.lua_gettop(L) < 2 ? 8 : this.#bits(L, 2);
    const digits = Math.min(8, Math.abs(wanted));
    const text = (value >>> 0).toString(16).padStart(8, "0").slice(8 - digits);
    machine.pushText(L, wanted < 0 ? text.toUpperCase() : text);
    return 1;
  }
}

/** A number rounded to an integer, halves to even, modulo 2^32. */
function toBits(value: number): number {
  if ((value | 0) === value) return value;
  // As BitOp does: adding 2^52 + 2^51 leaves the integer's bits at the end of the mantissa.
  DOUBLE[0] = value + 6755399441055744;
  return WORDS[0];
}

const DOUBLE = new Float64Array(1);
/** The low word first: typed arrays have the machine's order, and all machines that Deno runs on begin with it. */
const WORDS = new Int32Array(DOUBLE.buffer);
