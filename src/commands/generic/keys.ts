/**
 * KEYS.
 *
 * @module
 */

import { matchGlobBytes } from "../../base/glob.ts";
import { roomFor } from "../../memory/headroom.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { replyKey } from "./_internal.ts";

/** The entries whose keys match argument 1 and have not expired; expired ones are left alone. */
function matching(context: CommandContext, all: boolean): Uint32Array {
  const { database, entries } = context;
  const pattern = context.args.view(1);
  // Off the heap, and of the pages behind it only those that are written to become resident.
  const found = new Uint32Array(roomFor(4 * database.size) / 4);
  let count = 0;
  database.scan(0, Infinity, (entry) => {
    if (!all) {
      entries.locateKey(entry);
      const { page, at, length } = entries;
      if (!matchGlobBytes(pattern, page, at, at + length)) return;
    }
    if (!database.isExpired(entry)) found[count++] = entry;
  });
  return found.subarray(0, count);
}

/** `KEYS pattern` */
export const keys = defineCommand({
  name: "KEYS",
  group: "generic",
  since: "1.0.0",
  summary: "Find all keys matching the given pattern",
  complexity:
    "O(N) with N being the number of keys in the database, under the assumption that the key names in the database and the given pattern have limited length.",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly"],
  categories: ["keyspace", "dangerous"],
  tips: ["request_policy:all_shards", "nondeterministic_output_order"],
  keys: [],
  arguments: [{ name: "pattern", type: "pattern" }],
  subcommands: [],
  run(context) {
    const { args, database, reply } = context;
    const all = args.is(1, "*");
    if (all && database.volatileSize === 0) {
      reply.array(database.size);
      database.scan(0, Infinity, (entry) => replyKey(context, entry));
      return;
    }
    const found = matching(context, all);
    reply.array(found.length);
    for (const entry of found) replyKey(context, entry);
  },
});
