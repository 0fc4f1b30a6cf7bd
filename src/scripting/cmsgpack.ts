/**
 * The library `cmsgpack`, as lua-cmsgpack 0.4.0 behaves in Redis.
 *
 * @module
 */

import { ByteBuilder } from "./byte_builder.ts";
import { BOOLEAN, type LuaMachine, NUMBER, STRING, TABLE } from "./lua_machine.ts";
import type { Library, Sandbox } from "./sandbox.ts";

/** Tables nested deeper than this become nil. */
const MAX_NESTING = 16;
/** Arrays and maps nested deeper than this are not unpacked: the stack has its end. */
const DEEPEST = 2000;
const MAX_INT = 2147483647;

/** Why a message cannot be decoded. */
const MISSING = "Missing bytes in input.", BAD_FORMAT = "Bad data format in input.";

/** Makes the functions of `cmsgpack`. */
export class MessagePackLibrary {
  readonly #machine: LuaMachine;
  readonly #sandbox: Sandbox;
  readonly #output = new ByteBuilder();
  /** The message that is being decoded: a copy, as Lua's memory may move. */
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  constructor(machine: LuaMachine, sandbox: Sandbox) {
    this.#machine = machine;
    this.#sandbox = sandbox;
  }

  /** The library's fields. */
  fields(): Library {
    return {
      pack: (L) => this.#pack(L),
      unpack: (L) => this.#unpack(L, 0, 0),
      unpack_one: (L) => this.#unpack(L, 1, this.#integer(L, 2)),
      unpack_limit: (L) => this.#unpackLimit(L),
      _NAME: "cmsgpack",
      _VERSION: "lua-cmsgpack 0.4.0",
      _COPYRIGHT: "Copyright (C) 2012, Salvatore Sanfilippo",
      _DESCRIPTION: "MessagePack C implementation for Lua",
    };
  }

  #integer(L: number, argument: number): number {
    return Math.trunc(this.#machine.api.luaL_optnumber(L, argument, 0)) | 0;
  }

  // Packing.

