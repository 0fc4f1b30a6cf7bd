/**
 * FUNCTION: LOAD, DELETE, FLUSH, KILL, LIST, STATS, HELP; DUMP and RESTORE lie beside it.
 *
 * @module
 */

import {
  FUNCTION_FLUSH_MODE,
  FUNCTION_LIST_NO_NAME,
  subcommandSyntax,
  unknownListArgument,
  unknownLoadOption,
} from "../../base/errors.ts";
import { matchGlob } from "../../base/glob.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";
import type { FunctionLibrary } from "../../scripting/function_libraries.ts";
import { namesOfFlags } from "../../scripting/script_cache.ts";
import { defineCommand } from "../define.ts";
import { replyHelp } from "../help.ts";
import { functionDump, functionRestore } from "./function_payload.ts";

const load = defineCommand({
  name: "LOAD",
  group: "scripting",
  since: "7.0.0",
  summary: "Create a function with the given arguments (name, code, description)",
  complexity: "O(1) (considering compilation time is redundant)",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom", "noscript"],
  categories: ["scripting"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  keys: [],
  arguments: [
    { name: "replace", type: "pure-token", token: "REPLACE", optional: true },
    { name: "function-code", type: "string" },
  ],
  subcommands: [],
  run({ args, keyspace, reply, server }) {
    const code = args.count - 1;
    for (let i = 2; i < code; i++) if (!args.is(i, "REPLACE")) throw unknownLoadOption(args.text(i));
    const name = server.scripting.functions.load(args.view(code), { replaces: code > 2 });
    keyspace.dirty++;
    reply.bulkText(name);
  },
});

const remove = defineCommand({
  name: "DELETE",
  group: "scripting",
  since: "7.0.0",
  summary: "Delete a function by name",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 3,
  flags: ["write", "noscript"],
  categories: ["scripting"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  keys: [],
  arguments: [{ name: "library-name", type: "string" }],
  subcommands: [],
  run({ args, keyspace, reply, server }) {
    server.scripting.functions.delete(args.text(2));
    keyspace.dirty++;
    reply.ok();
  },
});

const flush = defineCommand({
  name: "FLUSH",
  group: "scripting",
  since: "7.0.0",
  summary: "Deleting all functions",
  complexity: "O(N) where N is the number of functions deleted",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["write", "noscript"],
  categories: ["scripting"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  keys: [],
  arguments: [{
    name: "async",
    type: "oneof",
    optional: true,
    arguments: [
      { name: "async", type: "pure-token", token: "ASYNC" },
      { name: "sync", type: "pure-token", token: "SYNC" },
    ],
  }],
  subcommands: [],
  run({ args, keyspace, reply, server }) {
    if (args.count > 3) throw subcommandSyntax("FUNCTION", args.text(1));
    if (args.count === 3 && !args.is(2, "SYNC") && !args.is(2, "ASYNC")) throw FUNCTION_FLUSH_MODE;
    // Either way: the machine is given up as a whole, and its memory with it.
    server.scripting.functions.flush();
    keyspace.dirty++;
    reply.ok();
  },
});

const kill = defineCommand({
  name: "KILL",
  group: "scripting",
  since: "7.0.0",
  summary: "Kill the function currently in execution.",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["noscript", "allow_busy"],
  categories: ["scripting"],
  tips: ["request_policy:all_shards", "response_policy:one_succeeded"],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    server.scripting.kill("function");
    reply.ok();
  },
});

const list = defineCommand({
  name: "LIST",
  group: "scripting",
  since: "7.0.0",
  summary: "List information about all the functions",
  complexity: "O(N) where N is the number of functions",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["noscript"],
  categories: ["scripting"],
  tips: ["nondeterministic_output_order"],
  keys: [],
  arguments: [
    { name: "library-name-pattern", type: "string", token: "LIBRARYNAME", optional: true },
    { name: "withcode", type: "pure-token", token: "WITHCODE", optional: true },
  ],
  subcommands: [],
  run({ args, reply, server }) {
    let withCode = false;
    let pattern: string | null = null;
    for (let i = 2; i < args.count; i++) {
      if (!withCode && args.is(i, "WITHCODE")) {
        withCode = true;
      } else if (pattern === null && args.is(i, "LIBRARYNAME")) {
        if (++i === args.count) throw FUNCTION_LIST_NO_NAME;
        pattern = args.text(i);
      } else {
        throw unknownListArgument(args.text(i));
      }
    }
    const libraries = [...server.scripting.functions.list()].filter(({ name }) =>
      pattern === null || matchGlob(pattern, name, true)
    );
    reply.array(libraries.length);
    for (const library of libraries) replyLibrary(reply, library, withCode);
  },
});

function replyLibrary(
  reply: ReplyWriter,
  { name, code, functions }: FunctionLibrary,
  withCode: boolean,
): void {
  reply.map(withCode ? 4 : 3);
  reply.bulkText("library_name");
  reply.bulkText(name);
  reply.bulkText("engine");
  reply.bulkText("LUA");
  reply.bulkText("functions");
  reply.array(functions.length);
  for (const { name, description, flags } of functions) {
    reply.map(3);
    reply.bulkText("name");
    reply.bulkText(name);
    reply.bulkText("description");
    if (description === null) reply.null();
    else reply.bulkText(description);
    reply.bulkText("flags");
    const names = namesOfFlags(flags);
    reply.set(names.length);
    for (const each of names) reply.simple(each);
  }
  if (!withCode) return;
  reply.bulkText("library_code");
  reply.bulk(code, 0, code.length);
}

const stats = defineCommand({
  name: "STATS",
  group: "scripting",
  since: "7.0.0",
  summary: "Return information about the function currently running (name, description, duration)",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["noscript", "allow_busy"],
  categories: ["scripting"],
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server: { scripting } }) {
    const running = scripting.runningFunction();
    reply.map(2);
    reply.bulkText("running_script");
    if (running === null) {
      reply.null();
    } else {
      const { name, request, milliseconds } = running;
      reply.map(3);
      reply.bulkText("name");
      reply.bulkText(name);
      reply.bulkText("command");
      reply.array(request.count);
      for (let i = 0; i < request.count; i++) reply.bulk(request.bytes, request.start(i), request.end(i));
      reply.bulkText("duration_ms");
      reply.integer(milliseconds);
    }
    const { libraries, functions } = scripting.functions.size;
    reply.bulkText("engines");
    reply.map(1);
    reply.bulkText("LUA");
    reply.map(2);
    reply.bulkText("libraries_count");
    reply.integer(libraries);
    reply.bulkText("functions_count");
    reply.integer(functions);
  },
});

