/**
 * What rules are made of: words that Redis reads as C does, up to a NUL.
 *
 * @module
 */

import { untilNul } from "../base/bytes.ts";

/** A rule that cannot be applied. */
export class RuleRefused {
  /** In Redis's words. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** Whether a text has white space or NULs, which names and patterns must not: rules are separated by blanks. */
export function hasSpaces(text: string): boolean {
  return /[\t-\r \0]/.test(text);
}

/**
 * Puts selectors together that came as several arguments: `(+get`, `~x)`.
 *
 * @returns the rules, or the argument whose parenthesis is never closed
 */
export function mergeSelectors(
  rules: readonly string[],
): { readonly rules: readonly string[] } | { readonly unclosed: string } {
  const merged: string[] = [];
  let selector: string | null = null;
  let opening = "";
  for (const rule of rules) {
    const closes = rule.endsWith(")");
    if (rule.startsWith("(") && !closes) {
      selector = opening = rule;
    } else if (selector !== null) {
      selector += ` ${untilNul(rule)}`;
      if (!closes) continue;
      merged.push(selector);
      selector = null;
    } else {
      merged.push(rule);
    }
  }
  return selector === null ? { rules: merged } : { unclosed: opening };
}
