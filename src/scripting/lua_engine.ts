/**
 * A virtual machine with the libraries that scripts have, which runs one script at a time.
 *
 * A script runs to its end while the caller waits. But when it has taken longer than `busy-reply-threshold`, the count
 * hook suspends it every time: the caller goes on, clients are told that the server is busy, and the script's next piece
 * runs when its turn comes. That Lua's whole stack can wait like that is the work of WebAssembly's stack switching.
 *
 * @module
 */

import { SCRIPT_MACHINE_BROKEN } from "../base/errors.ts";
import type { Args } from "../resp/args.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import { BitLibrary } from "./bit.ts";
import { JsonLibrary } from "./cjson.ts";
import { FunctionRegistration, type RegisteredFunction } from "./function_registration.ts";
import type { LuaFunction } from "./lua_glue.ts";
import {
  GC_COLLECT,
  GC_STEP,
  HOOK_COUNT,
  HOOK_LINE,
  LUA_OK,
  LuaMachine,
  type LuaPlace,
  NUMBER,
  REGISTRY,
  STRING,
  TABLE,
} from "./lua_machine.ts";
import { LuaRandom } from "./lua_random.ts";
import { LuaToReply, type ScriptError } from "./lua_to_reply.ts";
import { MessagePackLibrary } from "./cmsgpack.ts";
import { RedisLibrary, type Running } from "./redis_library.ts";
import { pushErrorReply } from "./reply_to_lua.ts";
import { type Library, Sandbox } from "./sandbox.ts";
import type { ScriptEnd, ScriptHost, ScriptRun } from "./script_run.ts";
import { StructLibrary } from "./struct.ts";

/** Instructions after which it is looked whether a script is slow. */
const HOOK_INSTRUCTIONS = 100000;
/**
 * After so many scripts the collector does some work, at most for so many kilobytes. Redis has it do that much always;
 * but where there is little it would look at all of it each time, and Lua collects by itself what scripts leave.
 */
const GC_PERIOD = 50, GC_MOST = 50;
/** Of what Lua's values take, the collector works for one part in so many at a time. */
const GC_PART = 32;
/** What is on the stack below a script: the function that handles errors, and the tables KEYS and ARGV. */
const HANDLER_INDEX = 1, KEYS_INDEX = 2, ARGV_INDEX = 3;

/** Milliseconds after which loading a library is given up. */
export const LOAD_TIMEOUT = 500;

/** One machine and its libraries. */
export class LuaEngine implements Running {
  readonly machine = new LuaMachine();
  readonly sandbox: Sandbox;
  run: ScriptRun | null = null;
  /** Whether the machine has broken down. */
  broken = false;
  readonly #host: ScriptHost;
  readonly #random: LuaRandom;
  readonly #toReply: LuaToReply;
  readonly #json: JsonLibrary;
  /** Reference of the function that makes tables of errors. */
  readonly #handler: number;
  /** Whether the stack begins as scripts find it: see `HANDLER_INDEX`. */
  #hasTables = false;
  /** Takes the functions of libraries that are loaded; null in the machine of scripts. */
  readonly #registration: FunctionRegistration | null;
  /** When the library that is being loaded is given up, milliseconds of the monotonic clock; 0: none is. */
  #loadUntil = 0;
  #runs = 0;

