/**
 * HSET and HMSET.
 *
 * @module
 */

import { wrongArity } from "../../base/errors.ts";
import { EVENT_HASH } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { prepareHash, updateVolatile, writeHash } from "./_internal.ts";

/** `HSET key field value [field value ...]`: as in Redis, a field that has expired but is not gone yet is not new. */
export const hset = defineCommand({
  name: "HSET",
  group: "hash",
  since: "2.0.0",
  summary: "Set the string value of a hash field",
  complexity:
    "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is called with multiple field/value pairs.",
  history: [["4.0.0", "Accepts multiple `field` and `value` arguments."]],
  deprecated: null,
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    {
      name: "field_value",
      type: "block",
      multiple: true,
      arguments: [{ name: "field", type: "string" }, { name: "value", type: "string" }],
    },
  ],
  subcommands: [],
  run(context) {
    context.reply.integer(setFields(context, "hset"));
  },
});

/** `HMSET key field value [field value ...]` */
export const hmset = defineCommand({
  name: "HMSET",
  group: "hash",
  since: "2.0.0",
  summary: "Set multiple hash fields to multiple values",
  complexity: "O(N) where N is the number of fields being set.",
  history: [],
  deprecated: { since: "4.0.0", replacedBy: "`HSET` with multiple field-value pairs" },
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    {
      name: "field_value",
      type: "block",
      multiple: true,
      arguments: [{ name: "field", type: "string" }, { name: "value", type: "string" }],
    },
  ],
  subcommands: [],
  run(context) {
    setFields(context, "hmset");
    context.reply.ok();
  },
});

/** Sets the fields that follow the key; returns how many of them are new. */
function setFields(context: CommandContext, command: string): number {
  const { args, database, entries } = context;
  if (args.count % 2 === 1) throw wrongArity(command);
  const entry = writeHash(context);
  let created: number;
  if (entry === 0) {
    const made = prepareHash(context);
    try {
      created = fill(context, made);
    } catch (error) {
      entries.free(made);
      throw error;
    }
    database.place(made);
  } else {
    database.willChange(entry);
    created = overwrite(context, entry);
    updateVolatile(context, entry);
  }
  context.changed(1, EVENT_HASH, "hset", (args.count - 2) / 2);
  return created;
}

/** Sets the fields of a new hash. */
function fill(context: CommandContext, entry: number): number {
  const { args } = context;
  let created = 0;
  for (let i = 2; i < args.count; i += 2) created += setField(context, entry, i);
  return created;
}

/** Sets fields of a hash that is in the database; those that are set before memory runs out stay. */
function overwrite(context: CommandContext, entry: number): number {
  const { args } = context;
  let created = 0;
  let i = 2;
  try {
    for (; i < args.count; i += 2) created += setField(context, entry, i);
  } catch (error) {
    if (i > 2) {
      context.recordPart(i);
      context.changed(1, EVENT_HASH, "hset", (i - 2) / 2);
    }
    throw error;
  }
  return created;
}

/** Sets the field in argument `i` to the argument after it; 1 where it is new. */
function setField(context: CommandContext, entry: number, i: number): number {
  const { args } = context;
  const { bytes } = args;
  const isNew = context.keyspace.hashes.set(
    entry,
    bytes,
    args.start(i),
    args.end(i),
    bytes,
    args.start(i + 1),
    args.end(i + 1),
  );
  return isNew ? 1 : 0;
}
