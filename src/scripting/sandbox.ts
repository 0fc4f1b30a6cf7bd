/**
 * The world in which scripts run: Lua's libraries without what reaches out of them, and tables that nobody can change.
 *
 * Redis has changed Lua so that a table can be made read-only. This is Lua as it is; so each such table, the globals and
 * the libraries, is kept where no script finds it, and scripts get a *stand-in*: an empty table whose metatable looks
 * fields up in the real one, and refuses to set any.
 *
 * ```text
 *   redis ──► stand-in {}  marked & STAND_IN
 *                │ metatable { __index = real, __newindex = refuse }
 *                └────────► real { call = ..., pcall = ..., ... }
 * ```
 *
 * What looks into tables without metatables (next, rawget, ...) goes through guards, which turn to the real table, and
 * what would change one (rawset, table.insert, setmetatable) is refused with Redis's words.
 *
 * @module
 */

import { GO_ON, type Guard, type LuaFunction, MARKED, STAND_IN } from "./lua_glue.ts";
import { GC_COLLECT, GLOBALS, type LuaMachine, NIL, NUMBER, REGISTRY, STRING, TABLE } from "./lua_machine.ts";

/** Fields of a library: functions, and values that are byte strings, numbers or null (cjson's). */
export type Library = Readonly<Record<string, LuaFunction | string | number | null>>;

const READ_ONLY = "Attempt to modify a readonly table";

/** Globals of Lua's that scripts do not get: they read files, print, or change what others run. */
const REMOVED = ["dofile", "loadfile", "print", "newproxy", "getfenv", "setfenv", "module", "require"];

/** `collectgarbage` does what it is asked for, except to change how the collector works for all scripts to come. */
const TUNING: Readonly<Record<string, number>> = { stop: 0, restart: 0, setpause: 200, setstepmul: 200 };

/** Most values that fit Lua's stack. */
const MOST_UNPACKED = 8000;

/** Replaces Lua's functions and makes stand-ins. */
export class Sandbox {
  readonly #machine: LuaMachine;
  /** References of real tables in the registry by the addresses of their stand-ins. */
  readonly #real = new Map<number, number>();
  /** Functions that are called from JavaScript when a table is to be changed or a global is missing, in Lua's table. */
  #refuse = 0;
  #missing = 0;
  /** Reference of the real globals, and of the table that stands for the metatable of strings. */
  #globals = 0;
  #stringMetatable = 0;
  /** Reference of the function that makes the reader for `load`. */
  #reader = 0;
  /** References of the metatable of the globals' stand-in, and of the globals while a library is loaded. */
  #globalsMetatable = 0;
  #loadingGlobals = 0;

  constructor(machine: LuaMachine) {
    this.#machine = machine;
  }

  /** Functions that the machine has to know; `connected` gets their indices. */
  readonly functions: readonly LuaFunction[] = [
    (L) => this.#refuseChange(L),
    (L) => this.#failMissing(L),
  ];

