/**
 * What a configuration directive is: the vocabulary that the table in `config.ts` is written in.
 *
 * A directive reads its arguments into a {@linkcode Setting}: the value as code uses it, and the text that CONFIG GET
 * prints. Directives with lists of things are in `directive_lists.ts`. All text is byte strings.
 *
 * @module
 */

import { bytesOf } from "./bytes.ts";
import { parseInt64 } from "./numbers.ts";
import { quoteArgument } from "./quoting.ts";

/** The largest C `int`, the usual upper bound of a number in redis.conf. */
export const INT_MAX = 2_147_483_647;
/** The smallest C `int`. */
export const INT_MIN = -2_147_483_648;
/** The largest C `unsigned int`. */
export const UINT_MAX = 4_294_967_295;
/** The largest signed 64-bit number. */
export const LONG_MAX = 9_223_372_036_854_775_807n;
/** The largest unsigned 64-bit number. */
export const ULONG_MAX = 18_446_744_073_709_551_615n;

/** A value as it was read: as code uses it, and as CONFIG GET prints it (exact where a number is over 2^53). */
export interface Setting<T> {
  readonly value: T;
  readonly text: string;
}

/** One line that CONFIG REWRITE writes for a directive. */
export interface RewriteLine {
  /** What follows the directive's name. */
  readonly arguments: string;
  /** Whether the line is added where the file does not mention the directive yet. */
  readonly force: boolean;
}

/** What can be said of any directive. */
export interface DirectiveTraits {
  /** What it is for, in one line. */
  readonly about: string;
  /** An older name that works everywhere too. */
  readonly alias?: string;
  /** Cannot be changed by CONFIG SET. */
  readonly immutable?: boolean;
  /** CONFIG SET takes it only as `enable-protected-configs` says. */
  readonly protected?: boolean;
  /** CONFIG SET does not take it while the dataset is being loaded. */
  readonly refusedWhileLoading?: boolean;
  /** CONFIG GET shows it only when it is asked for by its whole name. */
  readonly hidden?: boolean;
  /** Names files: CONFIG SET applies it even where it stays the same, as what is in them may not. */
  readonly namesFiles?: boolean;
  /** Holds a secret, which MONITOR and the slow log must not show. */
  readonly sensitive?: boolean;
  /** Why nothing reads it; it is accepted, and shown by CONFIG GET, so that configurations for Redis work. */
  readonly noEffect?: string;
}

/** What kind of arguments a directive takes. */
export type DirectiveKind = "yes-no" | "integer" | "memory" | "enum" | "string" | "list" | "directory";

/** One directive of the configuration, with values of type `T`. */
export interface Directive<T> extends DirectiveTraits {
  readonly kind: DirectiveKind;
  /** The value that it has unless told, as redis.conf would have it. */
  readonly default: string;
  /** That value, read. */
  readonly initial: Setting<T>;
  /** Whether it takes any number of arguments; otherwise it takes one. */
  readonly several: boolean;
  /** Whether its lines in a file add up; otherwise the last one wins. */
  readonly accumulates: boolean;
  /** Reads arguments; `previous` is the value so far. Throws {@linkcode Refusal}. */
  read(words: readonly string[], previous: T): Setting<T>;
  /** The lines that CONFIG REWRITE writes; none removes the directive from the file. */
  rewrite(setting: Setting<T>): readonly RewriteLine[];
}

