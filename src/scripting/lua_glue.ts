/**
 * The functions between Lua's WebAssembly and JavaScript that are WebAssembly themselves.
 *
 * **Rescue.** C's `setjmp` and `longjmp`, with which Lua raises and catches errors, were compiled to an import that calls
 * a function and catches what it throws, and another that throws. As JavaScript they would leave a JavaScript frame on
 * the stack within every `pcall`, and a stack with such a frame cannot be suspended when a script runs for long.
 *
 * **Calls.** `run` is `lua_pcall`, made to be called through `WebAssembly.promising`, so that the count hook can suspend
 * all of Lua's stack whatever it is in the middle of: pcall, metamethods, the callbacks of `sort` and `gsub`. How it
 * ended is left in the variable `status`: a promise would tell that too late for a script that was done at once.
 *
 * **Guards.** Tables that scripts must not change are stand-ins: empty tables with a metatable (see `sandbox.ts`), whose
 * byte for the garbage collector, of which that leaves one bit alone, carries {@linkcode STAND_IN}. A guard is called in the place of a function
 * of Lua's libraries which would look into such a table or change it; it leaves those calls to JavaScript and all others
 * to the function itself, at next to no cost.
 *
 * @module
 */

import { constant, NO_RESULT, OP, unsigned, WasmModule } from "./wasm_module.ts";

/** Offset of `marked` in Lua's objects. */
export const MARKED = 5;
/** The bit of `marked` that says that a table is a stand-in; the collector uses the seven below it. */
export const STAND_IN = 0x80;
/** How a guard's JavaScript says that the function itself shall run. */
export const GO_ON = -1;

const LUA_TTABLE = 5;
/** Slots of the rescue's table that are not Lua's: they follow Lua's own. */
const STACK_SAVE = 0, STACK_RESTORE = 1, SET_THREW = 2;

/** The exports of the module that catches Lua's errors. */
export interface Rescue {
  readonly imports: {
    readonly invoke_vii: CallableFunction;
    readonly _emscripten_throw_longjmp: CallableFunction;
  };
  /** Makes Lua's functions known to it. */
  connect(lua: WebAssembly.Exports): void;
}

/** Most functions that Lua's table may have. */
const LUA_FUNCTIONS = 1024;

/** Makes the functions that Lua's module imports to catch and to throw errors. */
export function makeRescue(): Rescue {
  const module = new WasmModule();
  const none = module.type(0, 0);
  const save = module.type(0, 1);
  const restore = module.type(1, 0);
  const two = module.type(2, 0);
  module.table("table", LUA_FUNCTIONS + 3);
  const tag = module.tag();
  const callTable = (slot: number, type: number) => [
    ...constant(LUA_FUNCTIONS + slot),
    ...[OP.callIndirect, ...unsigned(type), 0],
  ];
  module.function("throw", none, 0, [OP.throw, tag]);
  // Parameters: function, and its two arguments. Local 3: the C stack as it was.
  module.function("invoke", module.type(3, 0), 1, [
    ...[...callTable(STACK_SAVE, save), OP.localSet, 3],
    ...[OP.try, NO_RESULT],
    ...[OP.localGet, 1, OP.localGet, 2, OP.localGet, 0, OP.callIndirect, ...unsigned(two), 0],
    ...[OP.catch, tag],
    ...[OP.localGet, 3, ...callTable(STACK_RESTORE, restore)],
    ...[...constant(1), ...constant(0), ...callTable(SET_THREW, two)],
    OP.end,
  ]);
  const instance = new WebAssembly.Instance(module.compile());
  const table = instance.exports.table as WebAssembly.Table;
  return {
    imports: {
      invoke_vii: instance.exports.invoke as CallableFunction,
      _emscripten_throw_longjmp: instance.exports.throw as CallableFunction,
    },
    connect(lua) {
      const functions = lua.__indirect_function_table as WebAssembly.Table;
      for (let i = 0; i < functions.length; i++) table.set(i, functions.get(i));
      table.set(LUA_FUNCTIONS + STACK_SAVE, lua.stackSave as CallableFunction);
      table.set(LUA_FUNCTIONS + STACK_RESTORE, lua.stackRestore as CallableFunction);
      table.set(LUA_FUNCTIONS + SET_THREW, lua.setThrew as CallableFunction);
    },
  };
}

/** A function that Lua calls: gets the state, whose stack has the arguments, and returns the number of results. */
export type LuaFunction = (state: number) => number;

/** A function of Lua's libraries that is called through a guard. */
export interface Guard {
  /** Index of the function itself in Lua's table. */
  readonly original: number;
  /**
   * When JavaScript is asked: where the first argument is a stand-in, before every call, or after calls whose first
   * result is false.
   */
  readonly when: "standIn" | "always" | "failed";
  /** Takes the call, or returns {@linkcode GO_ON}; what it returns after a call counts for nothing. */
  readonly run: LuaFunction;
}

/** What the count hook does, given the state that runs. */
export interface Hook {
  /** Whether the script is to be suspended, 1 or 0. */
  readonly isDue: (L: number) => number;
  /** Suspends the script: a `WebAssembly.Suspending`, which does so whatever is returned. */
  readonly pause: CallableFunction;
  /** Comes after that, and may raise an error. */
  readonly afterPause: (L: number) => void;
}

