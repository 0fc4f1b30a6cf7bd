/**
 * A Lua 5.1 virtual machine: Lua's own C API, called directly.
 *
 * All values live in Lua. What comes in and goes out are bytes in Lua's memory, which {@linkcode LuaMachine.heap} shows;
 * whatever may allocate may also move that memory to a larger buffer, so nobody keeps the heap.
 *
 * The machine has no files, no clock but the time, no environment and no system: those functions of C fail.
 *
 * @module
 */

import { byteString } from "../base/bytes.ts";
import { copyBytes, viewedBytes } from "../memory/copy_bytes.ts";
import { roomFor } from "../memory/headroom.ts";
import { type Guard, type LuaFunction, makeCallGlue, makeRescue } from "./lua_glue.ts";
import { luaWasm } from "./lua_wasm.ts";

/** Types of values. */
export const NIL = 0,
  BOOLEAN = 1,
  LIGHT_USERDATA = 2,
  NUMBER = 3,
  STRING = 4,
  TABLE = 5,
  FUNCTION = 6,
  USERDATA = 7,
  THREAD = 8;

/** Pseudo-indices. */
export const REGISTRY = -10000, GLOBALS = -10002;

/** How a call can end. */
export const LUA_OK = 0, LUA_ERRMEM = 4;

/** Kinds of hooks. */
export const HOOK_LINE = 4, HOOK_COUNT = 8;

/** What `lua_gc` can be asked for. */
export const GC_COLLECT = 2, GC_COUNT = 3, GC_STEP = 5;

/** Bytes that a machine may take: then scripts get Lua's "not enough memory". */
const MOST_MEMORY = 512 * 1024 * 1024;
const PAGE = 65536;
/** What functions of the system that are not there return. */
const NO_SYSTEM = -52;

/** Lua's C API, as far as it is used; an `L` is the address of a state. */
export interface LuaApi {
  lua_gettop(L: number): number;
  lua_settop(L: number, index: number): void;
  lua_pushvalue(L: number, index: number): void;
  lua_remove(L: number, index: number): void;
  lua_insert(L: number, index: number): void;
  lua_replace(L: number, index: number): void;
  lua_checkstack(L: number, size: number): number;
  lua_type(L: number, index: number): number;
  lua_isnumber(L: number, index: number): number;
  lua_isstring(L: number, index: number): number;
  lua_tonumber(L: number, index: number): number;
  lua_toboolean(L: number, index: number): number;
  lua_tolstring(L: number, index: number, length: number): number;
  lua_objlen(L: number, index: number): number;
  lua_topointer(L: number, index: number): number;
  lua_rawequal(L: number, a: number, b: number): number;
  lua_pushnil(L: number): void;
  lua_pushnumber(L: number, value: number): void;
  lua_pushlstring(L: number, address: number, length: number): void;
  lua_pushcclosure(L: number, f: number, upvalues: number): void;
  lua_pushboolean(L: number, value: number): void;
  lua_pushlightuserdata(L: number, address: number): void;
  lua_createtable(L: number, elements: number, fields: number): void;
  lua_rawget(L: number, index: number): void;
  lua_rawgeti(L: number, index: number, n: number): void;
  lua_rawset(L: number, index: number): void;
  lua_rawseti(L: number, index: number, n: number): void;
  lua_gettable(L: number, index: number): void;
  lua_next(L: number, index: number): number;
  lua_getmetatable(L: number, index: number): number;
  lua_setmetatable(L: number, index: number): number;
  lua_setfenv(L: number, index: number): number;
  lua_getupvalue(L: number, index: number, n: number): number;
  lua_setupvalue(L: number, index: number, n: number): number;
  lua_call(L: number, args: number, results: number): void;
  lua_pcall(L: number, args: number, results: number, handler: number): number;
  lua_error(L: number): number;
  lua_gc(L: number, what: number, data: number): number;
  lua_getstack(L: number, level: number, debug: number): number;
  lua_getinfo(L: number, what: number, debug: number): number;
  lua_sethook(L: number, hook: number, mask: number, count: number): number;
  luaL_newstate(): number;
  luaL_ref(L: number, table: number): number;
  luaL_unref(L: number, table: number, reference: number): void;
  luaL_loadbuffer(L: number, address: number, length: number, name: number): number;
  luaL_where(L: number, level: number): void;
  luaL_argerror(L: number, argument: number, message: number): number;
  luaL_typerror(L: number, argument: number, type: number): number;
  luaL_checktype(L: number, argument: number, type: number): void;
  luaL_checkany(L: number, argument: number): void;
  luaL_checknumber(L: number, argument: number): number;
  luaL_optnumber(L: number, argument: number, otherwise: number): number;
  luaL_checklstring(L: number, argument: number, length: number): number;
  luaopen_base(L: number): number;
  luaopen_table(L: number): number;
  luaopen_string(L: number): number;
  luaopen_math(L: number): number;
  luaopen_os(L: number): number;
  malloc(size: number): number;
  free(address: number): void;
}

