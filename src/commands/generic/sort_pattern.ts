/**
 * The patterns of SORT's BY and GET: names of keys, or of fields of hashes, made from an element.
 *
 * @module
 */

import { bytesOf } from "../../base/bytes.ts";
import { TYPE_HASH, TYPE_STRING } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";

/** A pattern: `prefix*suffix`, `prefix*suffix->field`, or `#`. */
export interface SortPattern {
  /** Whether it is `#`, the element itself. */
  readonly isElement: boolean;
  /** Where the first `*` is, -1: there is none, so it names no key. */
  readonly star: number;
  readonly prefix: string;
  readonly suffix: string;
  /** The name of the hash's field, null: the key is a string. */
  readonly field: Uint8Array<ArrayBuffer> | null;
}

/** The pattern that a client wrote. */
export function parseSortPattern(text: string): SortPattern {
  // Redis looks for the parts of a pattern only up to the first NUL, which does not end it.
  const nul = text.indexOf("\0");
  const head = nul < 0 ? text : text.slice(0, nul);
  const star = head.indexOf("*");
  const arrow = star < 0 ? -1 : head.indexOf("->", star + 1);
  const hasField = arrow >= 0 && arrow + 2 < head.length;
  return {
    isElement: head === "#",
    star,
    prefix: text.slice(0, Math.max(0, star)),
    suffix: text.slice(star + 1, hasField ? arrow : text.length),
    field: hasField ? bytesOf(text.slice(arrow + 2)) : null,
  };
}

/** Finds what patterns name. What is found is `length` bytes at `at` in `page` until something changes. */
export class PatternLookup {
  readonly #context: CommandContext;
  page: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  at = 0;
  length = 0;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Whether there is what a pattern names for an element. Each key is read as by a command of its own. */
  find(pattern: SortPattern, element: string): boolean {
    const { database, entries, keyspace } = this.#context;
    if (pattern.isElement) {
      this.#locate({ page: bytesOf(element), at: 0, length: element.length });
      return true;
    }
    if (pattern.star < 0) return false;
    const key = bytesOf(pattern.prefix + element + pattern.suffix);
    const entry = database.lookupRead(key, 0, key.length);
    if (entry === 0) return false;
    const { field } = pattern;
    if (field === null) {
      if (entries.type(entry) !== TYPE_STRING) return false;
      entries.locateValue(entry);
      this.#locate(entries);
      return true;
    }
    const { hashes, now } = keyspace;
    if (entries.type(entry) !== TYPE_HASH || !hashes.find(entry, field, 0, field.length)) return false;
    if (hashes.expiry >= 0 && hashes.expiry < now) return false;
    hashes.locateValue(entry);
    this.#locate(hashes);
    return true;
  }

  #locate(found: { page: Uint8Array<ArrayBuffer>; at: number; length: number }): void {
    this.page = found.page;
    this.at = found.at;
    this.length = found.length;
  }
}
