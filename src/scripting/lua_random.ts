/**
 * `math.random` as Redis has it: from the same seed the same numbers, on every machine.
 *
 * @module
 */

import type { LuaFunction } from "./lua_glue.ts";
import type { LuaMachine } from "./lua_machine.ts";

// The generator is POSIX's drand48: x becomes x * 0x5DEECE66D + 0xB modulo 2^48.
const MULTIPLIER_HIGH = 0x5de, MULTIPLIER_LOW = 0xece66d, INCREMENT = 0xb;
const TWO_24 = 2 ** 24;
const SEED_LOW = 0x330e;
const MOST = 2147483647;

/** The random numbers of one machine. */
export class LuaRandom {
  readonly #machine: LuaMachine;
  // The 48 bits, 24 at a time: so that all products are exact.
  #high = 0x1234ab;
  #low = 0xcd0000 | SEED_LOW;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** Begins anew from a seed, of which 32 bits count. */
  seed(seed: number): void {
    this.#high = ((seed >>> 8) & 0xffffff) >>> 0;
    this.#low = ((seed & 0xff) << 16) | SEED_LOW;
  }

  /** The next 31 bits. */
  #next(): number {
    const low = this.#low * MULTIPLIER_LOW + INCREMENT;
    const carry = Math.floor(low / TWO_24);
    const high = this.#high * MULTIPLIER_LOW + this.#low * MULTIPLIER_HIGH + carry;
    this.#low = low % TWO_24;
    this.#high = high % TWO_24;
    return this.#high * 128 + (this.#low >>> 17);
  }

  /** `math.random` */
  readonly random: LuaFunction = (L) => {
    const machine = this.#machine;
    const { api } = machine;
    const fraction = (this.#next() % MOST) / MOST;
    const count = api.lua_gettop(L);
    if (count === 0) {
      api.lua_pushnumber(L, fraction);
      return 1;
    }
    if (count > 2) return machine.fail(L, "wrong number of arguments");
    const first = Math.trunc(api.luaL_checknumber(L, 1)) | 0;
    const from = count === 1 ? 1 : first;
    const to = count === 1 ? first : Math.trunc(api.luaL_checknumber(L, 2)) | 0;
    if (from > to) return machine.failArgument(L, count, "interval is empty");
    api.lua_pushnumber(L, Math.floor(fraction * ((to - from + 1) | 0)) + from);
    return 1;
  };

  /** `math.randomseed` */
  readonly randomSeed: LuaFunction = (L) => {
    this.seed(Math.trunc(this.#machine.api.luaL_checknumber(L, 1)) | 0);
    return 0;
  };
}