/** Thrown where a directive does not take an argument. */
export class Refusal {
  /** Redis's own words. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** What distinguishes one type of directive from another; see {@linkcode defineDirective}. */
export interface DirectiveBehaviour<T> {
  readonly kind: DirectiveKind;
  readonly several?: boolean;
  readonly accumulates?: boolean;
  /** The value that the default is read on top of, for directives whose arguments change a part of the value. */
  readonly base?: T;
  read(words: readonly string[], previous: T): Setting<T>;
  /** Without it the text of CONFIG GET is written, and added to the file where it is not the default. */
  rewrite?(setting: Setting<T>, initial: Setting<T>): readonly RewriteLine[];
}

/** Makes a directive; the constructors below are what `config.ts` uses. */
export function defineDirective<T>(
  traits: DirectiveTraits & { default: string },
  behaviour: DirectiveBehaviour<T>,
): Directive<T> {
  const several = behaviour.several ?? false;
  const words = several ? traits.default.split(" ") : [traits.default];
  // Only directives with a base look at the previous value.
  const initial = behaviour.read(words, behaviour.base as T);
  return {
    ...traits,
    kind: behaviour.kind,
    initial,
    several,
    accumulates: behaviour.accumulates ?? false,
    read: (words, previous) => behaviour.read(words, previous),
    rewrite(setting) {
      if (behaviour.rewrite !== undefined) return behaviour.rewrite(setting, initial);
      return [{ arguments: setting.text, force: setting.text !== initial.text }];
    },
  };
}

/** `yes` or `no`. */
export function yesNo(initial: "yes" | "no", traits: DirectiveTraits): Directive<boolean> {
  return defineDirective({ ...traits, default: initial }, {
    kind: "yes-no",
    read([word]) {
      const text = word.toLowerCase();
      if (text !== "yes" && text !== "no") throw new Refusal("argument must be 'yes' or 'no'");
      return { value: text === "yes", text };
    },
  });
}

/** Bounds of a number, inclusive. */
export interface Range {
  /** 0 unless told. */
  readonly min?: number | bigint;
  readonly max?: number | bigint;
}

/** A whole number, up to {@linkcode INT_MAX} unless told. Those over 2^53 lose digits as values, not as text. */
export function integer(
  initial: number,
  options: DirectiveTraits & Range & {
    /** Numbers outside of these bounds are accepted and brought inside. */
    readonly clamp?: readonly [low: number, high: number];
  },
): Directive<number> {
  const { min = 0, max = INT_MAX, clamp, ...traits } = options;
  return defineDirective({ ...traits, default: String(initial) }, {
    kind: "integer",
    read([word]) {
      const number = parseStrictInt64(word);
      if (number === undefined) throw new Refusal("argument couldn't be parsed into an integer");
      checkRange(number, min, max);
      if (clamp === undefined) return { value: Number(number), text: String(number) };
      const value = Math.min(Math.max(Number(number), clamp[0]), clamp[1]);
      return { value, text: String(value) };
    },
  });
}

/** File permissions in octal digits, as chmod takes them. */
export function fileMode(initial: string, traits: DirectiveTraits): Directive<number> {
  return defineDirective({ ...traits, default: initial }, {
    kind: "integer",
    read([word]) {
      if (!/^([ \t-\r]*[+-]?[0-7]+)?$/.test(word)) {
        throw new Refusal("argument couldn't be parsed as an octal number");
      }
      const value = parseInt(word || "0", 8);
      if (!(value >= 0 && value <= 0o777)) throw new Refusal("argument must be between 0 and 777 inclusive");
      return { value, text: value.toString(8) };
    },
  });
}

/** A number of bytes: `100`, `1k` (1000), `1kb` (1024), `1m`, `1mb`, `1g`, `1gb`; up to 2^63 - 1 unless told. */
export function memory(initial: string, options: DirectiveTraits & MemoryRange): Directive<number> {
  const { min = "0", max = LONG_MAX, raiseTo = "0", ...traits } = options;
  const lowest = parseMemory(min) ?? 0n;
  const floor = parseMemory(raiseTo) ?? 0n;
  return defineDirective({ ...traits, default: initial }, {
    kind: "memory",
    read([word]) {
      const bytes = parseMemory(word);
      if (bytes === undefined) throw new Refusal("argument must be a memory value");
      checkRange(bytes, lowest, max);
      const kept = bytes < floor ? floor : bytes;
      return { value: Number(kept), text: String(kept) };
    },
    rewrite: (setting, initial) => [rewriteMemory(setting, initial)],
  });
}

/** Bounds of a number of bytes, inclusive. */
export interface MemoryRange {
  /** As in redis.conf; 0 unless told. */
  readonly min?: string;
  readonly max?: bigint;
  /** Less than this is accepted and becomes this. */
  readonly raiseTo?: string;
}

/** A number of bytes, or a part of something else. */
export type MemoryOrPercent = { readonly bytes: number } | { readonly percent: number };

/** A number of bytes as {@linkcode memory}, or `1%` to `100%` of something that the directive names. */
export function memoryOrPercent(initial: string, traits: DirectiveTraits): Directive<MemoryOrPercent> {
  return defineDirective<MemoryOrPercent>({ ...traits, default: initial }, {
    kind: "memory",
    read([word]) {
      const bytes = parseMemory(word);
      if (bytes !== undefined) {
        // Redis keeps percentages as negative numbers, and what is too large wraps around to one.
        const signed = BigInt.asIntN(64, bytes);
        checkRange(signed, -100n, LONG_MAX);
        if (signed < 0n) return { value: { percent: Number(-signed) }, text: `${-signed}%` };
        return { value: { bytes: Number(signed) }, text: String(signed) };
      }
      const percent = word.endsWith("%") ? parseStrictInt64(word.slice(0, -1)) : undefined;
      if (percent === undefined || percent < 0n) {
        throw new Refusal("argument must be a memory or percent value");
      }
      if (percent > 100n) throw new Refusal("percentage argument must be less or equal to 100");
      if (percent === 0n) return { value: { bytes: 0 }, text: "0" };
      return { value: { percent: Number(percent) }, text: `${percent}%` };
    },
    rewrite(setting, initial) {
      if ("bytes" in setting.value) return [rewriteMemory(setting, initial)];
      return [{ arguments: setting.text, force: setting.text !== initial.text }];
    },
  });
}

/** One of several words. */
export function oneOf<const V extends string>(
  initial: NoInfer<V>,
  options: DirectiveTraits & {
    /** In the order in which the error text lists them. */
    readonly values: readonly V[];
    /** Further values, which are not listed: Redis 7.0 has no such ones. */
    readonly newer?: readonly V[];
    /** Words that mean the same as another: that other is what the value becomes. */
    readonly synonyms?: Readonly<Record<string, V>>;
  },
): Directive<V> {
  const { values, newer = [], synonyms = {}, ...traits } = options;
  return defineDirective<V>({ ...traits, default: initial }, {
    kind: "enum",
    read([word]) {
      const value = newer.find((one) => one === word.toLowerCase()) ?? findWord(word, values);
      const text = synonyms[value] ?? value;
      return { value: text, text };
    },
  });
}

/** Any of several words together, or the word `default` for none of them. */
export function anyOf<const V extends string>(
  initial: "default",
  options: DirectiveTraits & {
    /** In the order in which they are printed. */
    readonly values: readonly V[];
    /** Two that exclude each other, and what to say to someone who gives both. */
    readonly conflict?: { readonly between: readonly [V, V]; readonly reason: string };
  },
): Directive<readonly V[]> {
  const { values, conflict, ...traits } = options;
  return defineDirective<readonly V[]>({ ...traits, default: initial }, {
    kind: "enum",
    several: true,
    read(words) {
      const found = new Set(words.map((word) => findWord(word, [initial, ...values])));
      if (conflict?.between.every((value) => found.has(value))) throw new Refusal(conflict.reason);
      const value = values.filter((value) => found.has(value));
      return { value, text: value.length === 0 ? initial : value.join(" ") };
    },
  });
}

/** Any text; where `check` finds fault with it, it returns the reason. */
export function text(initial: string, options: DirectiveTraits & TextOptions): Directive<string> {
  const { check, unsetWhenEmpty = false, ...traits } = options;
  return defineDirective({ ...traits, default: initial }, {
    kind: "string",
    read([word]) {
      const fault = check?.(word);
      if (fault !== undefined) throw new Refusal(fault);
      return { value: word, text: word };
    },
    rewrite(setting, initial) {
      if (unsetWhenEmpty && setting.text === "") return [];
      return [{ arguments: quoteArgument(setting.text), force: setting.text !== initial.text }];
    },
  });
}

/** Options of {@linkcode text}. */
export interface TextOptions {
  /** What is wrong with a value, if anything. */
  readonly check?: (value: string) => string | undefined;
  /** The empty text means that there is no value: CONFIG REWRITE then removes the directive from the file. */
  readonly unsetWhenEmpty?: boolean;
}

/** A directory; whoever holds the configuration makes it absolute and checks that it exists. */
export function directory(initial: string, traits: DirectiveTraits): Directive<string> {
  return defineDirective({ ...traits, default: initial }, {
    kind: "directory",
    read: ([word]) => ({ value: word, text: word }),
    rewrite: (setting) => [{ arguments: quoteArgument(setting.text), force: true }],
  });
}

/** The number in `text` as Redis reads numbers strictly: no sign but `-`, no zeros in front. */
function parseStrictInt64(text: string): bigint | undefined {
  return parseInt64(bytesOf(text), 0, text.length) ?? undefined;
}

/** The number in `text` as C's `strtoll` reads it: white space in front, a sign, too large ones cut to 64 bits. */
export function parseLooseInt64(text: string): bigint | undefined {
  if (text === "") return 0n;
  const digits = /^[ \t-\r]*([+-]?[0-9]+)$/.exec(text)?.[1];
  if (digits === undefined) return undefined;
  const number = BigInt(digits.replace("+", ""));
  return number > LONG_MAX ? LONG_MAX : number < -LONG_MAX - 1n ? -LONG_MAX - 1n : number;
}

const UNITS: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};

