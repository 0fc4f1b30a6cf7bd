/**
 * FUNCTION DUMP, FUNCTION RESTORE: all libraries as one payload.
 *
 * ```text
 *  { 245  code as a string of an RDB file } ...  version and CRC64 as in DUMP
 * ```
 *
 * @module
 */

import {
  FUNCTION_RESTORE_DAMAGED,
  FUNCTION_RESTORE_POLICY,
  FUNCTION_RESTORE_PRE_GA,
  FUNCTION_RESTORE_TYPE,
  PAYLOAD_WRONG,
  subcommandSyntax,
} from "../../base/errors.ts";
import { OPCODE_FUNCTION, OPCODE_FUNCTION_PRE_GA } from "../../persistence/rdb_file.ts";
import { RDB_VERSION_7_0, RdbCorrupt } from "../../persistence/rdb_format.ts";
import { isPayload, PAYLOAD_FOOTER_BYTES, sealPayload } from "../../persistence/rdb_payload.ts";
import { RdbReader, RdbString } from "../../persistence/rdb_reader.ts";
import { RdbWriter } from "../../persistence/rdb_writer.ts";
import type { Args } from "../../resp/args.ts";
import type { RestorePolicy } from "../../scripting/function_libraries.ts";
import { defineCommand } from "../define.ts";

/** `FUNCTION DUMP` */
export const functionDump = defineCommand({
  name: "DUMP",
  group: "scripting",
  since: "7.0.0",
  summary: "Dump all functions into a serialized binary payload",
  complexity: "O(N) where N is the number of functions",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["noscript"],
  categories: ["scripting"],
  tips: [],
  keys: [],
  arguments: [],
  subcommands: [],
  run({ reply, server }) {
    const [[, compression]] = server.configuration.matching(["rdbcompression"]);
    const writer = new RdbWriter(compression === "yes");
    for (const { code } of server.scripting.functions.list()) {
      writer.byte(OPCODE_FUNCTION);
      writer.string(code, 0, code.length);
    }
    sealPayload(writer, RDB_VERSION_7_0);
    reply.bulk(writer.bytes, 0, writer.length);
  },
});

/** `FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE]` */
export const functionRestore = defineCommand({
  name: "RESTORE",
  group: "scripting",
  since: "7.0.0",
  summary: "Restore all the functions on the given payload",
  complexity: "O(N) where N is the number of functions on the payload",
  history: [],
  deprecated: null,
  arity: -3,
  flags: ["write", "denyoom", "noscript"],
  categories: ["scripting"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  keys: [],
  arguments: [
    { name: "serialized-value", type: "string" },
    {
      name: "policy",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "flush", type: "pure-token", token: "FLUSH" },
        { name: "append", type: "pure-token", token: "APPEND" },
        { name: "replace", type: "pure-token", token: "REPLACE" },
      ],
    },
  ],
  subcommands: [],
  run({ args, keyspace, reply, server }) {
    if (args.count > 4) throw subcommandSyntax("FUNCTION", args.text(1));
    const policy = args.count === 4 ? policyOf(args) : "append";
    server.scripting.functions.restore(readCodes(args), policy);
    keyspace.dirty++;
    reply.ok();
  },
});

/** The policy that argument 3 names. @throws {WireError} */
function policyOf(args: Args): RestorePolicy {
  if (args.is(3, "FLUSH")) return "flush";
  if (args.is(3, "APPEND")) return "append";
  if (args.is(3, "REPLACE")) return "replace";
  throw FUNCTION_RESTORE_POLICY;
}

/** The code of the libraries in argument 2. @throws {WireError} */
function readCodes(args: Args): Uint8Array[] {
  const { bytes } = args;
  const [start, end] = [args.start(2), args.end(2)];
  if (!isPayload(bytes, start, end)) throw PAYLOAD_WRONG;
  const reader = new RdbReader(bytes, start, end - PAYLOAD_FOOTER_BYTES);
  const string = new RdbString();
  const codes: Uint8Array[] = [];
  while (reader.at < reader.end) {
    const type = reader.byte();
    if (type === OPCODE_FUNCTION_PRE_GA) throw FUNCTION_RESTORE_PRE_GA;
    if (type !== OPCODE_FUNCTION) throw FUNCTION_RESTORE_TYPE;
    try {
      reader.string(string);
    } catch (error) {
      if (error instanceof RdbCorrupt) throw FUNCTION_RESTORE_DAMAGED;
      throw error;
    }
    codes.push(string.bytes.slice(string.start, string.end));
  }
  return codes;
}
