/**
 * The bounds of ranges, as clients send them: `5`, `(5`, `-inf`; `[a`, `(a`, `-`, `+`.
 *
 * @module
 */

import { parseDecimal } from "../../base/double_bytes.ts";
import { LEX_RANGE_INVALID, SCORE_RANGE_NOT_FLOAT } from "../../base/errors.ts";
import { parseFloatText } from "../../base/float_text.ts";
import { parseDouble } from "../../base/numbers.ts";
import {
  LEX_EXCLUSIVE,
  LEX_HIGHEST,
  LEX_INCLUSIVE,
  LEX_LOWEST,
  LexRange,
  ScoreRange,
} from "../../store/types/zset_range.ts";
import type { CommandContext } from "../context.ts";

const PLUS = 43, MINUS = 45, PARENTHESIS = 40, BRACKET = 91;

const scores = new ScoreRange();
const strings = new LexRange();

/**
 * The range between the scores in two arguments, valid until the next call.
 *
 * @throws {WireError} where one of them is no score
 */
export function scoreRange(context: CommandContext, min: number, max: number): ScoreRange {
  const { args } = context;
  scores.minExclusive = args.bytes[args.start(min)] === PARENTHESIS && args.length(min) > 0;
  scores.maxExclusive = args.bytes[args.start(max)] === PARENTHESIS && args.length(max) > 0;
  scores.min = scoreBound(context, min, scores.minExclusive ? 1 : 0);
  scores.max = scoreBound(context, max, scores.maxExclusive ? 1 : 0);
  return scores;
}

/** The score in argument `i` behind `skipped` bytes. */
function scoreBound(context: CommandContext, i: number, skipped: number): number {
  const { args } = context;
  const value = parseDecimal(args.bytes, args.start(i) + skipped, args.end(i));
  if (value === value) return value;
  const read = readAsStrtod(args.text(i).slice(skipped));
  if (Number.isNaN(read)) throw SCORE_RANGE_NOT_FLOAT;
  return read;
}

/**
 * What C's strtod makes of a text that it must read to its end, the first NUL, or NaN. It skips white space, reads
 * nothing as 0, and rounds what is out of range to infinity or zero.
 */
function readAsStrtod(text: string): number {
  const number = text.split("\0", 1)[0];
  if (number === "") return 0;
  const trimmed = number.replace(/^[ \t\n\v\f\r]+/, "");
  const parts = parseFloatText(trimmed);
  if (parts === null) return NaN;
  if (parts.radix === 10 && !parts.infinite) return Number(trimmed);
  const value = parseDouble(trimmed);
  if (!Number.isNaN(value)) return value;
  // Hexadecimal and out of range: the sign of the exponent says in which direction.
  const magnitude = parts.exponent > 0 ? Infinity : 0;
  return parts.negative ? -magnitude : magnitude;
}

/**
 * The range between the strings in two arguments, valid until the next call.
 *
 * @throws {WireError} where one of them is no bound
 */
export function lexRange(context: CommandContext, min: number, max: number): LexRange {
  const { args } = context;
  strings.bytes = args.bytes;
  strings.minKind = lexKind(context, min);
  strings.maxKind = lexKind(context, max);
  strings.minStart = args.start(min) + 1;
  strings.minEnd = args.end(min);
  strings.maxStart = args.start(max) + 1;
  strings.maxEnd = args.end(max);
  return strings;
}

function lexKind(context: CommandContext, i: number): number {
  const { args } = context;
  const start = args.start(i);
  if (args.length(i) === 0) throw LEX_RANGE_INVALID;
  const first = args.bytes[start];
  if (first === BRACKET) return LEX_INCLUSIVE;
  if (first === PARENTHESIS) return LEX_EXCLUSIVE;
  // Redis looks at the byte behind + and -, which is a NUL where there is none.
  const ends = args.length(i) === 1 || args.bytes[start + 1] === 0;
  if (ends && first === PLUS) return LEX_HIGHEST;
  if (ends && first === MINUS) return LEX_LOWEST;
  throw LEX_RANGE_INVALID;
}
