/**
 * The table `redis`, with which scripts call commands, and `math.random`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { bytesOf } from "../base/bytes.ts";
import { roomFor } from "../memory/headroom.ts";
import { type OutputBuffer, ReplyWriter } from "../resp/reply_writer.ts";
import type { LuaFunction } from "./lua_glue.ts";
import { type LuaMachine, NUMBER, STRING } from "./lua_machine.ts";
import { formatDouble17 } from "./lua_numbers.ts";
import { pushErrorReply, ReplyToLua } from "./reply_to_lua.ts";
import type { Library } from "./sandbox.ts";
import { REPLICATION_ALL, type ScriptHost, type ScriptRun } from "./script_run.ts";

/** What the library knows of the running script. */
export interface Running {
  /** The script that runs, null: none does. */
  run: ScriptRun | null;
}

/** Bytes for the digits of a number among a request's arguments. */
const NUMBER_BYTES = 32;
/** Bytes of a reply's buffer up to which it is kept. */
const KEPT_REPLY = 64 * 1024;

/** Makes the functions of `redis`. */
export class RedisLibrary {
  readonly #machine: LuaMachine;
  readonly #host: ScriptHost;
  readonly #running: Running;
  readonly #reply = new ReplyWriter();
  readonly #toLua: ReplyToLua;
  #table = new Int32Array(64);
  /** Lua's memory for numbers among the arguments, by argument. */
  #digits = 0;
  #digitsSize = 0;

  constructor(machine: LuaMachine, host: ScriptHost, running: Running) {
    this.#machine = machine;
    this.#host = host;
    this.#running = running;
    this.#toLua = new ReplyToLua(machine);
    this.#reply.keepsInteger = true;
  }

  /** The fields of `redis` that scripts and libraries of functions have. */
  fields(redisVersion: string): Library {
    const [major, minor, patch] = redisVersion.split(".").map(Number);
    return {
      call: (L) => this.#call(L, true),
      pcall: (L) => this.#call(L, false),
      log: (L) => this.#log(L),
      LOG_DEBUG: 0,
      LOG_VERBOSE: 1,
      LOG_NOTICE: 2,
      LOG_WARNING: 3,
      REDIS_VERSION: redisVersion,
      REDIS_VERSION_NUM: major * 65536 + minor * 256 + patch,
      setresp: (L) => this.#setResp(L),
      sha1hex: (L) => this.#sha1hex(L),
      error_reply: (L) => this.#errorReply(L),
      status_reply: (L) => this.#statusReply(L),
      set_repl: (L) => this.#setReplication(L),
      REPL_NONE: 0,
      REPL_AOF: 1,
      REPL_SLAVE: 2,
      REPL_REPLICA: 2,
      REPL_ALL: REPLICATION_ALL,
      acl_check_cmd: (L) => this.#aclCheck(L),
    };
  }

  /** The fields that only scripts have. */
  scriptFields(): Library {
    const { api } = this.#machine;
    const push = (value: number): LuaFunction => (L) => {
      api.lua_pushboolean(L, value);
      return 1;
    };
    return { breakpoint: push(0), debug: () => 0, replicate_commands: push(1) };
  }

  /** Raises an error that stands for a reply; `where` is not told, as the handler of errors does that. */
  #fail(L: number, message: string): number {
    pushErrorReply(this.#machine, L, message, false);
    return this.#machine.api.lua_error(L);
  }