  /** `kind` tells what it runs: scripts, or functions of libraries. */
  constructor(host: ScriptHost, redisVersion: string, kind: ScriptRun["kind"]) {
    const { machine } = this;
    this.#host = host;
    const sandbox = this.sandbox = new Sandbox(machine);
    this.#random = new LuaRandom(machine);
    this.#toReply = new LuaToReply(machine, sandbox.resolve);
    sandbox.open();
    const redis = new RedisLibrary(machine, host, this);
    const json = this.#json = new JsonLibrary(machine, sandbox);
    const libraries: Readonly<Record<string, Library>> = {
      redis: {
        ...redis.fields(redisVersion),
        ...(kind === "eval" ? redis.scriptFields() : {}),
      },
      cjson: json.fields(),
      struct: new StructLibrary(machine).fields(),
      cmsgpack: new MessagePackLibrary(machine, sandbox).fields(),
      bit: new BitLibrary(machine).fields(),
    };
    const registration = this.#registration = kind === "eval"
      ? null
      : new FunctionRegistration(machine, sandbox.resolve);
    const loading = registration === null ? {} : registration.fields(libraries.redis);
    const handler: LuaFunction = (L) => this.#describeError(L);
    const functions: LuaFunction[] = [
      ...sandbox.functions,
      handler,
      this.#random.random,
      this.#random.randomSeed,
    ];
    if (registration !== null) functions.push(registration.register);
    for (const library of Object.values(libraries)) {
      for (const value of Object.values(library)) if (typeof value === "function") functions.push(value);
    }
    const guards = sandbox.guards();
    const indices = machine.connect({
      isDue: () => this.#isDue() ? 1 : 0,
      pause: () => host.nextTurn(),
      afterPause: (L) => this.#endIfKilled(L),
      functions,
      guards,
    });
    const index = new Map(functions.map((each, i) => [each, indices[i]]));
    json.indexOf = (f) => index.get(f)!;
    sandbox.install(guards, indices.slice(functions.length));
    for (const [name, library] of Object.entries(libraries)) {
      sandbox.addLibrary(name, library, (f) => index.get(f)!);
    }
    sandbox.replace("math", "random", index.get(this.#random.random)!);
    sandbox.replace("math", "randomseed", index.get(this.#random.randomSeed)!);
    if (kind === "eval") sandbox.replace("_G", "__redis__err__handler", index.get(handler)!);
    const { api, state: L } = machine;
    api.lua_pushcclosure(L, index.get(handler)!, 0);
    this.#handler = api.luaL_ref(L, REGISTRY);
    sandbox.close(sandbox.functions.map((each) => index.get(each)!));
    if (registration !== null) sandbox.makeLoadingGlobals(loading, (f) => index.get(f)!);
    machine.setHook(L, HOOK_COUNT, HOOK_INSTRUCTIONS);
  }

  /**
   * Compiles a chunk, and returns a reference to its function, or what is wrong with it.
   *
   * @param name as Lua has it, with an `@` before the name of a file
   */
  compile(source: Uint8Array, name: string): number | string {
    const { machine } = this;
    const { api, state: L } = machine;
    if (!machine.load(L, source, name)) {
      const message = machine.text(L, -1);
      machine.pop(L, 1);
      return message;
    }
    if (this.#registration === null && !machine.setsGlobals(L)) {
      // What cannot set a global may look them up where they are, which takes a third of the time.
      this.sandbox.pushGlobals(L);
      api.lua_setfenv(L, -2);
    }
    return api.luaL_ref(L, REGISTRY);
  }

  /** Forgets a function. */
  forget(reference: number): void {
    this.machine.api.luaL_unref(this.machine.state, REGISTRY, reference);
  }

  /**
   * Runs a function of which there is a reference, with arguments of a request as its keys and arguments: as globals for
   * a script, as parameters for a function.
   *
   * @param firstKey which argument is the first key
   * @param keys how many keys there are; all that follow are arguments
   * @param isBrief whether it cannot run for long: then it need not be suspended, which saves preparing for that
   */
  begin(
    run: ScriptRun,
    reference: number,
    args: Args,
    firstKey: number,
    keys: number,
    isBrief: boolean,
  ): ScriptEnd {
    const { machine } = this;
    const { api, state: L } = machine;
    this.run = run;
    try {
      const isFunction = run.kind === "function";
      if (isFunction) {
        this.#pushHandler(L);
        api.lua_rawgeti(L, REGISTRY, reference);
        this.#pushArguments(L, args, firstKey, firstKey + keys);
        this.#pushArguments(L, args, firstKey + keys, args.count);
      } else {
        if (this.#hasTables) machine.keep(L, ARGV_INDEX);
        else this.#makeTables(L);
        this.#setArguments(L, "KEYS", args, firstKey, firstKey + keys);
        this.#setArguments(L, "ARGV", args, firstKey + keys, args.count);
        api.lua_rawgeti(L, REGISTRY, reference);
      }
      if (isBrief) {
        machine.runThrough(L, isFunction ? 2 : 0, 1, HANDLER_INDEX);
        return "done";
      }
      return this.#start(L, isFunction ? 2 : 0);
    } catch (error) {
      return this.#break(error);
    }
  }

  /**
   * Runs a library's code while the caller waits, and returns the functions that it registers, or what is wrong with it
   * in Redis's words.
   *
   * @param timeout milliseconds, 0: it may take as long as it wants
   * @throws {WireError} where the machine breaks down
   */
  loadLibrary(reference: number, timeout: number): RegisteredFunction[] | string {
    const { machine, sandbox } = this;
    const { api, state: L } = machine;
    const registration = this.#registration!;
    this.#loadUntil = timeout === 0 ? Infinity : performance.now() + timeout;
    try {
      api.lua_settop(L, 0);
      sandbox.setLoading(true);
      registration.begin();
      api.lua_rawgeti(L, REGISTRY, reference);
      machine.runThrough(L, 0, 0, 0);
      if (machine.status === LUA_OK) return registration.take();
      const message = api.lua_type(L, -1) === TABLE
        ? this.#toReply.error(L)?.message ?? "ERR unknown error"
        : `ERR ${machine.text(L, -1)}`;
      for (const each of registration.take()) this.forget(each.reference);
      return message;
    } catch (error) {
      registration.take();
      this.#break(error);
      throw SCRIPT_MACHINE_BROKEN;
    } finally {
      this.#loadUntil = 0;
      if (!this.broken) {
        sandbox.setLoading(false);
        machine.setHook(L, HOOK_COUNT, HOOK_INSTRUCTIONS);
        api.lua_settop(L, 0);
        machine.trim();
      }
    }
  }

  /** Gives Lua back what its values do not need any more. */
  collect(): void {
    this.machine.api.lua_gc(this.machine.state, GC_COLLECT, 0);
  }

  #start(L: number, args: number): ScriptEnd {
    const { machine } = this;
    const host = this.#host;
    const promise = machine.run(L, args, 1, HANDLER_INDEX);
    if (machine.status >= 0) return "done";
    promise.then(() => host.ended("done"), (error) => host.ended(this.#break(error)));
    return "suspended";
  }

  /** Makes the stack empty but for the function that handles errors. */
  #pushHandler(L: number): void {
    const { api } = this.machine;
    api.lua_settop(L, 0);
    api.lua_rawgeti(L, REGISTRY, this.#handler);
    this.#hasTables = false;
  }

  /** Prepares the stack that scripts find: see `HANDLER_INDEX`. */
  #makeTables(L: number): void {
    const { api } = this.machine;
    this.#pushHandler(L);
    api.lua_createtable(L, 0, 0);
    api.lua_createtable(L, 0, 0);
    this.#setGlobal(L, "KEYS", KEYS_INDEX);
    this.#setGlobal(L, "ARGV", ARGV_INDEX);
    this.#hasTables = true;
  }

  #setGlobal(L: number, name: string, index: number): void {
    const { machine } = this;
    const { api } = machine;
    this.sandbox.pushGlobals(L);
    machine.pushConstant(L, name);
    api.lua_pushvalue(L, index);
    api.lua_rawset(L, -3);
    machine.pop(L, 1);
  }

  /**
   * Fills KEYS or ARGV. The table is the one that the last script had, if that left it as it was: no script can keep it,
   * and a new one takes longer than all else.
   */
  #setArguments(L: number, name: "KEYS" | "ARGV", args: Args, from: number, to: number): void {
    const { machine } = this;
    const { api } = machine;
    const index = name === "KEYS" ? KEYS_INDEX : ARGV_INDEX;
    if (!machine.isPlainTable(L, index, to - from)) {
      this.#pushArguments(L, args, from, to);
      api.lua_replace(L, index);
      this.#setGlobal(L, name, index);
      return;
    }
    for (let i = from; i < to; i++) {
      machine.pushBytes(L, args.bytes, args.start(i), args.end(i));
      api.lua_rawseti(L, index, i - from + 1);
    }
  }

  #pushArguments(L: number, args: Args, from: number, to: number): void {
    const { machine } = this;
    const { api } = machine;
    api.lua_createtable(L, to - from, 0);
    for (let i = from; i < to; i++) {
      machine.pushBytes(L, args.bytes, args.start(i), args.end(i));
      api.lua_rawseti(L, -2, i - from + 1);
    }
  }

  /** Says that the machine can be used no more: Lua was torn out of the middle of something. */
  #break(error: unknown): ScriptEnd {
    this.broken = true;
    this.run = null;
    this.#host.scriptLog(3, `Lua's machine broke down, a new one will be made: ${error}`);
    return "broken";
  }

  /** Replies with what a script that is done has returned, or returns the error with which it ended. */
  finish(reply: ReplyWriter): ScriptError | null {
    const { machine } = this;
    const { api, state: L } = machine;
    const run = this.run!;
    try {
      const error = machine.status === LUA_OK
        ? this.#toReply.reply(L, reply, run.protocol)
        : this.#error(L, run);
      machine.keep(L, this.#hasTables ? ARGV_INDEX : 0);
      if (run.killed) machine.setHook(L, HOOK_COUNT, HOOK_INSTRUCTIONS);
      if (++this.#runs === GC_PERIOD) {
        this.#runs = 0;
        api.lua_gc(L, GC_STEP, Math.min(GC_MOST, Math.floor(machine.used / 1024 / GC_PART)));
      }
      machine.trim();
      // What a library of functions has set is its own; a script's settings end with it.
      if (run.kind === "eval") this.#json.reset();
      return error;
    } catch (error) {
      this.#break(error);
      throw error;
    } finally {
      this.run = null;
    }
  }

  /** The error on top of the stack, as it is replied. */
  #error(L: number, run: ScriptRun): ScriptError {
    const { machine } = this;
    const { api } = machine;
    if (api.lua_type(L, -1) !== TABLE) {
      const message = api.lua_type(L, -1) === STRING ? machine.text(L, -1) : "execution failure";
      return { message: `ERR Error running script ${run.name}, ${message.slice(0, 100)}`, isCounted: false };
    }
    const error = this.#toReply.error(L) ?? { message: "ERR unknown error", isCounted: false };
    const source = this.#fieldText(L, "source");
    const line = this.#fieldText(L, "line");
    const place = source !== null && line !== null ? ` script: ${run.name}, on ${source}:${line}.` : "";
    return { ...error, message: error.message + place };
  }

  #fieldText(L: number, field: string): string | null {
    const { machine } = this;
    const type = machine.rawField(L, field);
    const text = type === STRING || type === NUMBER ? machine.text(L, -1) : null;
    machine.pop(L, 1);
    return text;
  }

