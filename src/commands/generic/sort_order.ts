/**
 * The order that SORT brings elements into.
 *
 * @module
 */

import { byteString } from "../../base/bytes.ts";
import { parseDouble } from "../../base/numbers.ts";
import { type Compare, partialSort } from "../../base/partial_sort.ts";
import type { CommandContext } from "../context.ts";
import type { SortOptions } from "./sort_options.ts";
import { PatternLookup } from "./sort_pattern.ts";

/** An element with what it is sorted by. */
export interface SortItem {
  /** A byte string. */
  readonly element: string;
  /** The number that it weighs. */
  score: number;
  /** With ALPHA, the byte string that it weighs; null where there is none, which comes first. */
  weight: string | null;
}

/** What a C library takes for white space before a number. */
const LEADING_SPACE = /^[ \t-\r]+(?=[^ \t-\r])/;
/** The smallest double that is not denormal. */
const MIN_NORMAL = 2 ** -1022;

/**
 * Sorts items so that those from `start` to before `end` are where they belong. False where one weighs no number.
 */
export function sortItems(
  context: CommandContext,
  items: SortItem[],
  options: SortOptions & { readonly start: number; readonly end: number },
): boolean {
  const { alpha, by, descending, end, start } = options;
  const lookup = new PatternLookup(context);
  let areNumbers = true;
  for (const item of items) {
    let text = item.element;
    if (by !== null) {
      if (!lookup.find(by, item.element)) continue;
      text = byteString(lookup.page, lookup.at, lookup.at + lookup.length);
    }
    // Redis compares with the C library, for which a NUL ends a string, unless it stores the result.
    if (alpha) {
      item.weight = options.store === 0 ? untilNul(text) : text;
    } else {
      item.score = parseScore(untilNul(text));
      if (Number.isNaN(item.score)) areNumbers = false;
    }
  }
  if (!areNumbers) return false;
  const compare = alpha ? compareWeights : compareScores;
  const directed: Compare<SortItem> = descending ? (a, b) => -compare(a, b) : compare;
  // In which order equal weights come depends on the algorithm, and Redis has two.
  if (by !== null && (start !== 0 || end !== items.length)) partialSort(items, directed, start, end - 1);
  else items.sort(directed);
  return true;
}

function untilNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}

/** What strtod makes of a text, NaN where Redis refuses that. */
function parseScore(text: string): number {
  if (text === "") return 0;
  const digits = text.replace(LEADING_SPACE, "");
  const value = parseDouble(digits);
  // What had to be rounded to a denormal number is out of range; those that are exact are written in hexadecimal.
  return value !== 0 && Math.abs(value) < MIN_NORMAL && !/^[-+]?0x/i.test(digits) ? NaN : value;
}

/** By number; elements of equal numbers by their bytes, so that each order is the only one. */
function compareScores(a: SortItem, b: SortItem): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return compareTexts(a.element, b.element);
}

function compareWeights({ weight: a }: SortItem, { weight: b }: SortItem): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return compareTexts(a, b);
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
