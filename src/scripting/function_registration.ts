/**
 * `redis.register_function`, by which a library says what its functions are while it is loaded.
 *
 * @module
 */

import { LIBRARY_NAME_RULE } from "../base/errors.ts";
import type { LuaFunction } from "./lua_glue.ts";
import { FUNCTION, type LuaMachine, NIL, NUMBER, REGISTRY, STRING, TABLE } from "./lua_machine.ts";
import { pushErrorReply } from "./reply_to_lua.ts";
import type { Library } from "./sandbox.ts";
import { flagsOf, NO_FLAGS } from "./script_cache.ts";
import type { ScriptFlags } from "./script_run.ts";

/** A function of a library. */
export interface RegisteredFunction {
  /** Letters, digits and underscores. */
  readonly name: string;
  /** A byte string. */
  readonly description: string | null;
  readonly flags: ScriptFlags;
  /** Of the function in its machine. */
  readonly reference: number;
}

/** What `redis` has while a library is loaded. */
const LOADING_FIELDS = [
  ...["log", "LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING", "REDIS_VERSION", "REDIS_VERSION_NUM"],
];

const NAME = /^[A-Za-z0-9_]+$/;

/** Whether a library or function may have this name. */
export function isFunctionName(name: string): boolean {
  return NAME.test(name);
}

/** What a library has registered is wrong. */
class Refused extends Error {}

/** Takes the functions that the library which is being loaded registers. */
export class FunctionRegistration {
  readonly #machine: LuaMachine;
  readonly #resolve: (L: number) => void;
  readonly #functions = new Map<string, RegisteredFunction>();
  #isLoading = false;

  /** `resolve` replaces a stand-in on top of the stack by what it stands for. */
  constructor(machine: LuaMachine, resolve: (L: number) => void) {
    this.#machine = machine;
    this.#resolve = resolve;
  }

  /** The fields of `redis` while a library is loaded, of which most are those that functions have too. */
  fields(redis: Library): Library {
    const common = LOADING_FIELDS.map((name) => [name, redis[name]]);
    return { register_function: this.register, ...Object.fromEntries(common) };
  }

  /** From now on a library is loaded. */
  begin(): void {
    this.#isLoading = true;
  }

  /** Says that it is loaded, and returns what it has registered. */
  take(): RegisteredFunction[] {
    this.#isLoading = false;
    const functions = [...this.#functions.values()];
    this.#functions.clear();
    return functions;
  }

  /** `redis.register_function(name, callback)`, or with one table that names its arguments. */
  readonly register: LuaFunction = (L) => {
    const machine = this.#machine;
    const { api } = machine;
    const forget: number[] = [];
    try {
      if (!this.#isLoading) {
        throw new Refused("redis.register_function can only be called on FUNCTION LOAD command");
      }
      const count = api.lua_gettop(L);
      if (count < 1 || count > 2) throw new Refused("wrong number of arguments to redis.register_function");
      const one = count === 1 ? this.#named(L, forget) : this.#positional(L, forget);
      if (!isFunctionName(one.name)) throw new Refused(LIBRARY_NAME_RULE);
      if (this.#functions.has(one.name)) throw new Refused("Function already exists in the library");
      this.#functions.set(one.name, one);
      return 0;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      for (const reference of forget) api.luaL_unref(L, REGISTRY, reference);
      pushErrorReply(machine, L, error.message, false);
    }
    return api.lua_error(L);
  };

  #positional(L: number, made: number[]): RegisteredFunction {
    const { api } = this.#machine;
    const name = this.#string(L, 1);
    if (name === null) throw new Refused("first argument to redis.register_function must be a string");
    if (api.lua_type(L, 2) !== FUNCTION) {
      throw new Refused("second argument to redis.register_function must be a function");
    }
    const reference = api.luaL_ref(L, REGISTRY);
    made.push(reference);
    return { name, description: null, flags: NO_FLAGS, reference };
  }

  #named(L: number, made: number[]): RegisteredFunction {
    const machine = this.#machine;
    const { api } = machine;
    if (api.lua_type(L, 1) !== TABLE) {
      throw new Refused(
        "calling redis.register_function with a single argument is only applicable to Lua table " +
          "(representing named arguments).",
      );
    }
    this.#resolve(L);
    let name: string | null = null;
    let description: string | null = null;
    let flags = NO_FLAGS;
    let reference: number | null = null;
    api.lua_pushnil(L);
    while (api.lua_next(L, 1) !== 0) {
      // Now there are the key and its value behind the table.
      const key = api.lua_type(L, 2) === STRING ? machine.text(L, 2).split("\0")[0].toLowerCase() : null;
      if (key === "function_name") {
        name = this.#string(L, 3);
        if (name === null) {
          throw new Refused("function_name argument given to redis.register_function must be a string");
        }
      } else if (key === "description") {
        description = this.#string(L, 3);
        if (description === null) {
          throw new Refused("description argument given to redis.register_function must be a string");
        }
      } else if (key === "callback") {
        if (api.lua_type(L, 3) !== FUNCTION) {
          throw new Refused("callback argument given to redis.register_function must be a function");
        }
        reference = api.luaL_ref(L, REGISTRY);
        made.push(reference);
      } else if (key === "flags") {
        flags = this.#flags(L);
      } else if (key !== null || api.lua_type(L, 2) === NUMBER) {
        throw new Refused("unknown argument given to redis.register_function");
      } else {
        throw new Refused("named argument key given to redis.register_function is not a string");
      }
      api.lua_settop(L, 2);
    }
    if (name === null) throw new Refused("redis.register_function must get a function name argument");
    if (reference === null) throw new Refused("redis.register_function must get a callback argument");
    return { name, description, flags, reference };
  }

  /** The flags that the table on top of the stack names. */
  #flags(L: number): ScriptFlags {
    const machine = this.#machine;
    const { api } = machine;
    if (api.lua_type(L, -1) !== TABLE) {
      throw new Refused(
        "flags argument to redis.register_function must be a table representing function flags",
      );
    }
    this.#resolve(L);
    const names: string[] = [];
    for (let i = 1;; i++) {
      api.lua_rawgeti(L, 3, i);
      if (api.lua_type(L, -1) === NIL) break;
      const name = this.#string(L, -1);
      if (name === null) throw new Refused("unknown flag given");
      names.push(name.split("\0")[0].toLowerCase());
      machine.pop(L, 1);
    }
    const flags = flagsOf(names);
    if (typeof flags === "string") throw new Refused("unknown flag given");
    return flags;
  }

  /** The string or number at a stack index, null: it is neither. */
  #string(L: number, index: number): string | null {
    const type = this.#machine.api.lua_type(L, index);
    return type === STRING || type === NUMBER ? this.#machine.text(L, index) : null;
  }
}