let compiled: WebAssembly.Module | null = null;

/**
 * Where things lie in Lua's memory, in words of 4 bytes: the stack in a `lua_State`, and the parts of values and strings.
 * Calls of the C API from JavaScript take some ten nanoseconds each, so what a request of a script passes is read where it
 * is.
 *
 * ```text
 *  lua_State   next | tt, marked, status | top | base | ... | error handler (word 29)
 *  TValue      value (8 bytes) | tt | -
 *  TString     next | tt, marked, reserved | hash | length | bytes ...
 *  Table       next | tt, marked, flags, log2 of nodes | metatable | array | nodes | last free | - | size of array
 *  Closure     next | tt, marked, is C, upvalues | - | environment | prototype (of a C function: the function)
 *  Proto       next | tt, marked | - | code | prototypes within | ... | sizes (10: -, code 11, -, prototypes 13)
 * ```
 */
const TOP = 2,
  BASE = 3,
  ERROR_HANDLER = 29,
  VALUE_WORDS = 4,
  VALUE_TYPE = 2,
  STRING_LENGTH = 3,
  STRING_BYTES = 16,
  TABLE_METATABLE = 2,
  TABLE_NODES = 4,
  TABLE_ARRAY_SIZE = 7,
  CLOSURE_PROTOTYPE = 4,
  PROTOTYPE_CODE = 3,
  PROTOTYPE_WITHIN = 4,
  PROTOTYPE_CODE_SIZE = 11,
  PROTOTYPE_WITHIN_SIZE = 13;

/** The instruction that sets a global, and the bits of an instruction that tell which it is. */
const OP_SETGLOBAL = 7, OP_MASK = 63;

/** Offsets of `lua_Debug`. */
const DEBUG_WHAT = 12, DEBUG_SOURCE = 16, DEBUG_LINE = 20, DEBUG_SIZE = 100;

/** Where a running function is. */
export interface LuaPlace {
  /** `C`, `Lua`, `main` or `tail`. */
  readonly what: string;
  readonly source: string;
  readonly line: number;
}

/** What JavaScript does for a machine. */
export interface Connections {
  /** Is called by the count hook: 1 where the script is to be suspended, else 0. */
  readonly isDue: (L: number) => number;
  /** Suspends the script until the promise resolves. */
  readonly pause: (L: number) => Promise<void>;
  /** Comes last in the hook, and may raise an error. */
  readonly afterPause: (L: number) => void;
  readonly functions: readonly LuaFunction[];
  readonly guards: readonly Guard[];
}

/** Switching between stacks, of which TypeScript does not know yet. */
interface StackSwitching {
  readonly Suspending: new (f: (L: number) => Promise<void>) => CallableFunction;
  readonly promising: (f: CallableFunction) => CallableFunction;
}

/** One virtual machine. */
export class LuaMachine {
  readonly api: LuaApi;
  /** The main state. */
  readonly state: number;
  /** Calls what lies below so many arguments, so that it can be suspended; `status` tells how it ended. */
  #run: ((L: number, args: number, results: number, handler: number) => Promise<void>) | null = null;
  #status!: WebAssembly.Global;
  #hook = 0;
  readonly #memory: WebAssembly.Memory;
  readonly #table: WebAssembly.Table;
  readonly #exports: WebAssembly.Exports;
  #heap!: Uint8Array<ArrayBuffer>;
  #view!: DataView<ArrayBuffer>;
  #words!: Int32Array<ArrayBuffer>;
  /** Bytes in Lua's memory that strings come in through. */
  #scratch: number;
  #scratchSize = 4096;
  /** Where lengths are returned. */
  readonly #lengthAt: number;
  readonly #debugAt: number;
  /** The nodes of tables that have none. */
  readonly #noNodes: number;
  readonly #constants = new Map<string, number>();

