/**
 * BLPOP and BRPOP.
 *
 * @module
 */

import { TYPE_LIST } from "../../store/entry.ts";
import { blockingTimeout } from "../blocking_timeout.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import { recordPop, removePopped, replyElements, writeList } from "./_internal.ts";

/** `BLPOP key [key ...] timeout` */
export const blpop = defineCommand({
  name: "BLPOP",
  group: "list",
  since: "2.0.0",
  summary: "Remove and get the first element in a list, or block until one is available",
  complexity: "O(N) where N is the number of provided keys.",
  history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "noscript", "blocking"],
  categories: ["list"],
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

/** `BRPOP key [key ...] timeout` */
export const brpop = defineCommand({
  name: "BRPOP",
  group: "list",
  since: "2.0.0",
  summary: "Remove and get the last element in a list, or block until one is available",
  complexity: "O(N) where N is the number of provided keys.",
  history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "noscript", "blocking"],
  categories: ["list"],
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

function pop(context: CommandContext, fromTail: boolean): void {
  const { args, reply } = context;
  const lastKey = args.count - 2;
  const until = blockingTimeout(context, args.count - 1);
  for (let i = 1; i <= lastKey; i++) {
    if (!context.considers(i)) continue;
    const entry = writeList(context, i);
    if (entry === 0) continue;
    reply.array(2);
    reply.bulk(args.bytes, args.start(i), args.end(i));
    replyElements(context, entry, fromTail ? -1 : 0, 1, false);
    removePopped(context, i, entry, fromTail, 1);
    return recordPop(context, i, fromTail, -1);
  }
  const waits = context.block({
    type: TYPE_LIST,
    firstKey: 1,
    lastKey,
    until,
    onTimeout: "nullArray",
    evenIfGone: false,
    replaced: [],
  });
  if (!waits) reply.nullArray();
}
