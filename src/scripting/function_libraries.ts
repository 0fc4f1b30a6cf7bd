/**
 * Libraries of functions: what FUNCTION loads, and FCALL calls by name.
 *
 * All libraries share one machine, which is not that of scripts. A library is what its code says: that is what is kept
 * in files, and from which it is made anew where its machine has broken down.
 *
 * @module
 */

import { byteString } from "../base/bytes.ts";
import {
  functionExists,
  LIBRARY_BAD_METADATA,
  LIBRARY_NAME_RULE,
  LIBRARY_NAME_TWICE,
  LIBRARY_NO_FUNCTIONS,
  LIBRARY_NO_METADATA,
  LIBRARY_NO_NAME,
  LIBRARY_NOT_FOUND,
  libraryCompileError,
  libraryExists,
  libraryLoadError,
  libraryMetadata,
  restoredLibraryExists,
  unknownEngine,
  WireError,
} from "../base/errors.ts";
import { splitArguments } from "../base/quoting.ts";
import { isFunctionName, type RegisteredFunction } from "./function_registration.ts";
import { LOAD_TIMEOUT, type LuaEngine } from "./lua_engine.ts";

/** A library. */
export interface FunctionLibrary {
  readonly name: string;
  /** Its text, first line included. */
  readonly code: Uint8Array;
  readonly functions: readonly RegisteredFunction[];
}

/** What becomes of the libraries that are there when others are restored. */
export type RestorePolicy = "flush" | "append" | "replace";

/** Bytes that a library and a function take besides their texts, about. */
const LIBRARY_OVERHEAD = 200, FUNCTION_OVERHEAD = 160;
/** Bytes of a machine's memory beyond which it is replaced if half of them are free: it cannot give any back. */
const KEPT_MEMORY = 64 * 1024 * 1024;

/** Libraries whose names, and those of their functions, are their own. */
class LibrarySet {
  readonly libraries = new Map<string, FunctionLibrary>();
  /** All functions by their names in lower case. */
  readonly functions = new Map<string, RegisteredFunction>();
  /** Bytes that texts and tables take. */
  bytes = 0;

  link(library: FunctionLibrary): void {
    this.libraries.set(library.name, library);
    for (const each of library.functions) {
      // Of those that differ by case alone the first counts.
      const name = each.name.toLowerCase();
      if (!this.functions.has(name)) this.functions.set(name, each);
    }
    this.bytes += bytesOfLibrary(library);
  }

  unlink(library: FunctionLibrary): void {
    this.libraries.delete(library.name);
    for (const { name } of library.functions) this.functions.delete(name.toLowerCase());
    this.bytes -= bytesOfLibrary(library);
  }

  /** @throws {WireError} where a function's name is taken */
  checkNames(library: FunctionLibrary): void {
    for (const { name } of library.functions) {
      if (this.functions.has(name.toLowerCase())) throw functionExists(name);
    }
  }
}

/** All libraries of a server. */
export class FunctionLibraries {
  readonly #makeEngine: () => LuaEngine;
  readonly #log: (text: string) => void;
  #set = new LibrarySet();
  /** The machine that has the functions; made when it is needed. */
  #engine: LuaEngine | null = null;
  /** Bytes that the machine had when it was last found to need most of them. */
  #needed = KEPT_MEMORY;

  /** `makeEngine` makes a machine, `log` tells of libraries that are lost. */
  constructor(makeEngine: () => LuaEngine, log: (text: string) => void) {
    this.#makeEngine = makeEngine;
    this.#log = log;
  }

  /** All libraries, in the order in which they were loaded. */
  list(): Iterable<FunctionLibrary> {
    return this.#set.libraries.values();
  }

  /** Number of libraries, and of functions. */
  get size(): { readonly libraries: number; readonly functions: number } {
    return { libraries: this.#set.libraries.size, functions: this.#set.functions.size };
  }

  /** Bytes that texts and tables take. */
  get bytes(): number {
    return this.#set.bytes;
  }

  /** Bytes that the machine takes. */
  get machineBytes(): number {
    return this.#engine?.machine.memory ?? 0;
  }

  /** The machine that has the functions. */
  get engine(): LuaEngine {
    return this.#engine ??= this.#makeEngine();
  }

  /** The function with a name, in any case; or undefined. */
  find(name: string): RegisteredFunction | undefined {
    return this.#set.functions.get(name.toLowerCase());
  }

  /**
   * Loads a library, and returns its name.
   *
   * @param timeout milliseconds that its code may take, 0: as long as it wants
   * @throws {WireError} where it cannot be loaded; then nothing has changed
   */
  load(
    code: Uint8Array,
    { replaces, timeout = LOAD_TIMEOUT }: { replaces: boolean; timeout?: number },
  ): string {
    try {
      return this.#create(this.#set, code, replaces, timeout).name;
    } finally {
      this.#tidy();
    }
  }

  /** Removes a library. @throws {WireError} where there is none with this name */
  delete(name: string): void {
    const library = this.#set.libraries.get(name);
    if (library === undefined) throw LIBRARY_NOT_FOUND;
    this.#set.unlink(library);
    this.#forget(library);
    this.#engine?.collect();
    this.#tidy();
  }

  /** Removes all libraries, and the machine with them. */
  flush(): void {
    this.#set = new LibrarySet();
    this.#giveUp();
  }

  /**
   * Loads libraries together.
   *
   * @throws {WireError} where one of them cannot be loaded; then nothing has changed
   */
  restore(codes: readonly Uint8Array[], policy: RestorePolicy): void {
    const set = this.#set;
    const restored = new LibrarySet();
    try {
      for (const code of codes) this.#create(restored, code, false, LOAD_TIMEOUT);
      let replaced: Iterable<FunctionLibrary> = set.libraries.values();
      if (policy === "flush") this.#set = restored;
      else replaced = this.#join(set, restored, policy === "replace");
      for (const library of replaced) this.#forget(library);
      this.#engine?.collect();
    } catch (error) {
      for (const library of restored.libraries.values()) this.#forget(library);
      throw error;
    } finally {
      this.#tidy();
    }
  }

  /** Adds libraries to a set, and returns those in whose place they come. @throws {WireError} then nothing has changed */
  #join(set: LibrarySet, added: LibrarySet, replaces: boolean): FunctionLibrary[] {
    const old: FunctionLibrary[] = [];
    for (const name of added.libraries.keys()) {
      const library = set.libraries.get(name);
      if (library === undefined) continue;
      if (!replaces) throw restoredLibraryExists(name);
      old.push(library);
    }
    for (const library of old) set.unlink(library);
    try {
      for (const library of added.libraries.values()) set.checkNames(library);
    } catch (error) {
      for (const library of old) set.link(library);
      throw error;
    }
    for (const library of added.libraries.values()) set.link(library);
    return old;
  }

