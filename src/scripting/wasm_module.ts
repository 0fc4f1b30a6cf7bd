/**
 * Writes small WebAssembly modules: just enough of the binary format for the few functions that must not be JavaScript
 * (see `lua_glue.ts`).
 *
 * @module
 */

/** Value type i32. */
export const I32 = 0x7f;

/** Instructions. */
export const OP = {
  if: 0x04,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  end: 0x0b,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalSet: 0x24,
  load8: 0x2d,
  const: 0x41,
  isZero: 0x45,
  equal: 0x46,
  greaterOrEqual: 0x4e,
  and: 0x71,
} as const;

/** Block type of a block without a result. */
export const NO_RESULT = 0x40;

const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

/** An unsigned number in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return bytes;
}

/** The instruction that pushes a constant of less than 2^30. */
export function constant(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    if (value === 0 && (low & 0x40) === 0) return [OP.const, ...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** Collects the parts of a module. All imports come before all functions. */
export class WasmModule {
  readonly #types: number[][] = [];
  readonly #imports: number[][] = [];
  readonly #functions: { type: number; body: number[] }[] = [];
  readonly #exports: number[][] = [];
  readonly #tables: number[][] = [];
  readonly #tags: number[][] = [];
  readonly #globals: number[][] = [];
  #importedFunctions = 0;

  /** The index of the type of functions that take so many i32 and return so many. */
  type(parameters: number, results: number): number {
    const type = [0x60, parameters, ...Array(parameters).fill(I32), results, ...Array(results).fill(I32)];
    const index = this.#types.findIndex((known) => known.join() === type.join());
    return index >= 0 ? index : this.#types.push(type) - 1;
  }

  /** Imports a function, and returns its index. */
  importFunction(name: string, type: number): number {
    this.#import(name, [KIND.function, ...unsigned(type)]);
    return this.#importedFunctions++;
  }

  /** Imports the table of functions; it becomes table 0. */
  importTable(name: string): void {
    this.#import(name, [KIND.table, 0x70, 0, 0]);
  }

  /** Imports the memory. */
  importMemory(name: string): void {
    this.#import(name, [KIND.memory, 0, 0]);
  }

  #import(name: string, description: number[]): void {
    this.#imports.push([...text("env"), ...text(name), ...description]);
  }

  /** Makes a table of functions with room for `size`, exports it, and returns its index. */
  table(name: string, size: number): void {
    this.#exports.push([...text(name), KIND.table, this.#tables.length]);
    this.#tables.push([0x70, 0, ...unsigned(size)]);
  }

  /** Makes a tag of exceptions that carry nothing, and returns its index. */
  tag(): number {
    return this.#tags.push([0, this.type(0, 0)]) - 1;
  }

  /** Makes a variable of type i32, exports it, and returns its index. */
  global(name: string): number {
    this.#exports.push([...text(name), KIND.global, this.#globals.length]);
    return this.#globals.push([I32, 1, ...constant(0), OP.end]) - 1;
  }

  /** Adds a function with so many i32 locals besides its parameters, exports it, and returns its index. */
  function(name: string, type: number, locals: number, code: readonly number[]): number {
    const declared = locals === 0 ? [0] : [1, ...unsigned(locals), I32];
    const index = this.#importedFunctions + this.#functions.length;
    this.#functions.push({ type, body: [...declared, ...code, OP.end] });
    this.exportFunction(name, index);
    return index;
  }

  /** Exports a function, which may also be an imported one. */
  exportFunction(name: string, index: number): void {
    this.#exports.push([...text(name), KIND.function, ...unsigned(index)]);
  }

  /** The module, compiled. */
  compile(): WebAssembly.Module {
    const bytes = [
      ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      ...section(1, this.#types),
      ...section(2, this.#imports),
      ...section(3, this.#functions.map(({ type }) => unsigned(type))),
      ...section(4, this.#tables),
      ...section(13, this.#tags),
      ...section(6, this.#globals),
      ...section(7, this.#exports),
      ...section(10, this.#functions.map(({ body }) => [...unsigned(body.length), ...body])),
    ];
    return new WebAssembly.Module(new Uint8Array(bytes));
  }
}

function section(id: number, items: readonly number[][]): number[] {
  if (items.length === 0) return [];
  const content = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(content.length), ...content];
}

function text(value: string): number[] {
  return [...unsigned(value.length), ...Array.from(value, (char) => char.charCodeAt(0))];
}