  /** Functions of Lua's libraries and what is called in their place. */
  guards(): (Guard & { readonly library: string; readonly name: string })[] {
    const real: LuaFunction = (L) => {
      this.pushReal(L, 1);
      this.#machine.api.lua_replace(L, 1);
      return GO_ON;
    };
    const refuse: LuaFunction = (L) => this.#fail(L, READ_ONLY);
    const kinds: readonly (readonly [string, string, Guard["when"], LuaFunction])[] = [
      ["_G", "next", "standIn", real],
      ["_G", "rawget", "standIn", real],
      ["_G", "rawset", "standIn", refuse],
      ["_G", "setmetatable", "standIn", refuse],
      ["_G", "getmetatable", "always", (L) => this.#getMetatable(L)],
      ["_G", "unpack", "always", (L) => this.#checkUnpack(L)],
      ["_G", "loadstring", "always", (L) => this.#checkLoadString(L)],
      ["_G", "load", "always", (L) => this.#checkLoad(L)],
      ["_G", "collectgarbage", "always", (L) => this.#collectGarbage(L)],
      ["_G", "pcall", "failed", (L) => this.#simplifyError(L)],
      ["table", "insert", "standIn", refuse],
      ["table", "foreach", "standIn", real],
    ];
    return kinds.map(([library, name, when, run]) => ({
      ...{ library, name, when, run },
      original: this.#functionOf(library, name),
    }));
  }

  /** Opens Lua's libraries; the machine has nothing in it before. */
  open(): void {
    const { api, state } = this.#machine;
    for (const open of ["base", "table", "string", "math", "os"] as const) {
      api[`luaopen_${open}`](state);
      api.lua_settop(state, 0);
    }
  }

  #pushGlobal(L: number, name: string): void {
    this.#machine.pushText(L, name);
    this.#machine.api.lua_rawget(L, GLOBALS);
  }

  #functionOf(library: string, name: string): number {
    const machine = this.#machine;
    const L = machine.state;
    this.#pushGlobal(L, library);
    machine.rawField(L, name);
    const index = machine.functionIndex(L, -1);
    machine.pop(L, 2);
    return index;
  }

  /** Puts guards into the libraries: `functions` are their indices in the order of `guards()`. */
  install(guards: ReturnType<Sandbox["guards"]>, functions: readonly number[]): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    guards.forEach(({ library, name }, i) => {
      this.#pushGlobal(L, library);
      machine.pushText(L, name);
      api.lua_pushcclosure(L, functions[i], 0);
      api.lua_rawset(L, -3);
      machine.pop(L, 1);
    });
    // What pairs returns is the `next` that it was made with.
    this.#pushGlobal(L, "pairs");
    this.#pushGlobal(L, "next");
    api.lua_setupvalue(L, -2, 1);
    machine.pop(L, 1);
  }

  /** Adds a library to the globals. */
  addLibrary(name: string, library: Library, indexOf: (f: LuaFunction) => number): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    machine.pushText(L, name);
    this.pushLibrary(L, library, indexOf);
    api.lua_rawset(L, GLOBALS);
  }

  /** Pushes a table with a library's fields. */
  pushLibrary(L: number, library: Library, indexOf: (f: LuaFunction) => number): void {
    const machine = this.#machine;
    const { api } = machine;
    api.lua_createtable(L, 0, Object.keys(library).length);
    for (const [field, value] of Object.entries(library)) {
      machine.pushText(L, field);
      if (value === null) api.lua_pushlightuserdata(L, 0);
      else if (typeof value === "string") machine.pushText(L, value);
      else if (typeof value === "number") api.lua_pushnumber(L, value);
      else api.lua_pushcclosure(L, indexOf(value), 0);
      api.lua_rawset(L, -3);
    }
  }

  /** Sets a function of a library of Lua's. */
  replace(library: string, name: string, f: number): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    this.#pushGlobal(L, library);
    machine.pushText(L, name);
    api.lua_pushcclosure(L, f, 0);
    api.lua_rawset(L, -3);
    machine.pop(L, 1);
  }

  /** Takes away what scripts are not to have, and closes everything. `functions` are the indices of `this.functions`. */
  close(functions: readonly number[]): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    [this.#refuse, this.#missing] = functions;
    for (const name of REMOVED) {
      machine.pushText(L, name);
      api.lua_pushnil(L);
      api.lua_rawset(L, GLOBALS);
    }
    this.#keepClock();
    this.#makeReader();
    this.#protectLibraries();
    this.#protectStrings();
    this.#protectGlobals();
    api.lua_gc(L, GC_COLLECT, 0);
  }

  /** Of the operating system there is only the processor's time. */
  #keepClock(): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    machine.pushText(L, "os");
    api.lua_createtable(L, 0, 1);
    machine.pushText(L, "clock");
    this.#pushGlobal(L, "os");
    machine.rawField(L, "clock");
    api.lua_remove(L, -2);
    api.lua_rawset(L, -3);
    api.lua_rawset(L, GLOBALS);
  }

