/**
 * The library `cjson`, as Lua CJSON 2.1.0 behaves in Redis.
 *
 * @module
 */

import { ByteBuilder } from "./byte_builder.ts";
import { JsonDecoder } from "./cjson_decoder.ts";
import type { LuaFunction } from "./lua_glue.ts";
import {
  BOOLEAN,
  GLOBALS,
  LIGHT_USERDATA,
  type LuaMachine,
  NIL,
  NUMBER,
  STRING,
  TABLE,
} from "./lua_machine.ts";
import { formatDouble } from "./lua_numbers.ts";
import type { Library, Sandbox } from "./sandbox.ts";

/** How one instance of the library encodes and decodes. */
export interface JsonOptions {
  /** Whether tables with few of the elements of an array become objects; else they are errors. */
  sparseConvert: boolean;
  sparseRatio: number;
  sparseSafe: number;
  encodeMaxDepth: number;
  decodeMaxDepth: number;
  /** Significant digits of numbers. */
  precision: number;
  keepBuffer: boolean;
  /** What becomes of NaN and infinity: 0 an error, 1 themselves, 2 null. */
  encodeInvalid: number;
  /** Whether what only C takes for numbers is decoded. */
  decodeInvalid: number;
}

function defaults(): JsonOptions {
  return {
    ...{ sparseConvert: false, sparseRatio: 2, sparseSafe: 10, encodeMaxDepth: 1000, decodeMaxDepth: 1000 },
    ...{ precision: 14, keepBuffer: true, encodeInvalid: 0, decodeInvalid: 1 },
  };
}

const MAX_INT = 2147483647;
/** Levels of nesting beyond which nothing is encoded or decoded whatever has been set: the stack has its end. */
export const DEEPEST = 2000;
/** Where a C function finds which instance it belongs to. */
const UPVALUE = GLOBALS - 1;
const QUOTE = 34, BACKSLASH = 92;

/** How characters of strings are written; null: as they are. */
const ESCAPES: readonly (string | null)[] = Array.from({ length: 256 }, (_, byte) => {
  const short =
    { 8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 47: "\\/", 92: "\\\\" }[byte];
  if (short !== undefined) return short;
  return byte < 32 || byte === 127 ? `\\u00${byte.toString(16).padStart(2, "0")}` : null;
});

const TYPE_NAMES = [
  "nil",
  "boolean",
  "userdata",
  "number",
  "string",
  "table",
  "function",
  "userdata",
  "thread",
];

/** Makes the functions of `cjson`. */
export class JsonLibrary {
  readonly #machine: LuaMachine;
  readonly #sandbox: Sandbox;
  readonly #output = new ByteBuilder();
  readonly #decoder: JsonDecoder;
  /** Those of the library itself, then those of the instances that `cjson.new` has made. */
  #options: JsonOptions[] = [defaults()];
  #fields: Library = {};
  /** Whether options have been set since the last `reset`. */
  #isChanged = false;

  constructor(machine: LuaMachine, sandbox: Sandbox) {
    this.#machine = machine;
    this.#sandbox = sandbox;
    this.#decoder = new JsonDecoder(machine);
  }