const help = defineCommand({
  name: "HELP",
  group: "scripting",
  since: "7.0.0",
  summary: "Show helpful text about the different subcommands",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["loading", "stale"],
  categories: ["scripting"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run(context) {
    replyHelp(context, "FUNCTION", [
      "LOAD [REPLACE] <FUNCTION CODE>",
      "    Create a new library with the given library name and code.",
      "DELETE <LIBRARY NAME>",
      "    Delete the given library.",
      "LIST [LIBRARYNAME PATTERN] [WITHCODE]",
      "    Return general information on all the libraries:",
      "    * Library name",
      "    * The engine used to run the Library",
      "    * Library description",
      "    * Functions list",
      "    * Library code (if WITHCODE is given)",
      "    It also possible to get only function that matches a pattern using LIBRARYNAME argument.",
      "STATS",
      "    Return information about the current function running:",
      "    * Function name",
      "    * Command used to run the function",
      "    * Duration in MS that the function is running",
      "    If no function is running, return nil",
      "    In addition, returns a list of available engines.",
      "KILL",
      "    Kill the current running function.",
      "FLUSH [ASYNC|SYNC]",
      "    Delete all the libraries.",
      "    When called without the optional mode argument, the behavior is determined by the",
      "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
      "    * ASYNC: Asynchronously flush the libraries.",
      "    * SYNC: Synchronously flush the libraries.",
      "DUMP",
      "    Return a serialized payload representing the current libraries, can be restored using FUNCTION RESTORE command",
      "RESTORE <PAYLOAD> [FLUSH|APPEND|REPLACE]",
      "    Restore the libraries represented by the given payload, it is possible to give a restore policy to",
      "    control how to handle existing libraries (default APPEND):",
      "    * FLUSH: delete all existing libraries.",
      "    * APPEND: appends the restored libraries to the existing libraries. On collision, abort.",
      "    * REPLACE: appends the restored libraries to the existing libraries, On collision, replace the old",
      "      libraries with the new libraries (notice that even on this option there is a chance of failure",
      "      in case of functions name collision with another library).",
    ]);
  },
});

/** `FUNCTION LOAD | DELETE | FLUSH | KILL | LIST | STATS | DUMP | RESTORE | HELP` */
export const functionCommand = defineCommand({
  name: "FUNCTION",
  group: "scripting",
  since: "7.0.0",
  summary: "A container for function commands",
  complexity: "Depends on subcommand.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: [],
  categories: [],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [kill, help, functionDump, flush, functionRestore, list, load, remove, stats],
  run: null,
});