  /** What an error goes through on its way: it becomes a table, with the place where it was raised. */
  #describeError(L: number): number {
    const { machine } = this;
    const { api } = machine;
    api.lua_settop(L, 1);
    // Level 1 is the function that raised it. Where that is C's, its caller tells more.
    let place = machine.place(L, 1);
    if (place?.what === "C") place = machine.place(L, 2);
    if (api.lua_type(L, 1) !== TABLE) {
      const type = api.lua_type(L, 1);
      const text = type === STRING || type === NUMBER
        ? machine.text(L, 1)
        : type === 1
        ? String(api.lua_toboolean(L, 1) !== 0)
        : "nil";
      api.lua_createtable(L, 0, 3);
      machine.pushConstant(L, "err");
      machine.pushText(L, `ERR ${text}`);
      api.lua_rawset(L, -3);
    } else if (this.sandbox.isStandIn(L, 1)) {
      return 1;
    }
    if (place !== null) this.#setPlace(L, place);
    return 1;
  }

  /** Sets where an error was raised, in its table on top of the stack. */
  #setPlace(L: number, place: LuaPlace): void {
    const { machine } = this;
    const { api } = machine;
    machine.pushConstant(L, "source");
    machine.pushText(L, place.source);
    api.lua_rawset(L, -3);
    machine.pushConstant(L, "line");
    api.lua_pushnumber(L, place.line);
    api.lua_rawset(L, -3);
  }

  /** Whether the script has to let others have their turn, as it is slow. */
  #isDue(): boolean {
    const { run } = this;
    const host = this.#host;
    if (run === null) return false;
    if (!run.busy) {
      const threshold = host.busyThreshold;
      // Not sooner: most scripts are done before they are looked at, and the clock takes as long as a short one.
      if (run.startedAt === 0) run.startedAt = performance.now();
      if (threshold <= 0 || performance.now() - run.startedAt < threshold) return false;
      run.busy = true;
      host.becameBusy(run);
    }
    return host.isTurnDue();
  }

  /** Gives up a library that takes too long to load. */
  #endLoadIfLate(L: number): void {
    if (performance.now() < this.#loadUntil) return;
    const { machine } = this;
    machine.setHook(L, HOOK_LINE, 0);
    pushErrorReply(machine, L, "FUNCTION LOAD timeout", false);
    machine.api.lua_error(L);
  }

  /** Ends a script that somebody has killed, and whatever it does to go on. */
  #endIfKilled(L: number): void {
    const { machine, run } = this;
    if (this.#loadUntil !== 0) return this.#endLoadIfLate(L);
    if (run === null || !run.killed) return;
    // From now on at every line, whoever catches this error.
    machine.setHook(L, HOOK_LINE, 0);
    machine.setHook(machine.state, HOOK_LINE, 0);
    pushErrorReply(machine, L, "Script killed by user with SCRIPT KILL...", false);
    const place = machine.place(L, 0);
    if (place !== null) this.#setPlace(L, place);
    // A handler of the script's would run without the hook, for ever perhaps.
    machine.forgetErrorHandler(L);
    machine.api.lua_error(L);
  }
}
