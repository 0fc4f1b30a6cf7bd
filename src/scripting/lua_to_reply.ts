/**
 * From Lua's values to replies.
 *
 * @module
 */

import { formatDouble17 } from "./lua_numbers.ts";
import { BOOLEAN, type LuaMachine, NIL, NUMBER, STRING, TABLE } from "./lua_machine.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";

/** Lua's errors as replies. */
export interface ScriptError {
  /** The line of the error reply, code first. */
  readonly message: string;
  /** Whether the statistics have it already. */
  readonly isCounted: boolean;
}

/** Replies with values of Lua's. */
export class LuaToReply {
  readonly #machine: LuaMachine;
  readonly #standIn: (L: number) => void;

  /** `standIn` replaces a stand-in on top of the stack by what it stands for. */
  constructor(machine: LuaMachine, standIn: (L: number) => void) {
    this.#machine = machine;
    this.#standIn = standIn;
  }

  /**
   * Replies with the value on top of the stack, which is needed no more. An error is not written but returned, where the value is
   * one as a whole.
   *
   * @param protocol that of the script, which decides what becomes of booleans
   */
  reply(L: number, reply: ReplyWriter, protocol: 2 | 3): ScriptError | null {
    const machine = this.#machine;
    switch (machine.typeOfTop(L)) {
      case STRING: {
        const start = machine.stringOnTop(L);
        reply.bulk(machine.heap, start, machine.stringEnd(start));
        break;
      }
      case NUMBER:
        replyNumber(reply, machine.numberOnTop(L));
        break;
      case TABLE: {
        const error = this.error(L);
        if (error !== null) return error;
        this.#value(L, reply, protocol);
        break;
      }
      default:
        this.#value(L, reply, protocol);
    }
    return null;
  }

  /** The error that the table on top of the stack stands for, or null. */
  error(L: number): ScriptError | null {
    const machine = this.#machine;
    const type = machine.rawField(L, "err");
    const message = type === STRING ? untilNul(machine.text(L, -1)) : null;
    machine.pop(L, 1);
    if (message === null) return null;
    machine.rawField(L, "ignore_error_stats_update");
    const isCounted = machine.api.lua_toboolean(L, -1) !== 0;
    machine.pop(L, 1);
    return { message, isCounted };
  }

  #value(L: number, reply: ReplyWriter, protocol: 2 | 3): void {
    const machine = this.#machine;
    const { api } = machine;
    if (api.lua_checkstack(L, 6) === 0) {
      reply.error("ERR reached lua stack limit");
      return machine.pop(L, 1);
    }
    switch (api.lua_type(L, -1)) {
      case STRING: {
        const at = machine.stringAt(L, -1);
        reply.bulk(machine.heap, at, at + machine.length);
        break;
      }
      case NUMBER:
        replyNumber(reply, api.lua_tonumber(L, -1));
        break;
      case BOOLEAN: {
        const value = api.lua_toboolean(L, -1) !== 0;
        if (protocol === 3) reply.boolean(value);
        else if (value) reply.integer(1);
        else reply.null();
        break;
      }
      case TABLE:
        this.#standIn(L);
        this.#table(L, reply, protocol);
        break;
      default:
        reply.null();
    }
    machine.pop(L, 1);
  }

  /** Replies with the table on top of the stack. */
  #table(L: number, reply: ReplyWriter, protocol: 2 | 3): void {
    const machine = this.#machine;
    const { api } = machine;
    const error = this.error(L);
    if (error !== null) return reply.error(error.message);
    if (machine.rawField(L, "ok") === STRING) {
      reply.simple(untilNul(machine.text(L, -1)).replace(/[\r\n]/g, " "));
    } else if (machine.pop(L, 1), machine.rawField(L, "double") === NUMBER) {
      reply.doubleText(formatDouble17(api.lua_tonumber(L, -1)));
    } else if (machine.pop(L, 1), machine.rawField(L, "big_number") === STRING) {
      const digits = machine.text(L, -1).replace(/[\r\n]/g, " ");
      if (reply.protocol === 3) reply.raw(`(${digits}\r\n`);
      else reply.bulkText(digits);
    } else if (
      machine.pop(L, 1), machine.rawField(L, "verbatim_string") === TABLE && this.#verbatim(L, reply)
    ) {
      // It has been written.
    } else if (machine.pop(L, 1), machine.rawField(L, "map") === TABLE) {
      this.#standIn(L);
      reply.map(this.#count(L));
      api.lua_pushnil(L);
      while (api.lua_next(L, -2) !== 0) {
        api.lua_pushvalue(L, -2);
        this.#value(L, reply, protocol);
        this.#value(L, reply, protocol);
      }
    } else if (machine.pop(L, 1), machine.rawField(L, "set") === TABLE) {
      this.#standIn(L);
      reply.set(this.#count(L));
      api.lua_pushnil(L);
      while (api.lua_next(L, -2) !== 0) {
        machine.pop(L, 1);
        api.lua_pushvalue(L, -1);
        this.#value(L, reply, protocol);
      }
    } else {
      machine.pop(L, 1);
      return this.#array(L, reply, protocol);
    }
    machine.pop(L, 1);
  }

  /** Text with a format, from the table on top of the stack; false where that is no such thing. */
  #verbatim(L: number, reply: ReplyWriter): boolean {
    const machine = this.#machine;
    const hasFormat = machine.rawField(L, "format") === STRING;
    const format = hasFormat ? machine.text(L, -1) : "";
    machine.pop(L, 1);
    if (!hasFormat) return false;
    const hasText = machine.rawField(L, "string") === STRING;
    const text = hasText ? machine.text(L, -1) : "";
    machine.pop(L, 1);
    if (hasText) reply.verbatim(text, untilNul(format).slice(0, 3).padEnd(3, " "));
    return hasText;
  }

  /** Number of pairs in the table on top of the stack. */
  #count(L: number): number {
    const { api } = this.#machine;
    let count = 0;
    api.lua_pushnil(L);
    while (api.lua_next(L, -2) !== 0) {
      this.#machine.pop(L, 1);
      count++;
    }
    return count;
  }

  /** Replies with the elements of the table on top of the stack, up to the first nil. */
  #array(L: number, reply: ReplyWriter, protocol: 2 | 3): void {
    const { api } = this.#machine;
    let length = 0;
    for (;;) {
      api.lua_rawgeti(L, -1, length + 1);
      const type = api.lua_type(L, -1);
      this.#machine.pop(L, 1);
      if (type === NIL) break;
      length++;
    }
    reply.array(length);
    for (let i = 1; i <= length; i++) {
      api.lua_rawgeti(L, -1, i);
      this.#value(L, reply, protocol);
    }
  }
}

/** A number loses its fraction; what is no int64 is the smallest of them, as it is to the processors that Redis runs on. */
function replyNumber(reply: ReplyWriter, value: number): void {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) reply.integer(whole);
  else if (whole >= -(2 ** 63) && whole < 2 ** 63) reply.int64(BigInt(whole));
  else reply.int64(-(2n ** 63n));
}

function untilNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}
