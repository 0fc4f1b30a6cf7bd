/**
 * Choosing members of a set at random, each at most once.
 *
 * @module
 */

import { roomFor } from "../../memory/headroom.ts";
import { ENCODING_HASHTABLE } from "../../store/entry.ts";
import type { CommandContext } from "../context.ts";

/** Of a larger part of a table than one in so many, members are drawn from a list of all. */
const LISTED_FROM = 3;

/** The handles of `count` members of a set that has more, every choice equally likely. */
export function sample(context: CommandContext, entry: number, count: number): Iterable<number> {
  const { entries, keyspace } = context;
  const { sets } = keyspace;
  const size = sets.count(entry);
  if (entries.encoding(entry) !== ENCODING_HASHTABLE || count * LISTED_FROM > size) {
    return sampleOfAll(context, entry, count, size);
  }
  const chosen = new Set<number>();
  while (chosen.size < count) {
    sets.pick(entry, keyspace.random);
    chosen.add(sets.shared.handle);
  }
  return chosen;
}

function sampleOfAll(
  { keyspace }: CommandContext,
  entry: number,
  count: number,
  size: number,
): Iterable<number> {
  const { sets } = keyspace;
  const handles = new Uint32Array(roomFor(4 * size) / 4);
  let listed = 0;
  const cursor = sets.shared;
  for (let more = sets.first(entry, cursor); more; more = cursor.next()) handles[listed++] = cursor.handle;
  // The first steps of a Fisher-Yates shuffle.
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(keyspace.random() / 2 ** 32 * (size - i));
    [handles[i], handles[other]] = [handles[other], handles[i]];
  }
  return handles.subarray(0, count);
}