  /** Makes a library and adds it to a set. @throws {WireError} where that fails; then the set is as it was */
  #create(set: LibrarySet, code: Uint8Array, replaces: boolean, timeout: number): FunctionLibrary {
    const { name, start } = parseLibrary(code);
    const old = set.libraries.get(name);
    if (old !== undefined && !replaces) throw libraryExists(name);
    const functions = this.#run(code, start, timeout);
    const library = { name, code: code.slice(), functions };
    if (old !== undefined) set.unlink(old);
    try {
      if (functions.length === 0) throw LIBRARY_NO_FUNCTIONS;
      set.checkNames(library);
    } catch (error) {
      this.#forget(library);
      if (old !== undefined) set.link(old);
      throw error;
    }
    set.link(library);
    if (old !== undefined) this.#forget(old);
    return library;
  }

  /** Runs a library's code from byte `start` on, and returns the functions that it registers. @throws {WireError} */
  #run(code: Uint8Array, start: number, timeout: number): RegisteredFunction[] {
    const { engine } = this;
    const reference = engine.compile(code.subarray(start), "@user_function");
    if (typeof reference === "string") throw libraryCompileError(reference);
    try {
      const functions = engine.loadLibrary(reference, timeout);
      if (typeof functions === "string") throw libraryLoadError(functions);
      return functions;
    } finally {
      if (!engine.broken) engine.forget(reference);
    }
  }

  #forget({ functions }: FunctionLibrary): void {
    if (this.#engine?.broken !== false) return;
    for (const { reference } of functions) this.#engine.forget(reference);
  }

  /** Called when a function is done. */
  ran(): void {
    if (this.#engine?.broken || this.machineBytes > this.#needed) this.#tidy();
  }

  /** Gives the machine up where nothing needs it, where it has broken down, or where it holds much more than it uses. */
  #tidy(): void {
    const engine = this.#engine;
    if (engine === null) return;
    if (this.#set.libraries.size === 0) {
      this.#giveUp();
    } else if (engine.broken) {
      this.#renew();
    } else if (engine.machine.memory > KEPT_MEMORY) {
      engine.collect();
      const { memory, used } = engine.machine;
      if (used < memory / 2) this.#renew();
      else this.#needed = memory;
    }
  }

  #giveUp(): void {
    this.#engine = null;
    this.#needed = KEPT_MEMORY;
  }

  /** Loads all libraries into a new machine. */
  #renew(): void {
    const libraries = [...this.#set.libraries.values()];
    const reset = () => {
      this.#set = new LibrarySet();
      this.#giveUp();
    };
    reset();
    for (let i = 0; i < libraries.length;) {
      try {
        // It has been loaded before, so it comes to an end.
        this.#create(this.#set, libraries[i].code, false, 0);
        i++;
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.#log(
          `The library ${libraries[i].name} is lost, as it could not be loaded anew: ${error.message}`,
        );
        libraries.splice(i, 1);
        if (!this.engine.broken) continue;
        reset();
        i = 0;
      }
    }
  }
}

function bytesOfLibrary({ name, code, functions }: FunctionLibrary): number {
  let bytes = LIBRARY_OVERHEAD + name.length + code.length;
  for (const { name, description } of functions) {
    bytes += FUNCTION_OVERHEAD + name.length + (description?.length ?? 0);
  }
  return bytes;
}

/**
 * What the first line of a library says, `#!lua name=mylib`, and where the rest begins, its line break included: so that
 * lines are counted.
 *
 * @throws {WireError} where it makes no sense
 */
function parseLibrary(code: Uint8Array): { name: string; start: number } {
  if (code[0] !== 35 || code[1] !== 33) throw LIBRARY_NO_METADATA;
  const start = code.indexOf(10);
  const nul = code.indexOf(0);
  if (start < 0 || (nul >= 0 && nul < start)) throw LIBRARY_BAD_METADATA;
  const words = splitArguments(byteString(code, 0, start));
  if (words === undefined || words.length === 0) throw LIBRARY_BAD_METADATA;
  const [engine, ...options] = words;
  let name: string | null = null;
  for (const option of options) {
    if (option.slice(0, 5).toLowerCase() !== "name=") throw libraryMetadata(option);
    if (name !== null) throw LIBRARY_NAME_TWICE;
    name = option.slice(5);
  }
  if (name === null) throw LIBRARY_NO_NAME;
  if (!isFunctionName(name)) throw new WireError(`ERR ${LIBRARY_NAME_RULE}`);
  if (engine.toLowerCase() !== "#!lua") throw unknownEngine(engine.slice(2));
  return { name, start };
}