/** The number of bytes in a text such as `100mb`, if it is one; as Redis, it wraps around at 2^64. */
export function parseMemory(text: string): bigint | undefined {
  const match = /^([0-9]{0,127})([a-z]*)$/i.exec(text);
  const unit = match === null ? undefined : UNITS[match[2].toLowerCase()];
  if (match === null || unit === undefined) return undefined;
  const digits = BigInt(match[1]);
  return BigInt.asUintN(64, (digits > ULONG_MAX ? ULONG_MAX : digits) * unit);
}

/** A number of bytes as redis.conf has it: in the largest of gb, mb and kb that divides it. */
export function formatMemory(bytes: bigint): string {
  for (const unit of ["gb", "mb", "kb"]) {
    if (bytes !== 0n && bytes % UNITS[unit] === 0n) return `${bytes / UNITS[unit]}${unit}`;
  }
  return String(bytes);
}

function rewriteMemory(setting: Setting<unknown>, initial: Setting<unknown>): RewriteLine {
  return { arguments: formatMemory(BigInt(setting.text)), force: setting.text !== initial.text };
}

function checkRange(number: bigint, min: number | bigint, max: number | bigint): void {
  if (number < BigInt(min) || number > BigInt(max)) {
    throw new Refusal(`argument must be between ${min} and ${max} inclusive`);
  }
}

function findWord<V extends string>(word: string, values: readonly V[]): V {
  const lower = word.toLowerCase();
  const found = values.find((value) => value === lower);
  if (found === undefined) {
    throw new Refusal(`argument(s) must be one of the following: ${values.join(", ")}`);
  }
  return found;
}
