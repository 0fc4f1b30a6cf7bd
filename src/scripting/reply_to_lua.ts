/**
 * From replies of commands to Lua's values.
 *
 * @module
 */

import { byteString } from "../base/bytes.ts";
import { parseInteger } from "../base/numbers.ts";
import type { LuaMachine } from "./lua_machine.ts";

const CR = 13;
const DIGIT_ZERO = 48;
/** As many digits as always fit an int32. */
const FEW_DIGITS = 9;
const SPACE = 32;
const PLUS = 43, MINUS = 45, COLON = 58, DOLLAR = 36, STAR = 42, PERCENT = 37, TILDE = 126;
const COMMA = 44, HASH = 35, UNDERSCORE = 95, PARENTHESIS = 40, EQUALS = 61;

/** Pushes replies on Lua's stack. */
export class ReplyToLua {
  readonly #machine: LuaMachine;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** Pushes the reply that begins with the first of `bytes`. True where it is an error. */
  push(L: number, bytes: Uint8Array): boolean {
    this.#bytes = bytes;
    this.#at = 0;
    this.#value(L);
    return bytes[0] === MINUS;
  }

  /** Where the line ends that is being read; what comes next is after it. */
  #line(): number {
    const bytes = this.#bytes;
    let end = this.#at;
    while (bytes[end] !== CR) end++;
    this.#at = end + 2;
    return end;
  }

  /** The integer that the rest of the line spells, as `parseInteger` returns it. */
  #integer(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    // Nearly all are of few digits: those are read while the line's end is looked for.
    let value = 0;
    let at = start;
    for (; at < start + FEW_DIGITS; at++) {
      const digit = bytes[at] - DIGIT_ZERO;
      if (digit < 0 || digit > 9) break;
      value = (value * 10 + digit) | 0;
    }
    if (bytes[at] !== CR) return parseInteger(bytes, start, this.#line());
    this.#at = at + 2;
    return value;
  }

  #value(L: number): void {
    const { api } = this.#machine;
    const type = this.#bytes[this.#at++];
    switch (type) {
      case DOLLAR:
        return this.#bulk(L);
      case COLON:
        return this.#machine.pushNumber(L, this.#number());
      case STAR:
        return this.#array(L);
      case PLUS:
        return this.#tagged(L, "ok");
      case MINUS:
        return this.#error(L);
      case PERCENT:
        return this.#map(L);
      case TILDE:
        return this.#set(L);
      case COMMA:
        return this.#double(L);
      case HASH:
        api.lua_pushboolean(L, this.#bytes[this.#at] === 116 ? 1 : 0);
        this.#line();
        return;
      case UNDERSCORE:
        this.#line();
        return api.lua_pushnil(L);
      case PARENTHESIS:
        return this.#tagged(L, "big_number");
      case EQUALS:
        return this.#verbatim(L);
      default:
        throw new Error(`A reply of unknown type ${type}`);
    }
  }

  #number(): number {
    const start = this.#at;
    const value = this.#integer();
    return value - value === 0 ? value : Number(byteString(this.#bytes, start, this.#at - 2));
  }

  #bulk(L: number): void {
    const length = this.#integer();
    if (length < 0) return this.#machine.api.lua_pushboolean(L, 0);
    this.#machine.pushBytes(L, this.#bytes, this.#at, this.#at + length);
    this.#at += length + 2;
  }

  #array(L: number): void {
    const { api } = this.#machine;
    const length = this.#integer();
    if (length < 0) return api.lua_pushboolean(L, 0);
    this.#need(L);
    api.lua_createtable(L, length, 0);
    for (let i = 1; i <= length; i++) {
      this.#value(L);
      api.lua_rawseti(L, -2, i);
    }
  }

  /** A table whose one field has the line's text. */
  #tagged(L: number, field: string): void {
    const { api } = this.#machine;
    this.#need(L);
    api.lua_createtable(L, 0, 1);
    this.#machine.pushConstant(L, field);
    const start = this.#at;
    this.#machine.pushBytes(L, this.#bytes, start, this.#line());
    api.lua_rawset(L, -3);
  }

  #error(L: number): void {
    const start = this.#at;
    const text = byteString(this.#bytes, start, this.#line());
    this.#need(L);
    pushErrorReply(this.#machine, L, `-${text}`, true);
  }

  #map(L: number): void {
    const { api } = this.#machine;
    const pairs = this.#integer();
    this.#need(L);
    api.lua_createtable(L, 0, 1);
    this.#machine.pushConstant(L, "map");
    api.lua_createtable(L, 0, pairs);
    for (let i = 0; i < pairs; i++) {
      this.#value(L);
      this.#value(L);
      api.lua_rawset(L, -3);
    }
    api.lua_rawset(L, -3);
  }

  #set(L: number): void {
    const { api } = this.#machine;
    const size = this.#integer();
    this.#need(L);
    api.lua_createtable(L, 0, 1);
    this.#machine.pushConstant(L, "set");
    api.lua_createtable(L, 0, size);
    for (let i = 0; i < size; i++) {
      this.#value(L);
      api.lua_pushboolean(L, 1);
      api.lua_rawset(L, -3);
    }
    api.lua_rawset(L, -3);
  }

  #double(L: number): void {
    const { api } = this.#machine;
    const start = this.#at;
    const text = byteString(this.#bytes, start, this.#line());
    this.#need(L);
    api.lua_createtable(L, 0, 1);
    this.#machine.pushConstant(L, "double");
    api.lua_pushnumber(L, text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text));
    api.lua_rawset(L, -3);
  }

  #verbatim(L: number): void {
    const { api } = this.#machine;
    const length = this.#integer();
    const start = this.#at;
    this.#at += length + 2;
    this.#need(L);
    api.lua_createtable(L, 0, 1);
    this.#machine.pushConstant(L, "verbatim_string");
    api.lua_createtable(L, 0, 2);
    this.#machine.pushConstant(L, "string");
    this.#machine.pushBytes(L, this.#bytes, start + 4, start + length);
    api.lua_rawset(L, -3);
    this.#machine.pushConstant(L, "format");
    this.#machine.pushBytes(L, this.#bytes, start, start + 3);
    api.lua_rawset(L, -3);
    api.lua_rawset(L, -3);
  }

  /** Makes sure that the stack has room for what the parts of a value take. */
  #need(L: number): void {
    if (this.#machine.api.lua_checkstack(L, 8) === 0) {
      throw new RangeError("A reply is nested too deep for Lua");
    }
  }
}

/**
 * Pushes the table that stands for an error.
 *
 * @param text a byte string; where it begins with `-` its first word is the error's code, else that is `ERR`
 * @param isCounted whether the error has been counted in the statistics already
 */
export function pushErrorReply(machine: LuaMachine, L: number, text: string, isCounted: boolean): void {
  const { api } = machine;
  const hasCode = text.startsWith("-");
  const message = hasCode ? text.slice(1) : text;
  const code = hasCode && message.includes(String.fromCharCode(SPACE)) ? "" : "ERR ";
  const space = code === "" ? message.indexOf(" ") : -1;
  const trimmed = message.slice(space + 1).replace(/^[\r\n]+|[\r\n]+$/g, "");
  api.lua_createtable(L, 0, 2);
  machine.pushConstant(L, "err");
  machine.pushText(L, (code === "" ? message.slice(0, space + 1) : code) + trimmed);
  api.lua_rawset(L, -3);
  if (!isCounted) return;
  machine.pushConstant(L, "ignore_error_stats_update");
  api.lua_pushboolean(L, 1);
  api.lua_rawset(L, -3);
}