  #pack(L: number): number {
    const machine = this.#machine;
    const { api } = machine;
    const count = api.lua_gettop(L);
    if (count === 0) return machine.failArgument(L, 0, "MessagePack pack needs input.");
    this.#output.clear();
    for (let i = 1; i <= count; i++) {
      if (api.lua_checkstack(L, 4) === 0) return machine.fail(L, "stack overflow (in function mp_check)");
      api.lua_pushvalue(L, i);
      this.#value(L, 0);
    }
    this.#output.push(machine, L);
    return 1;
  }

  /** Packs the value on top of the stack, and pops it. */
  #value(L: number, level: number): void {
    const machine = this.#machine;
    const { api } = machine;
    const output = this.#output;
    switch (api.lua_type(L, -1)) {
      case STRING: {
        const at = machine.stringAt(L, -1);
        const { length } = machine;
        if (length < 32) output.byte(0xa0 | length);
        else this.#head(length, 0xd9);
        output.bytes(machine.heap, at, at + length);
        break;
      }
      case BOOLEAN:
        output.byte(api.lua_toboolean(L, -1) !== 0 ? 0xc3 : 0xc2);
        break;
      case NUMBER:
        this.#number(api.lua_tonumber(L, -1));
        break;
      case TABLE:
        if (level === MAX_NESTING) {
          output.byte(0xc0);
          break;
        }
        if (api.lua_checkstack(L, 8) === 0) {
          machine.fail(L, "stack overflow (in function mp_encode_lua_table)");
        }
        this.#sandbox.resolve(L);
        if (this.#isArray(L)) this.#array(L, level);
        else this.#map(L, level);
        break;
      default:
        output.byte(0xc0);
    }
    machine.pop(L, 1);
  }

  /** The type byte for a length of one, two or four bytes, and the length. */
  #head(length: number, type: number): void {
    const size = length <= 0xff && type === 0xd9 ? 1 : length <= 0xffff ? 2 : 4;
    this.#output.byte(type === 0xd9 ? type + Math.log2(size) : type + (size === 4 ? 1 : 0));
    this.#output.unsigned(length, size);
  }

  #number(value: number): void {
    const output = this.#output;
    if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) return this.#packInteger(value);
    if (Math.fround(value) === value) {
      output.byte(0xca);
      output.float(value, false);
    } else {
      output.byte(0xcb);
      output.double(value, false);
    }
  }

  #packInteger(value: number): void {
    const output = this.#output;
    if (value >= 0 && value <= 127) return output.byte(value);
    if (value < 0 && value >= -32) return output.byte(value & 0xff);
    const sizes = value >= 0 ? [0xff, 0xffff, 0xffffffff] : [0x80, 0x8000, 0x80000000];
    const index = sizes.findIndex((limit) => value >= 0 ? value <= limit : value >= -limit);
    const type = value >= 0 ? 0xcc : 0xd0;
    output.byte(type + (index < 0 ? 3 : index));
    if (index < 0) output.int64(BigInt(value), false);
    else output.unsigned(value, [1, 2, 4][index] as 1 | 2 | 4);
  }

  /** Whether the keys of the table on top of the stack are 1 to as many as it has. */
  #isArray(L: number): boolean {
    const { api } = this.#machine;
    let largest = 0;
    let count = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2) !== 0) {
      this.#machine.pop(L, 1);
      const key = api.lua_type(L, -1) === NUMBER ? api.lua_tonumber(L, -1) : 0;
      if (!(key > 0 && Math.trunc(key) === key)) {
        this.#machine.pop(L, 1);
        return false;
      }
      largest = Math.max(largest, key);
      count++;
    }
    return largest === count;
  }

  #array(L: number, level: number): void {
    const { api } = this.#machine;
    const length = api.lua_objlen(L, -1);
    if (length <= 15) this.#output.byte(0x90 | length);
    else this.#head(length, 0xdc);
    for (let i = 1; i <= length; i++) {
      api.lua_rawgeti(L, -1, i);
      this.#value(L, level + 1);
    }
  }

  #map(L: number, level: number): void {
    const machine = this.#machine;
    const { api } = machine;
    let count = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2) !== 0) {
      machine.pop(L, 1);
      count++;
    }
    if (count <= 15) this.#output.byte(0x80 | count);
    else this.#head(count, 0xde);
    api.lua_pushnil(L);
    while (api.lua_next(L, -2) !== 0) {
      api.lua_pushvalue(L, -2);
      this.#value(L, level + 1);
      this.#value(L, level + 1);
    }
  }

  // Unpacking.

  #unpackLimit(L: number): number {
    const limit = Math.trunc(this.#machine.api.luaL_checknumber(L, 2)) | 0;
    return this.#unpack(L, limit, this.#integer(L, 3));
  }

  #unpack(L: number, limit: number, offset: number): number {
    const machine = this.#machine;
    const { api } = machine;
    const at = machine.checkString(L, 1);
    const { length } = machine;
    const isAll = limit === 0 && offset === 0;
    if (offset < 0 || limit < 0) {
      return machine.fail(L, `Invalid request to unpack with offset of ${offset} and limit of ${length}.`);
    }
    if (offset > length) {
      return machine.fail(L, `Start offset ${offset} greater than input length ${length}.`);
    }
    this.#bytes = machine.heap.slice(at, at + length);
    this.#view = new DataView(this.#bytes.buffer);
    this.#at = offset;
    const most = isAll ? MAX_INT : limit;
    // The message, and whatever else came with it, makes room for the results.
    api.lua_settop(L, 1);
    let count = 0;
    for (; this.#at < length && count < most; count++) {
      const error = this.#decode(L, 0);
      if (error !== null) return machine.fail(L, error);
    }
    if (isAll) return count;
    api.lua_pushnumber(L, this.#at === length ? -1 : this.#at);
    api.lua_insert(L, 2);
    return count + 1;
  }

  /** Where a piece of so many bytes begins, and goes behind it; -1: they are not there. */
  #take(count: number): number {
    if (this.#at + count > this.#bytes.length) return -1;
    const at = this.#at;
    this.#at += count;
    return at;
  }

  /** Pushes the next value, or returns what is wrong. */
  #decode(L: number, depth: number): string | null {
    const { api } = this.#machine;
    if (this.#at >= this.#bytes.length) return MISSING;
    if (api.lua_checkstack(L, 4) === 0) {
      return "stack overflow (too many return values at once; use unpack_one or unpack_limit instead.)";
    }
    const type = this.#bytes[this.#at++];
    if (type < 0x80) return this.#pushNumber(L, type);
    if (type >= 0xe0) return this.#pushNumber(L, type - 256);
    if (type < 0x90) return this.#decodeMap(L, type & 15, depth);
    if (type < 0xa0) return this.#decodeArray(L, type & 15, depth);
    if (type < 0xc0) return this.#decodeString(L, type & 31);
    if (type === 0xc0) return api.lua_pushnil(L), null;
    if (type === 0xc2 || type === 0xc3) return api.lua_pushboolean(L, type & 1), null;
    if (type >= 0xca && type <= 0xd3) return this.#decodeNumber(L, type);
    if (type >= 0xd9) return this.#decodeLong(L, type, depth);
    return BAD_FORMAT;
  }

  #pushNumber(L: number, value: number): null {
    this.#machine.api.lua_pushnumber(L, value);
    return null;
  }

  #decodeNumber(L: number, type: number): string | null {
    const sizes = [4, 8, 1, 2, 4, 8, 1, 2, 4, 8];
    const at = this.#take(sizes[type - 0xca]);
    if (at < 0) return MISSING;
    const view = this.#view;
    const read = [
      () => view.getFloat32(at),
      () => view.getFloat64(at),
      () => view.getUint8(at),
      () => view.getUint16(at),
      () => view.getUint32(at),
      () => Number(view.getBigInt64(at)),
      () => view.getInt8(at),
      () => view.getInt16(at),
      () => view.getInt32(at),
      () => Number(view.getBigInt64(at)),
    ];
    return this.#pushNumber(L, read[type - 0xca]());
  }

  /** Strings, arrays and maps with their length in bytes of its own. */
  #decodeLong(L: number, type: number, depth: number): string | null {
    const size = type === 0xd9 ? 1 : type === 0xda || type === 0xdc || type === 0xde ? 2 : 4;
    const at = this.#take(size);
    if (at < 0) return MISSING;
    const view = this.#view;
    const length = size === 1 ? view.getUint8(at) : size === 2 ? view.getUint16(at) : view.getUint32(at);
    if (type <= 0xdb) return this.#decodeString(L, length);
    return type <= 0xdd ? this.#decodeArray(L, length, depth) : this.#decodeMap(L, length, depth);
  }

  #decodeString(L: number, length: number): string | null {
    const at = this.#take(length);
    if (at < 0) return MISSING;
    this.#machine.pushBytes(L, this.#bytes, at, at + length);
    return null;
  }

  #decodeArray(L: number, length: number, depth: number): string | null {
    const { api } = this.#machine;
    if (depth === DEEPEST) return "stack overflow (in function mp_decode_to_lua_array)";
    api.lua_createtable(L, 0, 0);
    for (let i = 1; i <= length; i++) {
      const error = this.#decode(L, depth + 1);
      if (error !== null) return error;
      api.lua_rawseti(L, -2, i);
    }
    return null;
  }

  #decodeMap(L: number, length: number, depth: number): string | null {
    const { api } = this.#machine;
    if (depth === DEEPEST) return "stack overflow (in function mp_decode_to_lua_hash)";
    api.lua_createtable(L, 0, 0);
    for (let i = 0; i < length; i++) {
      const error = this.#decode(L, depth + 1) ?? this.#decode(L, depth + 1);
      if (error !== null) return error;
      api.lua_rawset(L, -3);
    }
    return null;
  }
}