  #call(L: number, raises: boolean): number {
    const machine = this.#machine;
    const { api } = machine;
    const { run } = this.#running;
    if (run === null) {
      return this.#fail(L, "redis.call/pcall can only be called inside a script invocation");
    }
    const refusal = this.#attach(L);
    if (refusal !== null) {
      pushErrorReply(machine, L, refusal, false);
      return raises ? api.lua_error(L) : 1;
    }
    const reply = this.#reply;
    reply.protocol = run.protocol;
    const error = this.#host.call(run, reply);
    machine.keep(L, 0);
    let failed = error !== null;
    if (error !== null) {
      reply.discard();
      pushErrorReply(machine, L, error, true);
    } else {
      failed = this.#pushReply(L);
    }
    return failed && raises ? api.lua_error(L) : 1;
  }

  /** Pushes what has been written to the reply; true where that is an error. */
  #pushReply(L: number): boolean {
    const reply = this.#reply;
    if (reply.hasInteger) {
      reply.hasInteger = false;
      this.#machine.pushNumber(L, reply.keptInteger);
      return false;
    }
    const isError = this.#toLua.push(L, reply.together ?? this.#joined());
    // The buffer stays for the next reply, if it is not a large one.
    if (reply.held > KEPT_REPLY) reply.discard();
    else reply.rollback(0);
    return isError;
  }

  /** The bytes of a reply that fills several buffers. */
  #joined(): Uint8Array {
    const taken: OutputBuffer[] = [];
    this.#reply.take(taken);
    const bytes = new Uint8Array(roomFor(taken.reduce((sum, buffer) => sum + buffer.length, 0)));
    let at = 0;
    for (const buffer of taken) {
      bytes.set(buffer.view(0), at);
      at += buffer.length;
      buffer.release();
    }
    return bytes;
  }

  /** Points `args` at the function's arguments, where they lie in Lua's memory; or returns why that cannot be. */
  #attach(L: number): string | null {
    const machine = this.#machine;
    const strings = machine.stringArguments(L, this.#table);
    if (strings > 0) {
      this.#host.args.attach(machine.heap, this.#table, 0, strings);
      return null;
    }
    const { api } = machine;
    const count = api.lua_gettop(L);
    if (count === 0) return "Please specify at least one argument for this redis lib call";
    if (this.#table.length < 2 * count) this.#table = new Int32Array(4 * count);
    const table = this.#table;
    for (let i = 0; i < count; i++) {
      const type = api.lua_type(L, i + 1);
      if (type === STRING) {
        const at = machine.stringAt(L, i + 1);
        table[2 * i] = at;
        table[2 * i + 1] = at + machine.length;
      } else if (type === NUMBER) {
        this.#writeNumber(i, count, api.lua_tonumber(L, i + 1));
      } else {
        return "Lua redis lib command arguments must be strings or integers";
      }
    }
    this.#host.args.attach(machine.heap, table, 0, count);
    return null;
  }

  /** Writes a number's digits for argument `i` of `count`. */
  #writeNumber(i: number, count: number, value: number): void {
    const machine = this.#machine;
    if (this.#digitsSize < count) {
      // Those that have been written stay where they are until the request has run.
      const larger = machine.api.malloc(Math.max(64, 2 * count) * NUMBER_BYTES);
      if (larger === 0) throw new RangeError("Array buffer allocation failed");
      const { heap } = machine;
      if (this.#digits !== 0) {
        heap.copyWithin(larger, this.#digits, this.#digits + this.#digitsSize * NUMBER_BYTES);
      }
      for (let j = 0; j < 2 * i; j++) {
        const offset = this.#table[j] - this.#digits;
        if (offset >= 0 && offset < this.#digitsSize * NUMBER_BYTES) this.#table[j] = larger + offset;
      }
      if (this.#digits !== 0) machine.api.free(this.#digits);
      this.#digits = larger;
      this.#digitsSize = Math.max(64, 2 * count);
    }
    const at = this.#digits + i * NUMBER_BYTES;
    const text = formatDouble17(value);
    const { heap } = machine;
    for (let j = 0; j < text.length; j++) heap[at + j] = text.charCodeAt(j);
    this.#table[2 * i] = at;
    this.#table[2 * i + 1] = at + text.length;
  }

  #log(L: number): number {
    const machine = this.#machine;
    const { api } = machine;
    const count = api.lua_gettop(L);
    if (count < 2) return this.#fail(L, "redis.log() requires two arguments or more.");
    if (api.lua_isnumber(L, 1) === 0) {
      return this.#fail(L, "First argument must be a number (log level).");
    }
    const level = Math.trunc(api.lua_tonumber(L, 1));
    if (!(level >= 0 && level <= 3)) return this.#fail(L, "Invalid debug level.");
    const words: string[] = [];
    for (let i = 2; i <= count; i++) {
      const type = api.lua_type(L, i);
      if (type === STRING || type === NUMBER) words.push(machine.text(L, i));
    }
    this.#host.scriptLog(level, words.join(" "));
    return 0;
  }

  #setResp(L: number): number {
    const { api } = this.#machine;
    const { run } = this.#running;
    if (run === null) return this.#fail(L, "redis.setresp can only be called inside a script invocation");
    if (api.lua_gettop(L) !== 1) return this.#fail(L, "redis.setresp() requires one argument.");
    const version = Math.trunc(api.lua_tonumber(L, 1));
    if (version !== 2 && version !== 3) return this.#fail(L, "RESP version must be 2 or 3.");
    run.protocol = version;
    return 0;
  }

  #sha1hex(L: number): number {
    const machine = this.#machine;
    if (machine.api.lua_gettop(L) !== 1) return this.#fail(L, "wrong number of arguments");
    const at = machine.stringAt(L, 1);
    const bytes = at === 0 ? new Uint8Array(0) : machine.heap.subarray(at, at + machine.length);
    machine.pushText(L, sha1(bytes));
    return 1;
  }

  #errorReply(L: number): number {
    const machine = this.#machine;
    if (machine.api.lua_gettop(L) !== 1 || machine.api.lua_type(L, 1) !== STRING) {
      pushErrorReply(machine, L, "wrong number or type of arguments", false);
    } else {
      const text = machine.text(L, 1).split("\0")[0];
      pushErrorReply(machine, L, text.startsWith("-") ? text : `-${text}`, false);
    }
    return 1;
  }

  #statusReply(L: number): number {
    const machine = this.#machine;
    const { api } = machine;
    if (api.lua_gettop(L) !== 1 || api.lua_type(L, 1) !== STRING) {
      pushErrorReply(machine, L, "wrong number or type of arguments", false);
      return 1;
    }
    api.lua_createtable(L, 0, 1);
    machine.pushConstant(L, "ok");
    api.lua_pushvalue(L, 1);
    api.lua_rawset(L, -3);
    return 1;
  }

  #setReplication(L: number): number {
    const { api } = this.#machine;
    const { run } = this.#running;
    if (run === null) return this.#fail(L, "redis.set_repl can only be called inside a script invocation");
    if (api.lua_gettop(L) !== 1) return this.#fail(L, "redis.set_repl() requires two arguments.");
    const flags = Math.trunc(api.lua_tonumber(L, 1));
    if ((flags & ~REPLICATION_ALL) !== 0) {
      return this.#fail(L, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
    }
    run.replication = flags;
    return 0;
  }

  #aclCheck(L: number): number {
    const { api } = this.#machine;
    if (this.#running.run === null) {
      return this.#fail(L, "redis.acl_check_cmd can only be called inside a script invocation");
    }
    const refusal = this.#attach(L);
    if (refusal !== null) return this.#fail(L, refusal);
    const allowed = this.#host.mayCall();
    if (allowed === null) return this.#fail(L, "Invalid command passed to redis.acl_check_cmd()");
    api.lua_pushboolean(L, allowed ? 1 : 0);
    return 1;
  }
}

/** The SHA-1 of bytes, 40 hexadecimal digits. */
export function sha1(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("hex");
}

/** The SHA-1 of a byte string. */
export function sha1OfText(text: string): string {
  return sha1(bytesOf(text));
}