  constructor() {
    compiled ??= new WebAssembly.Module(luaWasm());
    const rescue = makeRescue();
    const instance = new WebAssembly.Instance(compiled, this.#imports(rescue.imports));
    this.#exports = instance.exports;
    // A copy, as the exports themselves are looked up by name at every call, and none of those calls is compiled in place.
    this.api = { ...instance.exports } as unknown as LuaApi;
    this.#memory = instance.exports.memory as WebAssembly.Memory;
    this.#table = instance.exports.__indirect_function_table as WebAssembly.Table;
    rescue.connect(instance.exports);
    this.#look();
    (instance.exports.__wasm_call_ctors as () => void)();
    const { api } = this;
    this.#scratch = api.malloc(this.#scratchSize);
    this.#lengthAt = api.malloc(8);
    this.#debugAt = api.malloc(DEBUG_SIZE);
    this.state = api.luaL_newstate();
    this.#noNodes = this.#checkLayout(this.state);
  }

  /**
   * Looks whether things lie where they are expected, and returns where the nodes of an empty table are.
   *
   * @throws {Error} where Lua is another than this was written for
   */
  #checkLayout(L: number): number {
    const { api } = this;
    api.lua_createtable(L, 3, 0);
    this.pushText(L, "seven");
    api.lua_pushnumber(L, 0.5);
    const table = api.lua_topointer(L, 1) >> 2;
    const { words } = this;
    const top = words[(L >> 2) + TOP] >> 2;
    const string = words[top - 2 * VALUE_WORDS] >> 2;
    const fits = top - (words[(L >> 2) + BASE] >> 2) === 3 * VALUE_WORDS &&
      words[top - VALUE_WORDS + VALUE_TYPE] === NUMBER &&
      this.view.getFloat64((top - VALUE_WORDS) << 2, true) === 0.5 &&
      words[top - 2 * VALUE_WORDS + VALUE_TYPE] === STRING &&
      words[string + STRING_LENGTH] === 5 && this.heap[(string << 2) + STRING_BYTES] === 115 &&
      words[top - 3 * VALUE_WORDS] >> 2 === table &&
      words[table + TABLE_METATABLE] === 0 && words[table + TABLE_ARRAY_SIZE] === 3;
    const nodes = words[table + TABLE_NODES];
    const finds = ["x = 1", "return function() x = 1 end", "return x"].map((source) => {
      this.load(L, new TextEncoder().encode(source), "=(layout)");
      return this.setsGlobals(L);
    });
    if (!fits || finds.join() !== "true,true,false") {
      throw new Error("Lua's values do not lie in its memory as expected");
    }
    api.lua_settop(L, 0);
    return nodes;
  }

