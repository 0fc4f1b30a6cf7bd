/**
 * COMMAND INFO: what clients and proxies need to know about commands.
 *
 * @module
 */

import type { ReplyWriter } from "../../resp/reply_writer.ts";
import type { CommandContext } from "../context.ts";
import { COMMAND_FLAGS, defineCommand, type KeySpecification } from "../define.ts";
import { legacyKeyRange } from "../keys.ts";
import type { Command } from "../table.ts";

/** `COMMAND INFO [command-name [command-name ...]]` */
export const commandInfo = defineCommand({
  name: "INFO",
  group: "server",
  since: "2.8.13",
  summary: "Get array of specific Redis command details, or all when no argument is given.",
  complexity: "O(N) where N is the number of commands to look up",
  history: [["7.0.0", "Allowed to be called with no argument to get info on all commands."]],
  deprecated: null,
  arity: -2,
  flags: ["loading", "stale"],
  categories: ["connection"],
  tips: ["nondeterministic_output_order"],
  keys: [],
  arguments: [{ name: "command-name", type: "string", optional: true, multiple: true }],
  subcommands: [],
  run(context) {
    const { args, reply, server } = context;
    if (args.count === 2) return replyAllInfo(context);
    reply.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      const command = server.commands.named(args.text(i));
      if (command === null) reply.null();
      else replyInfo(reply, command);
    }
  },
});

/** Replies what COMMAND and COMMAND INFO without names tell: everything about all commands. */
export function replyAllInfo({ reply, server }: CommandContext): void {
  const commands = server.commands.list();
  reply.array(commands.length);
  for (const command of commands) replyInfo(reply, command);
}

function replyInfo(reply: ReplyWriter, command: Command): void {
  const { definition } = command;
  const range = legacyKeyRange(definition.keys);
  const flags = new Set<string>(definition.flags);
  if (range.movable) flags.add("movablekeys");

  reply.array(10);
  reply.bulkText(command.fullName);
  reply.integer(command.arity);
  replyWords(reply, COMMAND_FLAGS.filter((flag) => flags.has(flag)));
  reply.integer(range.first);
  reply.integer(range.last);
  reply.integer(range.step);
  replyWords(reply, command.categories.map((category) => `@${category}`));
  reply.set(definition.tips.length);
  for (const tip of definition.tips) reply.bulkText(tip);
  reply.set(definition.keys.length);
  for (const key of definition.keys) replyKeySpecification(reply, key);
  const subcommands = command.subcommands?.list() ?? [];
  if (subcommands.length === 0) return reply.set(0);
  reply.array(subcommands.length);
  for (const subcommand of subcommands) replyInfo(reply, subcommand);
}

/** Replies a set of simple strings. */
export function replyWords(reply: ReplyWriter, words: readonly string[]): void {
  reply.set(words.length);
  for (const word of words) reply.simple(word);
}

function replyKeySpecification(reply: ReplyWriter, { notes, flags, begin, find }: KeySpecification): void {
  reply.map(notes === null ? 3 : 4);
  if (notes !== null) {
    reply.bulkText("notes");
    reply.bulkText(notes);
  }
  reply.bulkText("flags");
  replyWords(reply, flags);
  reply.bulkText("begin_search");
  switch (begin.type) {
    case "index":
      replySearch(reply, "index", [["index", begin.index]]);
      break;
    case "keyword":
      replySearch(reply, "keyword", [["keyword", begin.keyword], ["startfrom", begin.from]]);
      break;
    case "unknown":
      replySearch(reply, "unknown", []);
  }
  reply.bulkText("find_keys");
  switch (find.type) {
    case "range":
      replySearch(reply, "range", [["lastkey", find.last], ["keystep", find.step], ["limit", find.limit]]);
      break;
    case "numkeys":
      replySearch(reply, "keynum", [
        ["keynumidx", find.numkeys],
        ["firstkey", find.first],
        ["keystep", find.step],
      ]);
      break;
    case "unknown":
      replySearch(reply, "unknown", []);
  }
}

/** One of the two steps of finding keys. */
function replySearch(
  reply: ReplyWriter,
  type: string,
  fields: readonly (readonly [name: string, value: string | number])[],
): void {
  reply.map(2);
  reply.bulkText("type");
  reply.bulkText(type);
  reply.bulkText("spec");
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.bulkText(name);
    if (typeof value === "number") reply.integer(value);
    else reply.bulkText(value);
  }
}
