/**
 * The options of SORT and SORT_RO.
 *
 * @module
 */

import { sortOptionDenied, SYNTAX } from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { mayReadAllKeys } from "../permissions.ts";
import { parseSortPattern, type SortPattern } from "./sort_pattern.ts";

/** What SORT is asked for. */
export interface SortOptions {
  /** BY: where the weights of the elements are; null: the elements are their own. */
  readonly by: SortPattern | null;
  /** Whether there is a BY that names no key, so that the elements stay in the order they have. */
  readonly unsorted: boolean;
  /** GET: what is returned of each element; empty: the element. */
  readonly get: readonly SortPattern[];
  readonly descending: boolean;
  /** Whether weights are compared as strings. */
  readonly alpha: boolean;
  /** LIMIT: the first element, and how many; negative: all. */
  readonly offset: number;
  readonly count: number;
  /** The argument that is the destination's key, 0: there is none. */
  readonly store: number;
}

/** The options in the arguments from 2 on. @throws {WireError} where they make no sense */
export function parseSortOptions(context: CommandContext, mayStore: boolean): SortOptions {
  const { args } = context;
  const get: SortPattern[] = [];
  let by: SortPattern | null = null;
  let unsorted = false, descending = false, alpha = false;
  let offset = 0, count = -1, store = 0;
  for (let i = 2; i < args.count; i++) {
    const following = args.count - i - 1;
    if (args.is(i, "ASC")) {
      descending = false;
    } else if (args.is(i, "DESC")) {
      descending = true;
    } else if (args.is(i, "ALPHA")) {
      alpha = true;
    } else if (args.is(i, "LIMIT") && following >= 2) {
      offset = args.integer(++i);
      count = args.integer(++i);
    } else if (mayStore && args.is(i, "STORE") && following >= 1) {
      store = ++i;
    } else if (args.is(i, "BY") && following >= 1) {
      by = parseSortPattern(args.text(++i));
      // Even one before that is a pattern is forgotten, and so is one that comes after.
      if (by.star < 0) unsorted = true;
      else if (!mayReadAllKeys(context)) throw sortOptionDenied("BY");
    } else if (args.is(i, "GET") && following >= 1) {
      if (!mayReadAllKeys(context)) throw sortOptionDenied("GET");
      get.push(parseSortPattern(args.text(++i)));
    } else {
      throw SYNTAX;
    }
  }
  return { by, unsorted, get, descending, alpha, offset, count, store };
}

/** Which of `length` elements LIMIT leaves: from `start` to before `end`. */
export function limitRange(
  { offset, count }: SortOptions,
  length: number,
): { readonly start: number; readonly end: number } {
  const start = Math.min(Math.max(offset, 0), length);
  return { start, end: count < 0 ? length : Math.min(start + count, length) };
}