/** What calls lead through. */
export interface CallGlue {
  /** Functions for Lua's table, in the order of the given functions, then of the guards. */
  readonly functions: readonly CallableFunction[];
  /** Calls the function below `count` arguments, as `lua_pcall` does; to be made promising. */
  readonly run: CallableFunction;
  /** What the last `run` returned. */
  readonly status: WebAssembly.Global;
  /** The hook for `lua_sethook`. */
  readonly hook: CallableFunction;
}

/**
 * Makes functions for Lua's table out of JavaScript's.
 *
 * @param lua Lua's exports
 * @param hook what the count hook does
 */
export function makeCallGlue(
  lua: WebAssembly.Exports,
  hook: Hook,
  functions: readonly LuaFunction[],
  guards: readonly Guard[],
): CallGlue {
  const module = new WasmModule();
  const luaFunction = module.type(1, 1);
  const pcall = module.type(4, 1);
  const run: Record<string, CallableFunction> = {};
  const javaScript = [...functions, ...guards.map((guard) => guard.run)].map((each, i) => {
    run[`f${i}`] = each;
    return module.importFunction(`f${i}`, luaFunction);
  });
  const importLua = (name: string, type: number) => {
    run[name] = lua[name] as CallableFunction;
    return module.importFunction(name, type);
  };
  const luaPcall = importLua("lua_pcall", pcall);
  const luaType = importLua("lua_type", module.type(2, 1));
  const luaToPointer = importLua("lua_topointer", module.type(2, 1));
  const luaToBoolean = importLua("lua_toboolean", module.type(2, 1));
  const luaGetTop = importLua("lua_gettop", luaFunction);
  const luaPushBoolean = importLua("lua_pushboolean", module.type(2, 0));
  const hookType = module.type(1, 0);
  run.isDue = hook.isDue;
  const isDue = module.importFunction("isDue", luaFunction);
  run.pause = hook.pause;
  const pause = module.importFunction("pause", hookType);
  run.afterPause = hook.afterPause;
  const afterPause = module.importFunction("afterPause", hookType);
  module.importTable("table");
  module.importMemory("memory");
  const status = module.global("status");
  module.function("run", module.type(4, 0), 0, [
    ...[OP.localGet, 0, OP.localGet, 1, OP.localGet, 2, OP.localGet, 3],
    ...[OP.call, ...unsigned(luaPcall), OP.globalSet, status],
  ]);
  module.function("hook", module.type(2, 0), 0, [
    ...[OP.localGet, 0, OP.call, ...unsigned(isDue), OP.if, NO_RESULT],
    ...[OP.localGet, 0, OP.call, ...unsigned(pause), OP.end],
    ...[OP.localGet, 0, OP.call, ...unsigned(afterPause)],
  ]);
  functions.forEach((_, i) => module.exportFunction(`c${i}`, javaScript[i]));
  guards.forEach(({ original, when }, i) => {
    const index = functions.length + i;
    const callOriginal = [
      ...[OP.localGet, 0, ...constant(original), OP.callIndirect, ...unsigned(luaFunction), 0],
    ];
    if (when === "failed") {
      module.function(`c${index}`, luaFunction, 1, [
        // Redis's own pcall puts a value before its arguments, which is called where there are none.
        ...[OP.localGet, 0, OP.call, ...unsigned(luaGetTop), OP.isZero, OP.if, NO_RESULT],
        ...[OP.localGet, 0, ...constant(1), OP.call, ...unsigned(luaPushBoolean), OP.end],
        ...[...callOriginal, OP.localSet, 1],
        ...[OP.localGet, 0, ...constant(1), OP.call, ...unsigned(luaToBoolean), OP.isZero],
        ...[OP.if, NO_RESULT, OP.localGet, 0, OP.call, ...unsigned(javaScript[index]), OP.drop, OP.end],
        ...[OP.localGet, 1],
      ]);
      return;
    }
    // Where JavaScript does not take the call, go on.
    const ask = [
      ...[OP.localGet, 0, OP.call, ...unsigned(javaScript[index]), OP.localTee, 1],
      ...[...constant(0), OP.greaterOrEqual, OP.if, NO_RESULT, OP.localGet, 1, OP.return, OP.end],
    ];
    const firstArgument = [OP.localGet, 0, ...constant(1), OP.call];
    const askOfStandIns = [
      ...[...firstArgument, ...unsigned(luaType), ...constant(LUA_TTABLE), OP.equal, OP.if, NO_RESULT],
      ...[...firstArgument, ...unsigned(luaToPointer), OP.load8, 0, MARKED],
      ...[...constant(STAND_IN), OP.and, OP.if, NO_RESULT, ...ask, OP.end],
      OP.end,
    ];
    module.function(`c${index}`, luaFunction, 1, [
      ...(when === "always" ? ask : askOfStandIns),
      ...callOriginal,
    ]);
  });
  const { exports } = new WebAssembly.Instance(module.compile(), {
    env: { ...run, table: lua.__indirect_function_table, memory: lua.memory },
  });
  return {
    functions: javaScript.map((_, i) => exports[`c${i}`] as CallableFunction),
    run: exports.run as CallableFunction,
    status: exports.status as WebAssembly.Global,
    hook: exports.hook as CallableFunction,
  };
}
