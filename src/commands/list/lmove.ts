/**
 * LMOVE and RPOPLPUSH.
 *
 * @module
 */

import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { isTail, writeList } from "./_internal.ts";
import { moveElement } from "./move_element.ts";

/** `LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>` */
export const lmove = defineCommand({
  name: "LMOVE",
  group: "list",
  since: "6.2.0",
  summary: "Pop an element from a list, push it to another list and return it",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 5,
  flags: ["write", "denyoom"],
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
  }],
  subcommands: [],
  run(context) {
    move(context, isTail(context, 3), isTail(context, 4));
  },
});

/** `RPOPLPUSH source destination` */
export const rpoplpush = defineCommand({
  name: "RPOPLPUSH",
  group: "list",
  since: "1.2.0",
  summary: "Remove the last element in a list, prepend it to another list and return it",
  complexity: "O(1)",
  history: [],
  deprecated: { since: "6.2.0", replacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments" },
  arity: 3,
  flags: ["write", "denyoom"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "access", "delete"), oneKey(2, "RW", "insert")],
  arguments: [{ name: "source", type: "key", keySpecification: 0 }, {
    name: "destination",
    type: "key",
    keySpecification: 1,
  }],
  subcommands: [],
  run(context) {
    move(context, true, false);
  },
});

function move(context: CommandContext, fromTail: boolean, toTail: boolean): void {
  const source = writeList(context, 1);
  if (source === 0) return context.reply.null();
  moveElement(context, source, fromTail, toTail);
}
