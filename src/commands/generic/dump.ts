/**
 * DUMP.
 *
 * @module
 */

import { RDB_VERSION_7_0 } from "../../persistence/rdb_format.ts";
import { sealPayload } from "../../persistence/rdb_payload.ts";
import { RdbValues } from "../../persistence/rdb_values.ts";
import { RdbWriter } from "../../persistence/rdb_writer.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";

/**
 * The version that payloads are written for, so that Redis 7.0 restores them: a small set is written without its
 * packing, a stream without the times at which consumers were active. Only what 7.0 has no form for, a hash of which
 * fields expire, is written for a later one.
 */
const DUMP_VERSION = RDB_VERSION_7_0;

/** The value of an entry as its type and what follows it; `rdbcompression` is heeded. */
export function serialize(context: CommandContext, entry: number): RdbWriter {
  const [[, compression]] = context.server.configuration.matching(["rdbcompression"]);
  const writer = new RdbWriter(compression === "yes");
  const values = RdbValues.of(context.keyspace);
  const type = values.type(entry, DUMP_VERSION);
  writer.byte(type);
  values.write(writer, entry, type);
  return writer;
}

/** `DUMP key` */
export const dump = defineCommand({
  name: "DUMP",
  group: "generic",
  since: "2.6.0",
  summary: "Return a serialized version of the value stored at the specified key.",
  complexity:
    "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["readonly"],
  categories: ["keyspace"],
  tips: ["nondeterministic_output"],
  keys: [oneKey(1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }],
  subcommands: [],
  run(context) {
    const entry = context.read(1);
    if (entry === 0) return context.reply.null();
    const writer = serialize(context, entry);
    sealPayload(writer, versionOf(writer));
    context.reply.bulk(writer.bytes, 0, writer.length);
  },
});

function versionOf(writer: RdbWriter): number {
  return RdbValues.versionFor(writer.bytes[0], DUMP_VERSION);
}
