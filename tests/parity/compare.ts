/**
 * Comparing what two servers answered to a case, step by step, under the differences that the case permits.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { parseReplies, type Reply } from "../support/replies.ts";
import type { Comparison, FullCase } from "./case.ts";

/**
 * What a server answered: the bytes of each step's replies. `null` is a reply that is not recorded. `failure` says why
 * there are fewer than the case has steps.
 */
export interface Transcript {
  readonly replies: readonly (string | null)[];
  readonly failure?: string;
}

/** The first step at which two transcripts differ, or undefined where they agree. */
export function firstDifference(
  one: FullCase,
  expected: Transcript,
  actual: Transcript,
): { step: number; why: string } | undefined {
  for (let step = 0; step < one.steps.length; step++) {
    if (step >= expected.replies.length || step >= actual.replies.length) {
      return { step, why: "one of them did not answer" };
    }
    const kind = one.steps[step];
    const comparison: Comparison = kind.kind === "send" ? kind.comparison : { how: "exact" };
    const why = difference(comparison, expected.replies[step], actual.replies[step]);
    if (why !== undefined) return { step, why };
  }
  if (expected.failure !== actual.failure) {
    return { step: one.steps.length, why: "one of them failed at the end" };
  }
  return undefined;
}

const LISTPACK = "$8\r\nlistpack\r\n";
/** What small lists and small sets had before Redis 7.2 made them listpacks. */
const FORMER_ENCODINGS = ["$9\r\nquicklist\r\n", "$9\r\nhashtable\r\n"];

/** Why two replies are not the same under a comparison, or undefined where they are. `expected` null: not recorded. */
export function difference(
  comparison: Comparison,
  expected: string | null,
  actual: string | null,
): string | undefined {
  if (actual === null) return undefined;
  switch (comparison.how) {
    case "exact":
      if (isDigest(expected) && !isDigest(actual)) actual = digestOf(actual);
      return expected === actual ? undefined : "the bytes differ";
    case "approximate":
      return shapesDiffer(expected ?? "", actual, comparison.within);
    case "clock":
      return expected === null ? undefined : shapesDiffer(expected, actual, comparison.within);
    case "sorted":
      return expected !== null &&
          sortedText(expected, comparison.depth) === sortedText(actual, comparison.depth)
        ? undefined
        : "the elements differ";
    case "encoding":
      return expected === actual ||
          (expected !== null && FORMER_ENCODINGS.includes(expected) && actual === LISTPACK)
        ? undefined
        : "the encodings differ";
    case "errorCode":
      return expected !== null && codeOf(expected) !== undefined && codeOf(expected) === codeOf(actual)
        ? undefined
        : "the error codes differ";
    case "like":
      if (!comparison.pattern.test(actual)) return `does not match ${comparison.pattern}`;
      return expected === null || comparison.pattern.test(expected)
        ? undefined
        : `the expected reply does not match ${comparison.pattern}`;
    case "fields":
      return missingFields(comparison, actual) ??
        (expected === null ? undefined : missingFields(comparison, expected));
    case "ignore":
      return undefined;
  }
}

function missingFields(
  section: { title: string; fields: readonly string[] },
  reply: string,
): string | undefined {
  const lines = reply.replace(/^=(\d+\r\n)txt:/, "$$$1").split("\r\n").slice(1);
  if (lines[0] !== `# ${section.title}`) return `the first line is not "# ${section.title}"`;
  const missing = section.fields.filter((field) => !lines.some((line) => line.startsWith(`${field}:`)));
  return missing.length === 0 ? undefined : `without the field ${missing.join(", ")}`;
}

/** Bytes from which on an exact reply is recorded as its digest. */
const DIGEST_FROM = 4096;

/** What of a reply goes into the recording: null where it follows the clock or is free anyway. */
export function recordable(comparison: Comparison, reply: string | null): string | null {
  if (["clock", "like", "fields", "ignore"].includes(comparison.how)) return null;
  if (reply === null) return null;
  if (comparison.how === "sorted") return sortedText(reply, comparison.depth);
  return comparison.how === "exact" && reply.length >= DIGEST_FROM ? digestOf(reply) : reply;
}

/** No reply starts with a letter, so this cannot be taken for one. */
function digestOf(reply: string): string {
  const sum = createHash("sha256").update(reply, "latin1").digest("hex");
  return `sha256 ${sum} of ${reply.length} bytes, ${reply.slice(0, 60)}`;
}

function isDigest(reply: string | null): boolean {
  return reply !== null && reply.startsWith("sha256 ");
}

function codeOf(reply: string): string | undefined {
  return /^-(\S+)/.exec(reply)?.[1];
}

const NUMBER = /^-?\d+(\.\d+)?$/;

function shapesDiffer(expected: string, actual: string, within: number): string | undefined {
  const left = parseReplies(expected);
  const right = parseReplies(actual);
  if (left.length !== right.length) return "another number of replies";
  for (let i = 0; i < left.length; i++) {
    const why = replyDiffers(left[i], right[i], within);
    if (why !== undefined) return why;
  }
  return undefined;
}

function replyDiffers(expected: Reply, actual: Reply, within: number): string | undefined {
  if (expected.raw === actual.raw) return undefined;
  if (expected.type !== actual.type) return "the types differ";
  if (expected.items !== undefined && actual.items !== undefined) {
    if (expected.items.length !== actual.items.length) return "the lengths differ";
    for (let i = 0; i < expected.items.length; i++) {
      const why = replyDiffers(expected.items[i], actual.items[i], within);
      if (why !== undefined) return why;
    }
    return undefined;
  }
  const left = expected.text ?? "";
  const right = actual.text ?? "";
  if (!NUMBER.test(left) || !NUMBER.test(right)) return "the bytes differ";
  // Signs matter however small the numbers: -1 and -2 are answers, not times.
  if (Number(left) < 0 || Number(right) < 0) return "the numbers differ";
  return Math.abs(Number(left) - Number(right)) <= within
    ? undefined
    : `the numbers are more than ${within} apart`;
}

function sortedText(raw: string, depth: number): string {
  return parseReplies(raw).map((reply) => sortedReply(reply, depth)).join("");
}

/** The elements at `depth` in an order of their own, a map's pairs staying together. */
function sortedReply(reply: Reply, depth: number): string {
  if (reply.items === undefined) return reply.raw;
  const items = reply.items.map((item) => depth > 1 ? sortedReply(item, depth - 1) : item.raw);
  const units = depth > 1 ? items : (reply.type === "%" ? pairs(items) : items).sort();
  return `${reply.type}${reply.text}\r\n${units.join("")}`;
}

function pairs(items: readonly string[]): string[] {
  return Array.from({ length: items.length / 2 }, (_, index) => items[2 * index] + items[2 * index + 1]);
}
