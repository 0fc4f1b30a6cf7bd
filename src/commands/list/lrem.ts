/**
 * LREM.
 *
 * @module
 */

import { EVENT_LIST } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { writeList } from "./_internal.ts";

/** `LREM key count element` */
export const lrem = defineCommand({
  name: "LREM",
  group: "list",
  since: "1.0.0",
  summary: "Remove elements from a list",
  complexity: "O(N+M) where N is the length of the list and M is the number of elements removed.",
  history: [],
  deprecated: null,
  arity: 4,
  flags: ["write"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "delete")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, { name: "count", type: "integer" }, {
    name: "element",
    type: "string",
  }],
  subcommands: [],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const { lists } = keyspace;
    const count = args.integer(2);
    const entry = writeList(context, 1);
    if (entry === 0) return reply.integer(0);
    lists.seek(entry, 0);
    const first = lists.find(args.bytes, args.start(3), args.end(3));
    if (first < 0) return reply.integer(0);
    database.willChange(entry);
    const removed = count < 0
      ? removeBackwards(context, entry, -count)
      : removeForwards(context, entry, first, count === 0 ? Infinity : count);
    const emptied = lists.count(entry) === 0;
    if (!emptied) lists.shrink(entry);
    context.changed(1, EVENT_LIST, "lrem", removed);
    if (emptied) context.removeEmptied(1, entry);
    reply.integer(removed);
  },
});

/** Removes up to `count` elements that equal argument 3, of which the first has the index `first`. */
function removeForwards(
  { args, keyspace }: CommandContext,
  entry: number,
  first: number,
  count: number,
): number {
  const { lists } = keyspace;
  const [start, end] = [args.start(3), args.end(3)];
  let removed = 0;
  for (let more = lists.seek(entry, first); more && removed < count; more = lists.remove(entry, false)) {
    if (lists.find(args.bytes, start, end) < 0) break;
    removed++;
  }
  return removed;
}

/** Removes up to `count` elements that equal argument 3, the last ones. */
function removeBackwards({ args, keyspace }: CommandContext, entry: number, count: number): number {
  const { lists } = keyspace;
  const [start, end] = [args.start(3), args.end(3)];
  let removed = 0;
  let more = lists.seek(entry, -1);
  while (more && removed < count) {
    if (lists.equals(args.bytes, start, end)) {
      more = lists.remove(entry, true);
      removed++;
    } else {
      more = lists.previous();
    }
  }
  return removed;
}
