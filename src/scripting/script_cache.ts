/**
 * Scripts that clients have sent, by the hash of their text.
 *
 * @module
 */

import { bytesOf, byteString } from "../base/bytes.ts";
import { compileError, WireError } from "../base/errors.ts";
import { sameBytes, viewedBytes } from "../memory/copy_bytes.ts";
import { roomFor } from "../memory/headroom.ts";
import type { LuaEngine } from "./lua_engine.ts";
import { sha1 } from "./redis_library.ts";
import type { ScriptFlags } from "./script_run.ts";

/** A script. */
export interface Script {
  /** SHA-1 of the text, 40 hexadecimal digits in lower case. */
  readonly sha: string;
  /** The same as bytes. */
  readonly shaBytes: Uint8Array<ArrayBuffer>;
  readonly text: Uint8Array;
  /** What its shebang line says; null where it has none: then it may do what scripts always might. */
  readonly flags: ScriptFlags | null;
  /** Whether it cannot run for long. */
  readonly isBrief: boolean;
  /** Whether it has run. */
  hasRun: boolean;
  /** The compiled function. */
  reference: number;
  /** The machine that has it. */
  engine: LuaEngine;
}

/**
 * What a script needs to run for long: a loop, a function that could call itself, or code that is not seen here. Without
 * any of these words each of its instructions runs once at most.
 */
const MAY_LAST = /\b(?:while|for|repeat|function|load\w*|coroutine|_G)\b/;

/** Bytes that a script takes besides its text, about. */
const OVERHEAD = 160;

/** The scripts of one machine. */
export class ScriptCache {
  readonly #scripts = new Map<string, Script>();
  /** The first 28 bits of hashes, by which a script is found without making a string; those that clash are not there. */
  readonly #quick = new Map<number, Script>();
  /** The one that was found last, which is often the next one, too. */
  #last: Script | null = null;
  /** Bytes that the scripts take. */
  bytes = 0;

  /** Number of scripts. */
  get size(): number {
    return this.#scripts.size;
  }

  /** Forgets all scripts. */
  clear(): void {
    this.#scripts.clear();
    this.#quick.clear();
    this.#last = null;
    this.bytes = 0;
  }

  /** The script with the hash `bytes[start, end)`, in any case; or undefined. */
  find(bytes: Uint8Array, start: number, end: number): Script | undefined {
    if (end - start !== 40) return undefined;
    const last = this.#last;
    if (last !== null && sameBytes(bytes, start, last.shaBytes, 0, 40)) return last;
    let quick = 0;
    for (let i = start; i < start + 7; i++) {
      quick = (quick << 4) | (bytes[i] <= 57 ? bytes[i] & 15 : (bytes[i] + 9) & 15);
    }
    const script = this.#quick.get(quick);
    if (script !== undefined && sameBytes(bytes, start, script.shaBytes, 0, 40)) return this.#last = script;
    return this.#scripts.get(byteString(bytes, start, end).toLowerCase());
  }

  /** Whether there is a script with this hash. */
  has(sha: string): boolean {
    return this.#scripts.has(sha.toLowerCase());
  }

  /**
   * The script with this text, compiled.
   *
   * @throws {WireError} where it cannot be
   */
  add(text: Uint8Array, engine: () => LuaEngine): Script {
    const sha = sha1(text);
    const known = this.#scripts.get(sha);
    if (known !== undefined) return known;
    // The copy that is kept, and two texts for a while.
    roomFor(3 * text.length);
    const { flags, start } = parseShebang(text);
    const owner = engine();
    const shaBytes = viewedBytes(40);
    shaBytes.set(bytesOf(sha));
    const script: Script = {
      sha,
      shaBytes,
      text: text.slice(),
      flags,
      isBrief: !MAY_LAST.test(byteString(text)),
      hasRun: false,
      reference: compile(text, start, owner),
      engine: owner,
    };
    this.#scripts.set(sha, script);
    const quick = parseInt(sha.slice(0, 7), 16);
    if (!this.#quick.has(quick)) this.#quick.set(quick, script);
    this.bytes += text.length + OVERHEAD;
    return script;
  }

  /** The compiled function of a script in a machine, which may be another than before. */
  referenceIn(script: Script, engine: LuaEngine): number {
    if (script.engine !== engine) {
      script.reference = compile(script.text, parseShebang(script.text).start, engine);
      script.engine = engine;
    }
    return script.reference;
  }
}

/** Compiles a script from byte `start` on, where its shebang line ends. */
function compile(text: Uint8Array, start: number, engine: LuaEngine): number {
  const reference = engine.compile(text.subarray(start), "@user_script");
  if (typeof reference === "string") throw compileError(reference);
  return reference;
}

const FLAG_NAMES: Readonly<Record<string, keyof ScriptFlags>> = {
  "no-writes": "noWrites",
  "allow-oom": "allowOom",
  "allow-stale": "allowStale",
  "no-cluster": "noCluster",
  "allow-cross-slot-keys": "allowCrossSlotKeys",
};

/** Flags of which none is set. */
export const NO_FLAGS: ScriptFlags = {
  ...{ noWrites: false, allowOom: false, allowStale: false, noCluster: false, allowCrossSlotKeys: false },
};

/** The flags with these names; the first that there is not is returned instead. */
export function flagsOf(names: readonly string[]): ScriptFlags | string {
  const flags: { -readonly [K in keyof ScriptFlags]: boolean } = { ...NO_FLAGS };
  for (const name of names) {
    if (!Object.hasOwn(FLAG_NAMES, name)) return name;
    flags[FLAG_NAMES[name]] = true;
  }
  return flags;
}

/** The names of flags that are set, in Redis's order. */
export function namesOfFlags(flags: ScriptFlags): string[] {
  return Object.entries(FLAG_NAMES).filter(([, key]) => flags[key]).map(([name]) => name);
}

/**
 * What the first line of a script says, and where the rest begins, its line break included: so that lines are counted.
 *
 * @throws {WireError} where it makes no sense
 */
export function parseShebang(text: Uint8Array): { flags: ScriptFlags | null; start: number } {
  if (text[0] !== 35 || text[1] !== 33) return { flags: null, start: 0 };
  const start = text.indexOf(10);
  if (start < 0) throw new WireError("ERR Invalid script shebang");
  const [engine, ...options] = byteString(text, 0, start).split(/\s+/).filter((word) => word !== "");
  if (engine !== "#!lua") throw new WireError(`ERR Unexpected engine in script shebang: ${engine}`);
  let flags = NO_FLAGS;
  for (const option of options) {
    if (!option.startsWith("flags=")) throw new WireError(`ERR Unknown lua shebang option: ${option}`);
    const names = option.slice(6);
    const parsed = flagsOf(names === "" ? [] : names.split(","));
    if (typeof parsed === "string") throw new WireError(`ERR Unexpected flag in script shebang: ${parsed}`);
    flags = merge(flags, parsed);
  }
  return { flags, start };
}

function merge(a: ScriptFlags, b: ScriptFlags): ScriptFlags {
  return {
    noWrites: a.noWrites || b.noWrites,
    allowOom: a.allowOom || b.allowOom,
    allowStale: a.allowStale || b.allowStale,
    noCluster: a.noCluster || b.noCluster,
    allowCrossSlotKeys: a.allowCrossSlotKeys || b.allowCrossSlotKeys,
  };
}