  /** The library's fields. */
  fields(): Library {
    const integer =
      (name: "encodeMaxDepth" | "decodeMaxDepth" | "precision", max: number): LuaFunction => (L) => {
        this.#prepare(L, 1);
        return this.#integerOption(L, 1, name, 1, max);
      };
    this.#fields = {
      encode: (L) => this.#encode(L),
      decode: (L) => this.#decode(L),
      encode_sparse_array: (L) => this.#sparseArray(L),
      encode_max_depth: integer("encodeMaxDepth", MAX_INT),
      decode_max_depth: integer("decodeMaxDepth", MAX_INT),
      encode_number_precision: integer("precision", 14),
      encode_keep_buffer: (L) => {
        this.#prepare(L, 1);
        return this.#booleanOption(L, "keepBuffer");
      },
      encode_invalid_numbers: (L) => this.#invalidNumbers(L, "encodeInvalid", ["off", "on", "null"]),
      decode_invalid_numbers: (L) => this.#invalidNumbers(L, "decodeInvalid", ["off", "on"]),
      new: (L) => this.#new(L),
      null: null,
      _NAME: "cjson",
      _VERSION: "2.1.0",
    };
    return this.#fields;
  }

  /** Forgets what a script has set. */
  reset(): void {
    if (!this.#isChanged) return;
    this.#options = [defaults()];
    this.#isChanged = false;
  }

  #optionsOf(L: number): JsonOptions {
    return this.#options[this.#machine.api.lua_tonumber(L, UPVALUE)] ?? this.#options[0];
  }

  #new(L: number): number {
    const machine = this.#machine;
    const { api } = machine;
    this.#isChanged = true;
    const instance = this.#options.push(defaults()) - 1;
    api.lua_createtable(L, 0, 16);
    for (const [name, value] of Object.entries(this.#fields)) {
      machine.pushText(L, name);
      if (value === null) api.lua_pushlightuserdata(L, 0);
      else if (typeof value === "string") machine.pushText(L, value);
      else if (typeof value === "function") {
        api.lua_pushnumber(L, instance);
        api.lua_pushcclosure(L, this.indexOf(value), 1);
      }
      api.lua_rawset(L, -3);
    }
    return 1;
  }

  /** The index in Lua's table of one of the functions; set when the machine knows them. */
  indexOf: (f: LuaFunction) => number = () => 0;

  // Options.

  /** Makes sure that there are so many arguments and no more, nil where they are missing. */
  #prepare(L: number, count: number): void {
    const { api } = this.#machine;
    if (api.lua_gettop(L) > count) this.#machine.failArgument(L, count + 1, "found too many arguments");
    api.lua_settop(L, count);
    this.#isChanged = true;
  }

  #integerOption(
    L: number,
    argument: number,
    name: "encodeMaxDepth" | "decodeMaxDepth" | "precision" | "sparseRatio" | "sparseSafe",
    min: number,
    max: number,
  ): number {
    const { api } = this.#machine;
    const options = this.#optionsOf(L);
    if (api.lua_type(L, argument) !== NIL) {
      const value = Math.trunc(api.luaL_checknumber(L, argument));
      if (!(value >= min && value <= max)) {
        this.#machine.failArgument(L, argument, `expected integer between ${min} and ${max}`);
      }
      options[name] = value;
    }
    api.lua_pushnumber(L, options[name]);
    return 1;
  }

  #booleanOption(L: number, name: "keepBuffer" | "sparseConvert"): number {
    const { api } = this.#machine;
    const options = this.#optionsOf(L);
    const type = api.lua_type(L, 1);
    if (type === BOOLEAN) options[name] = api.lua_toboolean(L, 1) !== 0;
    else if (type !== NIL) api.luaL_typerror(L, 1, this.#machine.constant("boolean"));
    api.lua_pushboolean(L, options[name] ? 1 : 0);
    return 1;
  }

  #sparseArray(L: number): number {
    this.#prepare(L, 3);
    this.#booleanOption(L, "sparseConvert");
    this.#integerOption(L, 2, "sparseRatio", 0, MAX_INT);
    this.#integerOption(L, 3, "sparseSafe", 0, MAX_INT);
    return 3;
  }

  #invalidNumbers(L: number, name: "encodeInvalid" | "decodeInvalid", names: readonly string[]): number {
    const machine = this.#machine;
    const { api } = machine;
    this.#prepare(L, 1);
    const options = this.#optionsOf(L);
    const type = api.lua_type(L, 1);
    if (type === BOOLEAN) {
      options[name] = api.lua_toboolean(L, 1);
    } else if (type !== NIL) {
      machine.checkString(L, 1);
      const given = machine.text(L, 1).split("\0")[0];
      const index = names.indexOf(given);
      if (index < 0) machine.failArgument(L, 1, `invalid option '${given}'`);
      options[name] = index;
    }
    if (options[name] < 2) api.lua_pushboolean(L, options[name]);
    else machine.pushText(L, names[options[name]]);
    return 1;
  }

  // Encoding.

  #encode(L: number): number {
    if (this.#machine.api.lua_gettop(L) !== 1) {
      return this.#machine.failArgument(L, 1, "expected 1 argument");
    }
    this.#output.clear();
    this.#value(L, this.#optionsOf(L), 0);
    this.#output.push(this.#machine, L);
    return 1;
  }

  /** Encodes the value on top of the stack. */
  #value(L: number, options: JsonOptions, depth: number): void {
    const { api } = this.#machine;
    const output = this.#output;
    const type = api.lua_type(L, -1);
    if (type === STRING) this.#string(L);
    else if (type === NUMBER) this.#number(L, options);
    else if (type === BOOLEAN) output.text(api.lua_toboolean(L, -1) !== 0 ? "true" : "false");
    else if (type === TABLE) this.#table(L, options, depth + 1);
    else if (type === NIL || (type === LIGHT_USERDATA && api.lua_topointer(L, -1) === 0)) output.text("null");
    else this.#fail(L, -1, "type not supported");
  }

  #fail(L: number, index: number, reason: string): void {
    const name = TYPE_NAMES[this.#machine.api.lua_type(L, index)];
    this.#machine.fail(L, `Cannot serialise ${name}: ${reason}`);
  }

  #string(L: number): void {
    const machine = this.#machine;
    const output = this.#output;
    const at = machine.stringAt(L, -1);
    const end = at + machine.length;
    const { heap } = machine;
    output.byte(QUOTE);
    let plain = at;
    for (let i = at; i < end; i++) {
      const byte = heap[i];
      if (byte >= 48 && byte !== BACKSLASH && byte !== 127) continue;
      const escape = ESCAPES[byte];
      if (escape === null) continue;
      if (i > plain) output.bytes(heap, plain, i);
      output.text(escape);
      plain = i + 1;
    }
    if (end > plain) output.bytes(heap, plain, end);
    output.byte(QUOTE);
  }

  #number(L: number, options: JsonOptions, index = -1): void {
    const value = this.#machine.api.lua_tonumber(L, index);
    if (value - value !== 0) {
      if (options.encodeInvalid === 0) this.#fail(L, index, "must not be NaN or Inf");
      if (options.encodeInvalid === 2) return this.#output.text("null");
    }
    this.#output.text(formatDouble(value, options.precision));
  }

  #table(L: number, options: JsonOptions, depth: number): void {
    const { api } = this.#machine;
    if (depth > Math.min(options.encodeMaxDepth, DEEPEST) || api.lua_checkstack(L, 4) === 0) {
      this.#machine.fail(L, `Cannot serialise, excessive nesting (${depth})`);
    }
    this.#sandbox.resolve(L);
    const length = this.#arrayLength(L, options);
    if (length > 0) this.#array(L, length, options, depth);
    else this.#object(L, options, depth);
  }

  /** The length of the array that is on top of the stack, or -1: it has other keys than those of an array. */
  #arrayLength(L: number, options: JsonOptions): number {
    const { api } = this.#machine;
    let largest = 0;
    let items = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2) !== 0) {
      const key = api.lua_type(L, -2) === NUMBER ? api.lua_tonumber(L, -2) : 0;
      if (!(key >= 1 && Math.floor(key) === key)) {
        this.#machine.pop(L, 2);
        return -1;
      }
      // As C converts it: what is no int is the smallest one, and the table then no array.
      if (key > largest) largest = key > MAX_INT ? -MAX_INT - 1 : key;
      items++;
      this.#machine.pop(L, 1);
    }
    const { sparseRatio, sparseSafe } = options;
    if (sparseRatio > 0 && largest > items * sparseRatio && largest > sparseSafe) {
      if (!options.sparseConvert) this.#fail(L, -1, "excessively sparse array");
      return -1;
    }
    return largest;
  }

  #array(L: number, length: number, options: JsonOptions, depth: number): void {
    const { api } = this.#machine;
    const output = this.#output;
    output.text("[");
    for (let i = 1; i <= length; i++) {
      if (i > 1) output.text(",");
      api.lua_rawgeti(L, -1, i);
      this.#value(L, options, depth);
      this.#machine.pop(L, 1);
    }
    output.text("]");
  }

  #object(L: number, options: JsonOptions, depth: number): void {
    const machine = this.#machine;
    const { api } = machine;
    const output = this.#output;
    output.text("{");
    let isFirst = true;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2) !== 0) {
      if (!isFirst) output.text(",");
      isFirst = false;
      const type = api.lua_type(L, -2);
      if (type === NUMBER) {
        output.text('"');
        this.#number(L, options, -2);
        output.text('":');
      } else if (type === STRING) {
        api.lua_pushvalue(L, -2);
        this.#string(L);
        machine.pop(L, 1);
        output.text(":");
      } else {
        this.#fail(L, -2, "table key must be a number or string");
      }
      this.#value(L, options, depth);
      machine.pop(L, 1);
    }
    output.text("}");
  }

  #decode(L: number): number {
    const machine = this.#machine;
    if (machine.api.lua_gettop(L) !== 1) return machine.failArgument(L, 1, "expected 1 argument");
    const at = machine.checkString(L, 1);
    this.#decoder.decode(L, machine.heap.slice(at, at + machine.length), this.#optionsOf(L));
    return 1;
  }
}
