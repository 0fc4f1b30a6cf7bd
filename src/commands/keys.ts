/**
 * Where the keys are among a request's arguments: what COMMAND GETKEYS tells, and what permissions on keys and the
 * routing of a cluster go by.
 *
 * @module
 */

import { parseInteger } from "../base/numbers.ts";
import type { Args } from "../resp/args.ts";
import type { CommandDefinition, KeyFlag, KeySpecification } from "./define.ts";
import type { Command } from "./table.ts";

/** Finds keys of its own command where the specifications do not tell all of it. */
type KeyFinder = (args: Args, first: number, keys: RequestKeys) => void;

/**
 * Commands whose key specifications are flagged `variable_flags` or `incomplete`, or are unknown: what their keys are
 * depends on their options.
 */
const finders: ReadonlyMap<string, KeyFinder> = new Map([
  ["set", findKeysOfSet],
  ["bitfield", findKeysOfBitfield],
  ["sort", findKeysOfSort],
  ["sort_ro", findKeysOfSortRo],
]);

/** The keys of a request. Made once and filled for one request after the other, so that it leaves no garbage. */
export class RequestKeys {
  /** Number of keys found. */
  count = 0;
  readonly #includesNotKeys: boolean;
  #positions = new Int32Array(16);
  readonly #flags: (readonly KeyFlag[])[] = [];

  /** @param includesNotKeys whether arguments that are only routed like keys (`not_key`: shard channels) count too */
  constructor(includesNotKeys = false) {
    this.#includesNotKeys = includesNotKeys;
  }

  /** Which argument the key `i` is. */
  position(i: number): number {
    return this.#positions[i];
  }

  /** What the command does with the key `i`. */
  flags(i: number): readonly KeyFlag[] {
    return this.#flags[i];
  }

