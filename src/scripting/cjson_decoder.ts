/**
 * JSON to Lua's values, with the errors of Lua CJSON.
 *
 * @module
 */

import { bytesOf, byteString } from "../base/bytes.ts";
import { roomFor } from "../memory/headroom.ts";
import { DEEPEST, type JsonOptions } from "./cjson.ts";
import type { LuaMachine } from "./lua_machine.ts";

type Token =
  | "T_OBJ_BEGIN"
  | "T_OBJ_END"
  | "T_ARR_BEGIN"
  | "T_ARR_END"
  | "T_STRING"
  | "T_NUMBER"
  | "T_BOOLEAN"
  | "T_NULL"
  | "T_COLON"
  | "T_COMMA"
  | "T_END"
  | "T_ERROR";

const PUNCTUATION: Readonly<Record<number, Token>> = {
  123: "T_OBJ_BEGIN",
  125: "T_OBJ_END",
  91: "T_ARR_BEGIN",
  93: "T_ARR_END",
  44: "T_COMMA",
  58: "T_COLON",
};
const ESCAPED: Readonly<Record<number, number>> = {
  34: 34,
  92: 92,
  47: 47,
  98: 8,
  102: 12,
  110: 10,
  114: 13,
  116: 9,
};
const QUOTE = 34, BACKSLASH = 92, LETTER_U = 117, PLUS = 43, MINUS = 45;
/** What C's strtod reads, as far as it can begin here. */
const NUMBER =
  /^[+-]?(?:0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?|inf(?:inity)?|nan(?:\(\w*\))?|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i;

/** Decodes one text at a time. */
export class JsonDecoder {
  readonly #machine: LuaMachine;
  #bytes = new Uint8Array(0);
  #at = 0;
  #options!: JsonOptions;
  /** Where the token begins that was read last, or where it was found wrong. */
  #index = 0;
  /** The bytes of the string that was read last. */
  #string = new Uint8Array(64);
  #length = 0;
  #number = 0;
  #boolean = 0;
  #error = "";

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** Pushes the value of a whole text. */
  decode(L: number, bytes: Uint8Array<ArrayBuffer>, options: JsonOptions): void {
    this.#bytes = bytes;
    this.#at = 0;
    this.#options = options;
    if (bytes.length >= 2 && (bytes[0] === 0 || bytes[1] === 0)) {
      this.#machine.fail(L, "JSON parser does not support UTF-16 or UTF-32");
    }
    this.#value(L, this.#next(), 0);
    const token = this.#next();
    if (token !== "T_END") this.#fail(L, "the end", token);
    this.#bytes = new Uint8Array(0);
  }

  #fail(L: number, expected: string, token: Token): void {
    const found = token === "T_ERROR" ? this.#error : token;
    this.#machine.fail(L, `Expected ${expected} but found ${found} at character ${this.#index + 1}`);
  }

  #value(L: number, token: Token, depth: number): void {
    const { api } = this.#machine;
    switch (token) {
      case "T_STRING":
        return this.#machine.pushBytes(L, this.#string, 0, this.#length);
      case "T_NUMBER":
        return api.lua_pushnumber(L, this.#number);
      case "T_BOOLEAN":
        return api.lua_pushboolean(L, this.#boolean);
      case "T_NULL":
        return api.lua_pushlightuserdata(L, 0);
      case "T_OBJ_BEGIN":
        return this.#object(L, depth + 1);
      case "T_ARR_BEGIN":
        return this.#array(L, depth + 1);
      default:
        this.#fail(L, "value", token);
    }
  }

  #descend(L: number, depth: number): void {
    if (
      depth <= Math.min(this.#options.decodeMaxDepth, DEEPEST) && this.#machine.api.lua_checkstack(L, 4) !== 0
    ) return;
    this.#machine.fail(L, `Found too many nested data structures (${depth}) at character ${this.#at}`);
  }

  #object(L: number, depth: number): void {
    const { api } = this.#machine;
    this.#descend(L, depth);
    api.lua_createtable(L, 0, 0);
    let token = this.#next();
    if (token === "T_OBJ_END") return;
    for (;;) {
      if (token !== "T_STRING") this.#fail(L, "object key string", token);
      this.#machine.pushBytes(L, this.#string, 0, this.#length);
      token = this.#next();
      if (token !== "T_COLON") this.#fail(L, "colon", token);
      this.#value(L, this.#next(), depth);
      api.lua_rawset(L, -3);
      token = this.#next();
      if (token === "T_OBJ_END") return;
      if (token !== "T_COMMA") this.#fail(L, "comma or object end", token);
      token = this.#next();
    }
  }

  #array(L: number, depth: number): void {
    const { api } = this.#machine;
    this.#descend(L, depth);
    api.lua_createtable(L, 0, 0);
    let token = this.#next();
    if (token === "T_ARR_END") return;
    for (let i = 1;; i++) {
      this.#value(L, token, depth);
      api.lua_rawseti(L, -2, i);
      token = this.#next();
      if (token === "T_ARR_END") return;
      if (token !== "T_COMMA") this.#fail(L, "comma or array end", token);
      token = this.#next();
    }
  }

  /** Reads the next token. */
  #next(): Token {
    const bytes = this.#bytes;
    while (isBlank(bytes[this.#at])) this.#at++;
    this.#index = this.#at;
    const byte = bytes[this.#at] ?? 0;
    if (byte === 0) return "T_END";
    const token = PUNCTUATION[byte];
    if (token !== undefined) {
      this.#at++;
      return token;
    }
    if (byte === QUOTE) return this.#readString();
    if (byte === MINUS || (byte >= 48 && byte <= 57)) {
      if (this.#options.decodeInvalid === 0 && this.#isInvalidNumber()) return this.#wrong("invalid number");
      return this.#readNumber();
    }
    if (this.#has("true") || this.#has("false")) {
      this.#boolean = byte === 116 ? 1 : 0;
      this.#at += byte === 116 ? 4 : 5;
      return "T_BOOLEAN";
    }
    if (this.#has("null")) {
      this.#at += 4;
      return "T_NULL";
    }
    if (this.#options.decodeInvalid !== 0 && this.#isInvalidNumber()) return this.#readNumber();
    return this.#wrong("invalid token");
  }

  #wrong(error: string): Token {
    this.#error = error;
    this.#index = this.#at;
    return "T_ERROR";
  }

  #has(word: string): boolean {
    for (let i = 0; i < word.length; i++) if (this.#bytes[this.#at + i] !== word.charCodeAt(i)) return false;
    return true;
  }

  /** Whether a number begins here that C reads but JSON does not have. */
  #isInvalidNumber(): boolean {
    let at = this.#at;
    if (this.#bytes[at] === PLUS) return true;
    if (this.#bytes[at] === MINUS) at++;
    const text = byteString(this.#bytes, at, Math.min(this.#bytes.length, at + 3)).toLowerCase();
    return /^0[x0-9]/.test(text) || text === "inf" || text === "nan";
  }

  #readNumber(): Token {
    const start = this.#at;
    let text = byteString(this.#bytes, start, Math.min(this.#bytes.length, start + 40));
    let match = NUMBER.exec(text)?.[0];
    if (match?.length === text.length) {
      // It may go on.
      text = byteString(this.#bytes, start, this.#bytes.length);
      match = NUMBER.exec(text)?.[0];
    }
    if (match === undefined) return this.#wrong("invalid number");
    this.#at += match.length;
    this.#number = numberOf(match.toLowerCase());
    return "T_NUMBER";
  }

  #readString(): Token {
    const bytes = this.#bytes;
    this.#length = 0;
    this.#at++;
    for (;;) {
      const byte = bytes[this.#at] ?? 0;
      if (byte === QUOTE) break;
      if (byte === 0) return this.#wrong("unexpected end of string");
      if (byte !== BACKSLASH) {
        this.#add(byte);
        this.#at++;
        continue;
      }
      const escaped = bytes[this.#at + 1];
      if (escaped === LETTER_U) {
        if (!this.#readUnicode()) return this.#wrong("invalid unicode escape code");
      } else if (ESCAPED[escaped] !== undefined) {
        this.#add(ESCAPED[escaped]);
        this.#at += 2;
      } else {
        return this.#wrong("invalid escape code");
      }
    }
    this.#at++;
    return "T_STRING";
  }

  #add(byte: number): void {
    if (this.#length === this.#string.length) {
      const grown = new Uint8Array(roomFor(2 * this.#length));
      grown.set(this.#string);
      this.#string = grown;
    }
    this.#string[this.#length++] = byte;
  }

  /** Four hexadecimal digits, or NaN. */
  #hex(at: number): number {
    const text = byteString(this.#bytes, at, Math.min(this.#bytes.length, at + 4));
    return /^[0-9a-f]{4}$/i.test(text) ? parseInt(text, 16) : NaN;
  }

  #readUnicode(): boolean {
    let code = this.#hex(this.#at + 2);
    let length = 6;
    if (Number.isNaN(code)) return false;
    if ((code & 0xf800) === 0xd800) {
      if ((code & 0x400) !== 0) return false;
      if (this.#bytes[this.#at + 6] !== BACKSLASH || this.#bytes[this.#at + 7] !== LETTER_U) return false;
      const low = this.#hex(this.#at + 8);
      if (Number.isNaN(low) || (low & 0xfc00) !== 0xdc00) return false;
      code = 0x10000 + ((code & 0x3ff) << 10 | low & 0x3ff);
      length = 12;
    }
    for (const byte of utf8(code)) this.#add(byte);
    this.#at += length;
    return true;
  }
}

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13;
}

function utf8(code: number): number[] {
  return [...new TextEncoder().encode(String.fromCodePoint(code))];
}

/** The number that a text in lower case spells in C. */
function numberOf(text: string): number {
  const negative = text.startsWith("-");
  const digits = text.replace(/^[+-]/, "");
  const value = digits.startsWith("inf")
    ? Infinity
    : digits.startsWith("nan")
    ? NaN
    : digits.startsWith("0x")
    ? hexadecimal(digits.slice(2))
    : Number(digits);
  return negative ? -value : value;
}

function hexadecimal(text: string): number {
  const [digits, power] = text.split("p");
  const [whole, fraction = ""] = digits.split(".");
  let value = 0;
  for (const byte of bytesOf(whole + fraction)) value = value * 16 + parseInt(String.fromCharCode(byte), 16);
  return value * 2 ** (Number(power ?? 0) - 4 * fraction.length);
}
