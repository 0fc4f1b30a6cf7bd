/**
 * LPUSH, RPUSH, LPUSHX and RPUSHX.
 *
 * @module
 */

import { EVENT_LIST } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { type ArgumentSpecification, defineCommand, oneKey } from "../define.ts";
import { prepareList, pushEvent, writeList } from "./_internal.ts";

const COMPLEXITY =
  "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.";
const ARGUMENTS: readonly ArgumentSpecification[] = [
  { name: "key", type: "key", keySpecification: 0 },
  { name: "element", type: "string", multiple: true },
];

/** `LPUSH key element [element ...]` */
export const lpush = defineCommand({
  name: "LPUSH",
  group: "list",
  since: "1.0.0",
  summary: "Prepend one or multiple elements to a list",
  complexity: COMPLEXITY,
  history: [["2.4.0", "Accepts multiple `element` arguments."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "insert")],
  arguments: ARGUMENTS,
  subcommands: [],
  run(context) {
    push(context, false, false);
  },
});

/** `RPUSH key element [element ...]` */
export const rpush = defineCommand({
  name: "RPUSH",
  group: "list",
  since: "1.0.0",
  summary: "Append one or multiple elements to a list",
  complexity: COMPLEXITY,
  history: [["2.4.0", "Accepts multiple `element` arguments."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "insert")],
  arguments: ARGUMENTS,
  subcommands: [],
  run(context) {
    push(context, true, false);
  },
});

/** `LPUSHX key element [element ...]` */
export const lpushx = defineCommand({
  name: "LPUSHX",
  group: "list",
  since: "2.2.0",
  summary: "Prepend an element to a list, only if the list exists",
  complexity: COMPLEXITY,
  history: [["4.0.0", "Accepts multiple `element` arguments."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "insert")],
  arguments: ARGUMENTS,
  subcommands: [],
  run(context) {
    push(context, false, true);
  },
});

/** `RPUSHX key element [element ...]` */
export const rpushx = defineCommand({
  name: "RPUSHX",
  group: "list",
  since: "2.2.0",
  summary: "Append an element to a list, only if the list exists",
  complexity: COMPLEXITY,
  history: [["4.0.0", "Accepts multiple `element` arguments."]],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  categories: ["list"],
  tips: [],
  keys: [oneKey(1, "RW", "insert")],
  arguments: ARGUMENTS,
  subcommands: [],
  run(context) {
    push(context, true, true);
  },
});

function push(context: CommandContext, atTail: boolean, onlyExisting: boolean): void {
  const { database, entries, keyspace, reply } = context;
  const found = writeList(context, 1);
  if (found === 0 && onlyExisting) return reply.integer(0);
  let count: number;
  if (found === 0) {
    const made = prepareList(context, 1);
    try {
      pushArguments(context, made, atTail);
    } catch (error) {
      entries.free(made);
      throw error;
    }
    count = keyspace.lists.count(made);
    database.place(made);
  } else {
    database.willChange(found);
    pushArguments(context, found, atTail);
    count = keyspace.lists.count(found);
  }
  context.changed(1, EVENT_LIST, pushEvent(atTail), context.args.count - 2);
  reply.integer(count);
}

/** Pushes the arguments from 2 on, all or none. @throws {ArenaExhausted} */
function pushArguments({ args, keyspace }: CommandContext, entry: number, atTail: boolean): void {
  const { lists } = keyspace;
  const last = args.count - 1;
  let bytes = 0;
  for (let j = 2; j <= last; j++) bytes += args.length(j);
  lists.makeRoom(entry, bytes, last - 1);
  let i = 2;
  try {
    for (; i <= last; i++) lists.push(entry, atTail, args.bytes, args.start(i), args.end(i));
  } catch (error) {
    if (i > 2) lists.removeEnd(entry, atTail, i - 2);
    throw error;
  }
}