  /**
   * Finds the keys of the request whose command's name is argument `first`, and returns how many there are. None are
   * found, either, where the arguments do not make sense: then the command itself has to say what is wrong.
   */
  find(command: Command, args: Args, first = 0): number {
    this.count = 0;
    const specifications = command.definition.keys;
    for (let i = 0; i < specifications.length; i++) {
      const specification = specifications[i];
      const { flags } = specification;
      if (flags.includes("not_key") && !this.#includesNotKeys) continue;
      if (flags.includes("variable_flags") || !this.#follow(specification, args, first)) {
        this.count = 0;
        finders.get(command.fullName)?.(args, first, this);
        break;
      }
    }
    return this.count;
  }

  /** Adds a key. */
  add(position: number, flags: readonly KeyFlag[]): void {
    if (this.count === this.#positions.length) {
      const grown = new Int32Array(this.count * 2);
      grown.set(this.#positions);
      this.#positions = grown;
    }
    this.#positions[this.count] = position;
    this.#flags[this.count] = flags;
    this.count++;
  }

  /** Adds the keys of a specification; false where it cannot be followed to its end. */
  #follow(specification: KeySpecification, args: Args, first: number): boolean {
    const { begin, find, flags } = specification;
    if (begin.type === "unknown" || find.type === "unknown") return false;
    let at = begin.type === "index"
      ? first + begin.index
      : afterKeyword(args, first, begin.keyword, begin.from);
    if (at < 0) return true;
    let last: number;
    if (find.type === "numkeys") {
      const number = at + find.numkeys;
      if (number >= args.count) return false;
      const count = parseInteger(args.bytes, args.start(number), args.end(number));
      // NaN, too, is not over 0.
      if (!(count > 0)) return false;
      at += find.first;
      last = at + count - 1;
    } else if (find.last >= 0) {
      last = at + find.last;
    } else if (find.limit === 0) {
      last = args.count + find.last;
    } else {
      last = at + Math.trunc((args.count - at) / find.limit) + find.last;
    }
    if (at > last || last >= args.count) return false;
    for (let i = at; i <= last; i += find.step) this.add(i, flags);
    return !flags.includes("incomplete");
  }
}

/**
 * The position after a keyword that is looked for from an argument on (negative: from so far before the end,
 * backwards), or -1. The last argument is none: nothing could follow it.
 */
function afterKeyword(args: Args, first: number, keyword: string, from: number): number {
  const step = from > 0 ? 1 : -1;
  for (let i = from > 0 ? first + from : args.count + from; i > first && i < args.count - 1; i += step) {
    if (args.is(i, keyword)) return i + 1;
  }
  return -1;
}

const READ_ONLY: readonly KeyFlag[] = ["RO", "access"];
const READ_AND_SET: readonly KeyFlag[] = ["RW", "access", "update"];
const SET_ONLY: readonly KeyFlag[] = ["OW", "update"];

/** SET returns what the key held only where it is asked to. */
function findKeysOfSet(args: Args, first: number, keys: RequestKeys): void {
  for (let i = first + 3; i < args.count; i++) {
    if (args.is(i, "GET")) return keys.add(first + 1, READ_AND_SET);
  }
  keys.add(first + 1, SET_ONLY);
}

/** BITFIELD only reads where all its subcommands do; one that makes no sense might write. */
function findKeysOfBitfield(args: Args, first: number, keys: RequestKeys): void {
  let readOnly = true;
  for (let i = first + 2; i < args.count && readOnly;) {
    const following = args.count - i - 1;
    if (following >= 2 && args.is(i, "GET")) i += 3;
    else if (following >= 1 && args.is(i, "OVERFLOW")) i += 2;
    else readOnly = false;
  }
  keys.add(first + 1, readOnly ? READ_ONLY : READ_AND_SET);
}

/** The last STORE of SORT is the one that counts, whatever stands around it. */
function findKeysOfSort(args: Args, first: number, keys: RequestKeys): void {
  keys.add(first + 1, READ_ONLY);
  let store = 0;
  for (let i = first + 2; i < args.count; i++) {
    if (args.is(i, "LIMIT")) i += 2;
    else if (args.is(i, "GET") || args.is(i, "BY")) i += 1;
    else if (args.is(i, "STORE") && i + 1 < args.count) store = i + 1;
  }
  if (store > 0) keys.add(store, SET_ONLY);
}

/** What BY and GET of SORT_RO name is not known before it runs. */
function findKeysOfSortRo(_args: Args, first: number, keys: RequestKeys): void {
  keys.add(first + 1, READ_ONLY);
}

/** Whether a command has keys at all. */
export function hasKeys(command: CommandDefinition): boolean {
  return command.keys.some((key) => !key.flags.includes("not_key"));
}

/** The keys of a command as Redis described them before there were specifications. */
export interface LegacyKeyRange {
  /** Index of the first key, 0 for none. */
  readonly first: number;
  /** Index of the last key, negative from the end. */
  readonly last: number;
  /** Distance from one key to the next. */
  readonly step: number;
  /** Whether that is not all: COMMAND INFO's flag `movablekeys`. */
  readonly movable: boolean;
}

/** The range that stands for a command's key specifications: that of the one, or of those that follow each other. */
export function legacyKeyRange(keys: readonly KeySpecification[]): LegacyKeyRange {
  let range = { first: 0, last: 0, step: 0 };
  let movable = keys.some((key) => key.flags.includes("incomplete"));
  for (const { begin, find } of keys) {
    if (begin.type !== "index" || find.type !== "range") {
      movable = true;
      continue;
    }
    const last = find.last < 0 ? find.last : begin.index + find.last;
    if (keys.length === 1) {
      range = { first: begin.index, last, step: find.step };
    } else if (find.step !== 1 || (range.last !== 0 && range.last !== begin.index - 1)) {
      movable = true;
    } else {
      range = { first: range.first || begin.index, last, step: 1 };
    }
  }
  return { ...range, movable };
}
