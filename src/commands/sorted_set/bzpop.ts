/**
 * BZPOPMIN and BZPOPMAX.
 *
 * @module
 */

import { TYPE_ZSET } from "../../store/entry.ts";
import { blockingTimeout } from "../blocking_timeout.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { replyKeyArgument, writeSortedSet } from "./entries.ts";
import { popElements, recordPop } from "./pop_elements.ts";

/** `BZPOPMIN key [key ...] timeout` */
export const bzpopmin = defineCommand({
  name: "BZPOPMIN",
  group: "sorted-set",
  since: "5.0.0",
  summary:
    "Remove and return the member with the lowest score from one or more sorted sets, or block until one is available",
  complexity: "O(log(N)) with N being the number of elements in the sorted set.",
  history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "noscript", "blocking", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [{
    notes: null,
    flags: ["RW", "access", "delete"],
    begin: { type: "index", index: 1 },
    find: { type: "range", last: -2, step: 1, limit: 0 },
  }],
  arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }, {
    name: "timeout",
    type: "double",
  }],
  subcommands: [],
  run(context) {
    pop(context, false);
  },
});

/** `BZPOPMAX key [key ...] timeout` */
export const bzpopmax = defineCommand({
  name: "BZPOPMAX",
  group: "sorted-set",
  since: "5.0.0",
  summary:
    "Remove and return the member with the highest score from one or more sorted sets, or block until one is available",
  complexity: "O(log(N)) with N being the number of elements in the sorted set.",
  history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "noscript", "blocking", "fast"],
  categories: ["sortedset"],
  tips: [],
  keys: [{
    notes: null,
    flags: ["RW", "access", "delete"],
    begin: { type: "index", index: 1 },
    find: { type: "range", last: -2, step: 1, limit: 0 },
  }],
  arguments: [{ name: "key", type: "key", keySpecification: 0, multiple: true }, {
    name: "timeout",
    type: "double",
  }],
  subcommands: [],
  run(context) {
    pop(context, true);
  },
});

function pop(context: CommandContext, max: boolean): void {
  const { args, reply } = context;
  const last = args.count - 2;
  const until = blockingTimeout(context, args.count - 1);
  for (let i = 1; i <= last; i++) {
    if (!context.considers(i)) continue;
    const entry = writeSortedSet(context, i);
    if (entry === 0) continue;
    reply.array(3);
    replyKeyArgument(context, i);
    popElements(context, i, entry, 1, max, false);
    recordPop(context, i, -1, max);
    return;
  }
  const waits = context.block({
    type: TYPE_ZSET,
    firstKey: 1,
    lastKey: last,
    until,
    onTimeout: "nullArray",
    evenIfGone: false,
    replaced: [],
  });
  if (!waits) reply.nullArray();
}