  #imports(rescue: Record<string, CallableFunction>): WebAssembly.Imports {
    const refuse = () => NO_SYSTEM;
    const system = ["openat", "fcntl64", "ioctl", "dup3", "unlinkat", "rmdir", "renameat", "readlinkat"];
    return {
      env: {
        ...rescue,
        ...Object.fromEntries(system.map((name) => [`__syscall_${name}`, refuse])),
        exit: () => {
          throw new Error("Lua has given up");
        },
        strftime: () => 0,
        emscripten_memcpy_js: (to: number, from: number, length: number) =>
          this.heap.copyWithin(to, from, from + length),
        emscripten_date_now: () => Date.now(),
        _emscripten_get_now_is_monotonic: () => 1,
        _emscripten_system: refuse,
        _tzset_js: () => {},
        _mktime_js: refuse,
        _localtime_js: () => {},
        _gmtime_js: () => {},
        emscripten_resize_heap: (size: number) => this.#grow(size >>> 0),
      },
      wasi_snapshot_preview1: {
        fd_write: refuse,
        fd_read: refuse,
        fd_close: refuse,
        fd_seek: refuse,
        environ_sizes_get: () => 0,
        environ_get: () => 0,
      },
    };
  }

  /** Gives Lua more memory, up to the limit; 0 where it gets none. */
  #grow(size: number): number {
    if (size > MOST_MEMORY) return 0;
    const now = this.#memory.buffer.byteLength;
    // A little ahead, so that it does not have to ask often.
    const wanted = Math.min(MOST_MEMORY, Math.max(size, now + (now >> 3)));
    for (const bytes of [wanted, size]) {
      try {
        this.#memory.grow(Math.ceil(roomFor(bytes - now) / PAGE));
        return 1;
      } catch {
        // The system has no more; perhaps it has what is needed at least.
      }
    }
    return 0;
  }

  /** Bytes of memory that the machine takes. */
  get memory(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Lua's memory, as it is until Lua allocates. */
  get heap(): Uint8Array<ArrayBuffer> {
    if (this.#heap.length === 0) this.#look();
    return this.#heap;
  }

  /** Lua's memory in words of 4 bytes; as it is until Lua allocates. */
  get words(): Int32Array<ArrayBuffer> {
    if (this.#words.length === 0) this.#look();
    return this.#words;
  }

  /** Reads and writes numbers in Lua's memory; as it is until Lua allocates. */
  get view(): DataView<ArrayBuffer> {
    if (this.#heap.length === 0) this.#look();
    return this.#view;
  }

  /** Looks at the memory where it is now: it grew. */
  #look(): void {
    const buffer = this.#memory.buffer as ArrayBuffer;
    this.#heap = viewedBytes(buffer);
    this.#view = new DataView(buffer);
    this.#words = new Int32Array(buffer);
  }

  /**
   * Makes functions of JavaScript callable from Lua; once a machine.
   *
   * @returns their indices in Lua's table: first the functions, then the guards
   */
  connect({ isDue, pause, afterPause, functions, guards }: Connections): number[] {
    // TypeScript's library does not know it yet.
    const { Suspending, promising } = WebAssembly as unknown as StackSwitching;
    const glue = makeCallGlue(
      this.#exports,
      { isDue, pause: new Suspending(pause), afterPause },
      functions,
      guards,
    );
    const first = this.#table.grow(glue.functions.length + 1);
    glue.functions.forEach((each, i) => this.#table.set(first + i, each));
    this.#hook = first + glue.functions.length;
    this.#table.set(this.#hook, glue.hook);
    this.#status = glue.status;
    this.#run = promising(glue.run) as typeof this.run;
    return glue.functions.map((_, i) => first + i);
  }

  /**
   * Calls the function below so many arguments. `status` is -1 where it was suspended, and then the promise tells when it
   * is done; else it is done already.
   */
  run = (L: number, args: number, results: number, handler: number): Promise<void> => {
    this.#status.value = -1;
    return this.#run!(L, args, results, handler);
  };

  /** As `run`, but what it calls can never be suspended. */
  runThrough(L: number, args: number, results: number, handler: number): void {
    this.#status.value = this.api.lua_pcall(L, args, results, handler);
  }

  /**
   * Writes where the arguments of the running C function lie, start and end of each, into a table. Returns how many there
   * are, or -1 where one is no string: then `api` has to be asked.
   */
  stringArguments(L: number, table: Int32Array): number {
    const { words } = this;
    const base = words[(L >> 2) + BASE] >> 2;
    const count = (words[(L >> 2) + TOP] >> 2) - base;
    if (count >> 1 > table.length) return -1;
    let at = 0;
    for (let value = base; value < base + count; value += VALUE_WORDS) {
      if (words[value + VALUE_TYPE] !== STRING) return -1;
      const string = words[value];
      const start = string + STRING_BYTES;
      table[at++] = start;
      table[at++] = start + words[(string >> 2) + STRING_LENGTH];
    }
    return count >> 2;
  }

  /** Type of the value on top of the stack, which must not be empty. */
  typeOfTop(L: number): number {
    const { words } = this;
    return words[(words[(L >> 2) + TOP] >> 2) - VALUE_WORDS + VALUE_TYPE];
  }

  /** The number on top of the stack, which must be one. */
  numberOnTop(L: number): number {
    return this.view.getFloat64(this.words[(L >> 2) + TOP] - 4 * VALUE_WORDS, true);
  }

  /** Address of the string on top of the stack, which must be one; `stringEnd` tells where it ends. */
  stringOnTop(L: number): number {
    const { words } = this;
    return words[(words[(L >> 2) + TOP] >> 2) - VALUE_WORDS] + STRING_BYTES;
  }

  /** Where the string ends that begins at an address. */
  stringEnd(start: number): number {
    return start + this.words[((start - STRING_BYTES) >> 2) + STRING_LENGTH];
  }

  /** Whether the table at stack index `index` has room for so many elements, and never had anything else. */
  isPlainTable(L: number, index: number, elements: number): boolean {
    const { words } = this;
    const table = words[(words[(L >> 2) + BASE] >> 2) + (index - 1) * VALUE_WORDS] >> 2;
    return words[table + TABLE_ARRAY_SIZE] === elements && words[table + TABLE_NODES] === this.#noNodes &&
      words[table + TABLE_METATABLE] === 0;
  }

  /** Pops all but `count` values, of which there must be as many. */
  keep(L: number, count: number): void {
    const { words } = this;
    words[(L >> 2) + TOP] = words[(L >> 2) + BASE] + 4 * VALUE_WORDS * count;
  }

  /** Forgets the handler of errors of the innermost protected call: the next error goes past it. */
  forgetErrorHandler(L: number): void {
    this.words[(L >> 2) + ERROR_HANDLER] = 0;
  }

  /** How the last `run` ended. */
  get status(): number {
    return this.#status.value;
  }

  /** Has the hook called, or not any more (mask 0). */
  setHook(L: number, mask: number, count: number): void {
    this.api.lua_sethook(L, mask === 0 ? 0 : this.#hook, mask, count);
  }

  /** The index in Lua's table of the C function at a stack index. */
  functionIndex(L: number, index: number): number {
    // CClosure: header (6 bytes), isC, number of upvalues, gclist, env, f.
    return this.view.getInt32(this.api.lua_topointer(L, index) + 16, true);
  }

  /** Address of `size` bytes that strings come in through, until the next call. */
  scratch(size: number): number {
    if (size > this.#scratchSize) {
      const { api } = this;
      api.free(this.#scratch);
      this.#scratch = api.malloc(size);
      if (this.#scratch === 0) {
        this.#scratch = api.malloc(this.#scratchSize = 4096);
        throw new RangeError("Array buffer allocation failed");
      }
      this.#scratchSize = size;
    }
    return this.#scratch;
  }

  /** Gives up the memory of a large string that came in. */
  trim(): void {
    if (this.#scratchSize <= 65536) return;
    this.api.free(this.#scratch);
    this.#scratchSize = 4096;
    this.#scratch = this.api.malloc(this.#scratchSize);
  }

  /** Pushes a number. */
  pushNumber(L: number, value: number): void {
    const { words } = this;
    const top = words[(L >> 2) + TOP];
    this.view.setFloat64(top, value, true);
    words[(top >> 2) + VALUE_TYPE] = NUMBER;
    words[(L >> 2) + TOP] = top + 4 * VALUE_WORDS;
  }

  /** Pushes a string. */
  pushBytes(L: number, source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const at = this.scratch(length);
    copyBytes(source, start, this.heap, at, length);
    this.api.lua_pushlstring(L, at, length);
  }

  /** Pushes a byte string. */
  pushText(L: number, text: string): void {
    const at = this.scratch(text.length);
    const heap = this.heap;
    for (let i = 0; i < text.length; i++) heap[at + i] = text.charCodeAt(i);
    this.api.lua_pushlstring(L, at, text.length);
  }

  /** Address of a C string that stays: for names that are used again and again. */
  constant(text: string): number {
    let address = this.#constants.get(text);
    if (address === undefined) {
      address = this.api.malloc(text.length + 1);
      const heap = this.heap;
      for (let i = 0; i < text.length; i++) heap[address + i] = text.charCodeAt(i);
      heap[address + text.length] = 0;
      this.#constants.set(text, address);
    }
    return address;
  }

  /** Pushes a byte string that is used again and again. */
  pushConstant(L: number, text: string): void {
    this.api.lua_pushlstring(L, this.constant(text), text.length);
  }

  /** Address of the string at a stack index, 0: it is neither a string nor a number; `length` is set. */
  stringAt(L: number, index: number): number {
    return this.api.lua_tolstring(L, index, this.#lengthAt);
  }

  /** As `stringAt`, but raises an error of Lua's where argument `index` is no string. */
  checkString(L: number, index: number): number {
    return this.api.luaL_checklstring(L, index, this.#lengthAt);
  }

  /** Length of the string that was asked for last. */
  get length(): number {
    return this.view.getUint32(this.#lengthAt, true);
  }

  /** The string or number at a stack index as a byte string. */
  text(L: number, index: number): string {
    const at = this.stringAt(L, index);
    return at === 0 ? "" : byteString(this.heap, at, at + this.length);
  }

  /** The C string at an address as a byte string. */
  textAt(address: number): string {
    const { heap } = this;
    return byteString(heap, address, heap.indexOf(0, address));
  }

  /** Pushes the value of a table's field, without metamethods; the table is on top of the stack. Returns its type. */
  rawField(L: number, name: string): number {
    this.pushConstant(L, name);
    this.api.lua_rawget(L, -2);
    return this.api.lua_type(L, -1);
  }

  /** Pops values. */
  pop(L: number, count: number): void {
    this.api.lua_settop(L, -count - 1);
  }

  /** Raises an error with a message that says where, as `luaL_error` does. */
  fail(L: number, message: string): number {
    this.api.luaL_where(L, 1);
    const where = this.text(L, -1);
    this.pop(L, 1);
    this.pushText(L, where + message);
    return this.api.lua_error(L);
  }

  /** Raises an error about an argument. */
  failArgument(L: number, argument: number, message: string): number {
    return this.api.luaL_argerror(L, argument, this.constant(message));
  }

  /** Where the function at a level of the stack is, null: there is no such level. */
  place(L: number, level: number): LuaPlace | null {
    const { api } = this;
    if (api.lua_getstack(L, level, this.#debugAt) === 0) return null;
    api.lua_getinfo(L, this.constant("nSl"), this.#debugAt);
    const { view } = this;
    return {
      what: this.textAt(view.getUint32(this.#debugAt + DEBUG_WHAT, true)),
      source: this.textAt(view.getUint32(this.#debugAt + DEBUG_SOURCE, true)),
      line: view.getInt32(this.#debugAt + DEBUG_LINE, true),
    };
  }

  /** Compiles a chunk and pushes its function, or pushes the message why not; false then. */
  load(L: number, source: Uint8Array, name: string): boolean {
    const { api } = this;
    const at = this.scratch(source.length + 1);
    const { heap } = this;
    heap.set(source, at);
    // Where the parser is to see no bytecode, it gets no signature first: a blank is as good as nothing.
    const isBytecode = source[0] === 27;
    if (isBytecode) {
      heap.copyWithin(at + 1, at, at + source.length);
      heap[at] = 32;
    }
    // The parser keeps the name on no stack, so that a collection might free it: here it is held by one.
    this.pushConstant(L, name);
    const failed = api.luaL_loadbuffer(L, at, source.length + (isBytecode ? 1 : 0), this.constant(name));
    api.lua_remove(L, -2);
    return failed === 0;
  }

  /** Whether the function on top of the stack, which is no C function, or one that it makes, sets a global. */
  setsGlobals(L: number): boolean {
    return this.#prototypeSetsGlobals(
      this.words[(this.api.lua_topointer(L, -1) >> 2) + CLOSURE_PROTOTYPE] >> 2,
    );
  }

  #prototypeSetsGlobals(prototype: number): boolean {
    const { words } = this;
    const code = words[prototype + PROTOTYPE_CODE] >> 2;
    const codeEnd = code + words[prototype + PROTOTYPE_CODE_SIZE];
    // Some words are operands of the instruction before: they may look like one that sets a global, but hide none.
    for (let at = code; at < codeEnd; at++) if ((words[at] & OP_MASK) === OP_SETGLOBAL) return true;
    const within = words[prototype + PROTOTYPE_WITHIN] >> 2;
    for (let i = 0; i < words[prototype + PROTOTYPE_WITHIN_SIZE]; i++) {
      if (this.#prototypeSetsGlobals(words[within + i] >> 2)) return true;
    }
    return false;
  }

  /** Bytes that Lua's values take. */
  get used(): number {
    return this.api.lua_gc(this.state, GC_COUNT, 0) * 1024;
  }
}
