/**
 * COMMAND DOCS: what people, and the hints of redis-cli, need to know about commands.
 *
 * @module
 */

import type { ReplyWriter } from "../../resp/reply_writer.ts";
import { type ArgumentSpecification, defineCommand } from "../define.ts";
import type { Command } from "../table.ts";
import { replyWords } from "./command_info.ts";

/** `COMMAND DOCS [command-name [command-name ...]]` */
export const commandDocs = defineCommand({
  name: "DOCS",
  group: "server",
  since: "7.0.0",
  summary: "Get array of specific Redis command documentation",
  complexity: "O(N) where N is the number of commands to look up",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["loading", "stale"],
  categories: ["connection"],
  tips: ["nondeterministic_output_order"],
  keys: [],
  arguments: [{ name: "command-name", type: "string", optional: true, multiple: true }],
  subcommands: [],
  run({ args, reply, server }) {
    if (args.count === 2) return replyDocs(reply, server.commands.list());
    const commands: Command[] = [];
    for (let i = 2; i < args.count; i++) {
      const command = server.commands.named(args.text(i));
      if (command !== null) commands.push(command);
    }
    replyDocs(reply, commands);
  },
});

/** A field of a map: its name, and what writes its value. */
type Field = readonly [name: string, write: () => void];

/** Replies a map from names to what is to be said of each command. */
function replyDocs(reply: ReplyWriter, commands: readonly Command[]): void {
  reply.map(commands.length);
  for (const command of commands) {
    reply.bulkText(command.fullName);
    replyFields(reply, fieldsOfCommand(reply, command));
  }
}

function fieldsOfCommand(reply: ReplyWriter, command: Command): Field[] {
  const { summary, since, group, complexity, deprecated, history, ...definition } = command.definition;
  const text = (value: string) => () => reply.bulkText(value);
  const fields: Field[] = [["summary", text(summary)], ["since", text(since)], ["group", text(group)]];
  if (complexity !== "") fields.push(["complexity", text(complexity)]);
  if (command.definition.system === true) fields.push(["doc_flags", () => replyWords(reply, ["syscmd"])]);
  if (deprecated !== null) {
    fields.push(
      ["doc_flags", () => replyWords(reply, ["deprecated"])],
      ["deprecated_since", text(deprecated.since)],
      ["replaced_by", text(deprecated.replacedBy)],
    );
  }
  if (history.length > 0) fields.push(["history", () => replyHistory(reply, history)]);
  if (definition.arguments.length > 0) {
    fields.push(["arguments", () => replyArguments(reply, definition.arguments)]);
  }
  const { subcommands } = command;
  if (subcommands !== null) fields.push(["subcommands", () => replyDocs(reply, subcommands.list())]);
  return fields;
}

function replyHistory(reply: ReplyWriter, history: readonly (readonly [string, string])[]): void {
  reply.set(history.length);
  for (const [version, change] of history) {
    reply.array(2);
    reply.bulkText(version);
    reply.bulkText(change);
  }
}

function replyArguments(reply: ReplyWriter, specifications: readonly ArgumentSpecification[]): void {
  reply.array(specifications.length);
  for (const specification of specifications) replyFields(reply, fieldsOfArgument(reply, specification));
}

function fieldsOfArgument(reply: ReplyWriter, argument: ArgumentSpecification): Field[] {
  const { name, type, token, keySpecification, summary, since, deprecatedSince } = argument;
  const text = (value: string) => () => reply.bulkText(value);
  const fields: Field[] = [["name", text(name)], ["type", text(type)]];
  if (keySpecification !== undefined) {
    fields.push(["key_spec_index", () => reply.integer(keySpecification)]);
  }
  if (token !== undefined) fields.push(["token", text(token)]);
  if (summary !== undefined) fields.push(["summary", text(summary)]);
  if (since !== undefined) fields.push(["since", text(since)]);
  if (deprecatedSince !== undefined) fields.push(["deprecated_since", text(deprecatedSince)]);
  const flags: string[] = [];
  if (argument.optional) flags.push("optional");
  if (argument.multiple) flags.push("multiple");
  if (argument.multipleToken) flags.push("multiple_token");
  if (flags.length > 0) fields.push(["flags", () => replyWords(reply, flags)]);
  const parts = argument.arguments;
  if (parts !== undefined) fields.push(["arguments", () => replyArguments(reply, parts)]);
  return fields;
}

function replyFields(reply: ReplyWriter, fields: readonly Field[]): void {
  reply.map(fields.length);
  for (const [name, write] of fields) {
    reply.bulkText(name);
    write();
  }
}