  /** A reader for `load` that gives the parser a blank before bytecode: then it is a syntax error. */
  #makeReader(): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    const source =
      "local byte, type = string.byte, type return function(read) local begun return function() " +
      "local piece = read() if begun or type(piece) ~= 'string' or piece == '' then return piece end begun = true " +
      "if byte(piece) == 27 then return ' ' .. piece end return piece end end";
    machine.load(L, new TextEncoder().encode(source), "=(load)");
    api.lua_call(L, 0, 1);
    this.#reader = api.luaL_ref(L, REGISTRY);
  }

  /** Replaces the tables among the globals by stand-ins. */
  #protectLibraries(): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    const names: string[] = [];
    api.lua_pushnil(L);
    while (api.lua_next(L, GLOBALS) !== 0) {
      if (api.lua_type(L, -1) === TABLE && machine.text(L, -2) !== "_G") names.push(machine.text(L, -2));
      machine.pop(L, 1);
    }
    for (const name of names) {
      machine.pushText(L, name);
      this.#pushGlobal(L, name);
      this.standIn(L);
      api.lua_rawset(L, GLOBALS);
    }
  }

  /** `getmetatable("")` is a stand-in for a table like the real one. */
  #protectStrings(): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    machine.pushText(L, "");
    api.lua_getmetatable(L, -1);
    machine.pushText(L, "__index");
    this.#pushGlobal(L, "string");
    api.lua_rawset(L, -3);
    machine.pop(L, 2);
    api.lua_createtable(L, 0, 1);
    machine.pushText(L, "__index");
    this.#pushGlobal(L, "string");
    api.lua_rawset(L, -3);
    this.standIn(L);
    this.#stringMetatable = api.luaL_ref(L, REGISTRY);
  }

  #protectGlobals(): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    api.lua_pushvalue(L, GLOBALS);
    api.lua_pushvalue(L, -1);
    this.#globals = api.luaL_ref(L, REGISTRY);
    this.#failOnMissing(L);
    this.standIn(L);
    api.lua_getmetatable(L, -1);
    this.#globalsMetatable = api.luaL_ref(L, REGISTRY);
    // What code that is loaded from now on has for its globals, and the name by which it knows them.
    api.lua_pushvalue(L, -1);
    api.lua_replace(L, GLOBALS);
    this.pushGlobals(L);
    machine.pushText(L, "_G");
    api.lua_pushvalue(L, -3);
    api.lua_rawset(L, -3);
    api.lua_settop(L, 0);
  }

  /** Makes the globals that a library finds while it is loaded: a table `redis` with these fields, and nothing else. */
  makeLoadingGlobals(redis: Library, indexOf: (f: LuaFunction) => number): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    api.lua_createtable(L, 0, 1);
    machine.pushText(L, "redis");
    this.pushLibrary(L, redis, indexOf);
    this.#failOnMissing(L);
    this.standIn(L);
    api.lua_rawset(L, -3);
    this.#failOnMissing(L);
    this.#loadingGlobals = api.luaL_ref(L, REGISTRY);
  }

  /** Whether code finds those globals for now. */
  setLoading(isLoading: boolean): void {
    const machine = this.#machine;
    const { api, state: L } = machine;
    api.lua_rawgeti(L, REGISTRY, this.#globalsMetatable);
    machine.pushConstant(L, "__index");
    api.lua_rawgeti(L, REGISTRY, isLoading ? this.#loadingGlobals : this.#globals);
    api.lua_rawset(L, -3);
    machine.pop(L, 1);
  }

  /** Has an error raised for the fields that the table on top of the stack does not have. */
  #failOnMissing(L: number): void {
    const machine = this.#machine;
    const { api } = machine;
    api.lua_createtable(L, 0, 1);
    machine.pushText(L, "__index");
    api.lua_pushcclosure(L, this.#missing, 0);
    api.lua_rawset(L, -3);
    api.lua_setmetatable(L, -2);
  }

  /** Pushes the real globals. */
  pushGlobals(L: number): void {
    this.#machine.api.lua_rawgeti(L, REGISTRY, this.#globals);
  }

  /** Replaces the table on top of the stack by a stand-in for it. */
  standIn(L: number): void {
    const machine = this.#machine;
    const { api } = machine;
    api.lua_pushvalue(L, -1);
    const reference = api.luaL_ref(L, REGISTRY);
    api.lua_createtable(L, 0, 0);
    // It is found by its address, so it has to stay.
    api.lua_pushvalue(L, -1);
    api.luaL_ref(L, REGISTRY);
    api.lua_createtable(L, 0, 2);
    machine.pushText(L, "__index");
    api.lua_pushvalue(L, -4);
    api.lua_rawset(L, -3);
    machine.pushText(L, "__newindex");
    api.lua_pushcclosure(L, this.#refuse, 0);
    api.lua_rawset(L, -3);
    api.lua_setmetatable(L, -2);
    const address = api.lua_topointer(L, -1);
    machine.heap[address + MARKED] |= STAND_IN;
    this.#real.set(address, reference);
    api.lua_remove(L, -2);
  }

  /** Whether the value at a stack index is a stand-in. */
  isStandIn(L: number, index: number): boolean {
    const { api } = this.#machine;
    return api.lua_type(L, index) === TABLE && this.#real.has(api.lua_topointer(L, index));
  }

  /** Pushes the table that the stand-in at a stack index stands for. */
  pushReal(L: number, index: number): void {
    const { api } = this.#machine;
    api.lua_rawgeti(L, REGISTRY, this.#real.get(api.lua_topointer(L, index))!);
  }

  /** Replaces a stand-in on top of the stack by what it stands for. */
  readonly resolve = (L: number): void => {
    const { api, heap } = this.#machine;
    if ((heap[api.lua_topointer(L, -1) + MARKED] & STAND_IN) === 0) return;
    this.pushReal(L, -1);
    api.lua_replace(L, -2);
  };

  /** Raises an error without saying where. */
  #fail(L: number, message: string): number {
    this.#machine.pushText(L, message);
    return this.#machine.api.lua_error(L);
  }

  #refuseChange(L: number): number {
    return this.#machine.fail(L, READ_ONLY);
  }

  #failMissing(L: number): number {
    const machine = this.#machine;
    if (machine.api.lua_gettop(L) !== 2) {
      return machine.fail(L, "Wrong number of arguments to luaProtectedTableError");
    }
    const type = machine.api.lua_type(L, 2);
    if (type !== STRING && type !== NUMBER) {
      return machine.fail(L, "Second argument to luaProtectedTableError must be a string or number");
    }
    const name = machine.text(L, 2).split("\0")[0];
    return machine.fail(L, `Script attempted to access nonexistent global variable '${name}'`);
  }

  #getMetatable(L: number): number {
    const { api } = this.#machine;
    if (api.lua_type(L, 1) === STRING) {
      api.lua_rawgeti(L, REGISTRY, this.#stringMetatable);
      return 1;
    }
    if (!this.isStandIn(L, 1)) return GO_ON;
    this.pushReal(L, 1);
    if (api.lua_getmetatable(L, -1) === 0) api.lua_pushnil(L);
    else if (!this.isStandIn(L, -1)) this.#standInOnce(L);
    return 1;
  }

  readonly #metatables = new Map<number, number>();

  /** As `standIn`, but always the same one for a table. */
  #standInOnce(L: number): void {
    const { api } = this.#machine;
    const address = api.lua_topointer(L, -1);
    let reference = this.#metatables.get(address);
    if (reference === undefined) {
      api.lua_pushvalue(L, -1);
      this.standIn(L);
      this.#metatables.set(address, reference = api.luaL_ref(L, REGISTRY));
    }
    api.lua_rawgeti(L, REGISTRY, reference);
  }

  /** With bounds far apart Lua's own check overflows. */
  #checkUnpack(L: number): number {
    const { api } = this.#machine;
    const arguments_ = api.lua_gettop(L);
    if (arguments_ < 2 && api.lua_type(L, 1) === TABLE && api.lua_objlen(L, 1) < MOST_UNPACKED) return GO_ON;
    api.luaL_checktype(L, 1, TABLE);
    const from = Math.trunc(api.luaL_optnumber(L, 2, 1)) | 0;
    const isGiven = arguments_ >= 3 && api.lua_type(L, 3) !== NIL;
    const to = isGiven ? Math.trunc(api.luaL_checknumber(L, 3)) | 0 : api.lua_objlen(L, 1);
    if (from <= to && to - from >= MOST_UNPACKED) return this.#machine.fail(L, "too many results to unpack");
    return GO_ON;
  }

  /** The parser must see no bytecode, and does not keep the chunk's name from being collected. */
  #checkLoadString(L: number): number {
    const machine = this.#machine;
    const { api } = machine;
    const at = machine.checkString(L, 1);
    const isBytecode = machine.length > 0 && machine.heap[at] === 27;
    const hasName = api.lua_gettop(L) >= 2 && api.lua_type(L, 2) !== NIL;
    if (!isBytecode && !hasName) {
      // The text itself is the name, up to its first NUL.
      const { heap, length } = machine;
      if (heap.indexOf(0, at) >= at + length) return GO_ON;
    }
    const name = hasName ? machine.text(L, 2) : machine.text(L, 1);
    if (hasName && machine.checkString(L, 2) === 0) return GO_ON;
    if (isBytecode) {
      machine.pushText(L, " " + machine.text(L, 1));
      api.lua_replace(L, 1);
    }
    api.lua_settop(L, 1);
    // Twice: the argument, and what keeps it.
    machine.pushText(L, name.split("\0")[0]);
    api.lua_pushvalue(L, 2);
    return GO_ON;
  }

  #checkLoad(L: number): number {
    const machine = this.#machine;
    const { api } = machine;
    const hasName = api.lua_gettop(L) >= 2 && api.lua_type(L, 2) !== NIL;
    if (hasName && machine.checkString(L, 2) === 0) return GO_ON;
    const name = hasName ? machine.text(L, 2).split("\0")[0] : "=(load)";
    api.luaL_checktype(L, 1, 6);
    api.lua_rawgeti(L, REGISTRY, this.#reader);
    api.lua_pushvalue(L, 1);
    api.lua_call(L, 1, 1);
    api.lua_replace(L, 1);
    api.lua_settop(L, 1);
    machine.pushText(L, name);
    return GO_ON;
  }

  #collectGarbage(L: number): number {
    const machine = this.#machine;
    if (machine.api.lua_type(L, 1) !== STRING) return GO_ON;
    const result = TUNING[machine.text(L, 1)];
    if (result === undefined) return GO_ON;
    machine.api.lua_pushnumber(L, result);
    return 1;
  }

  /** `pcall` returns the message of an error that is a table, as scripts for older versions expect. */
  #simplifyError(L: number): number {
    const machine = this.#machine;
    const { api } = machine;
    if (api.lua_type(L, 2) !== TABLE || this.isStandIn(L, 2)) return 0;
    api.lua_pushvalue(L, 2);
    const type = machine.rawField(L, "err");
    if (type === STRING || type === NUMBER) api.lua_replace(L, 2);
    api.lua_settop(L, 2);
    return 0;
  }
}
