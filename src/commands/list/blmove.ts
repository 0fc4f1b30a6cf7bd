/**
 * BLMOVE and BRPOPLPUSH.
 *
 * @module
 */

import { TYPE_LIST } from "../../store/entry.ts";
import { blockingTimeout } from "../blocking_timeout.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { isTail, writeList } from "./_internal.ts";
import { moveElement } from "./move_element.ts";

/** `BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout` */
export const blmove = defineCommand({
  name: "BLMOVE",
  group: "list",
  since: "6.2.0",
  summary:
    "Pop an element from a list, push it to another list and return it; or block until one is available",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 6,
  flags: ["write", "denyoom", "noscript", "blocking"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete"), oneKey(2, "RW", "insert")],
  arguments: [{ name: "source", type: "key", keySpecification: 0 }, {
    name: "destination",
    type: "key",
    keySpecification: 1,
  }, {
    name: "wherefrom",
    type: "oneof",
    arguments: [{ name: "left", type: "pure-token", token: "LEFT" }, {
      name: "right",
      type: "pure-token",
      token: "RIGHT",
    }],
  }, {
    name: "whereto",
    type: "oneof",
    arguments: [{ name: "left", type: "pure-token", token: "LEFT" }, {
      name: "right",
      type: "pure-token",
      token: "RIGHT",
    }],
  }, { name: "timeout", type: "double" }],
  subcommands: [],
  run(context) {
    const fromTail = isTail(context, 3);
    const toTail = isTail(context, 4);
    if (!moveOrBlock(context, fromTail, toTail, blockingTimeout(context, 5))) return;
    if (!context.beginEffect(5)) return;
    context.keyspace.effects.text("LMOVE");
    for (let i = 1; i <= 4; i++) context.effectArgument(i);
  },
});

/** `BRPOPLPUSH source destination timeout` */
export const brpoplpush = defineCommand({
  name: "BRPOPLPUSH",
  group: "list",
  since: "2.2.0",
  summary:
    "Pop an element from a list, push it to another list and return it; or block until one is available",
  complexity: "O(1)",
  history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
  deprecated: { since: "6.2.0", replacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments" },
  arity: 4,
  flags: ["write", "denyoom", "noscript", "blocking"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete"), oneKey(2, "RW", "insert")],
  arguments: [{ name: "source", type: "key", keySpecification: 0 }, {
    name: "destination",
    type: "key",
    keySpecification: 1,
  }, { name: "timeout", type: "double" }],
  subcommands: [],
  run(context) {
    if (!moveOrBlock(context, true, false, blockingTimeout(context, 3))) return;
    if (!context.beginEffect(3)) return;
    context.keyspace.effects.text("RPOPLPUSH");
    context.effectArgument(1);
    context.effectArgument(2);
  },
});

/** False where there is nothing to move: then the client waits, or has its reply. */
function moveOrBlock(context: CommandContext, fromTail: boolean, toTail: boolean, until: number): boolean {
  const source = writeList(context, 1);
  if (source !== 0) {
    moveElement(context, source, fromTail, toTail);
    return true;
  }
  const waits = context.block({
    type: TYPE_LIST,
    firstKey: 1,
    lastKey: 1,
    until,
    onTimeout: "nullArray",
    evenIfGone: false,
    replaced: [],
  });
  if (!waits) context.reply.null();
  return false;
}
