/**
 * How a value is represented, as OBJECT and DEBUG OBJECT tell it.
 *
 * @module
 */

import { parseInteger } from "../../base/numbers.ts";
import { ENCODING_INT, ENCODING_NAMES, TYPE_STRING } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";

/** Redis keeps the integers below this as objects that keys share, and says this of how many references one has. */
const SHARED_INTEGERS = 10000, SHARED_REFERENCES = 2147483647;

/** The name of an entry's encoding. */
export function encodingName(context: CommandContext, entry: number): string {
  return ENCODING_NAMES[context.entries.encoding(entry)];
}

/**
 * How many references to an entry's value Redis would count. Ours has one always: this tells whether the value is an
 * integer that Redis would share, which it does unless eviction needs to know when each key was used.
 */
export function referenceCount(context: CommandContext, entry: number): number {
  const { entries } = context;
  if (entries.type(entry) !== TYPE_STRING || entries.encoding(entry) !== ENCODING_INT) return 1;
  entries.locateValue(entry);
  const value = parseInteger(entries.page, entries.at, entries.at + entries.length);
  if (!(value >= 0 && value < SHARED_INTEGERS)) return 1;
  const configuration = new Map(context.server.configuration.matching(["maxmemory", "maxmemory-policy"]));
  const tracked = configuration.get("maxmemory") !== "0" &&
    /lru|lfu/.test(configuration.get("maxmemory-policy")!);
  return tracked ? 1 : SHARED_REFERENCES;
}
