/**
 * HPERSIST.
 *
 * @module
 */

import { EVENT_HASH } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { hasExpired, updateVolatile, writeHash } from "./_internal.ts";
import { checkFields, FIELDS_ARGUMENT, NO_EXPIRY, NO_FIELD } from "./hash_expiry.ts";

/** Reply for a field whose expiry was taken away. */
const PERSISTED = 1;

/** `HPERSIST key FIELDS numfields field [field ...]` */
export const hpersist = defineCommand({
  name: "HPERSIST",
  group: "hash",
  since: "7.4.0",
  summary: "Removes the expiration time for each specified field",
  complexity: "O(N) where N is the number of specified fields",
  history: [],
  deprecated: null,
  arity: -5,
  flags: ["write", "fast"],
  categories: ["hash"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, FIELDS_ARGUMENT],
  subcommands: [],
  run(context) {
    const { args, database, keyspace, reply } = context;
    const { hashes } = keyspace;
    const entry = writeHash(context);
    checkFields(args, 2);
    reply.array(args.count - 4);
    if (entry !== 0) database.willChange(entry);
    const persisted: number[] = [];
    try {
      for (let i = 4; i < args.count; i++) {
        const found = entry !== 0 && hashes.find(entry, args.bytes, args.start(i), args.end(i));
        if (!found || hasExpired(context, hashes.expiry)) {
          reply.integer(NO_FIELD);
        } else if (hashes.expiry < 0) {
          reply.integer(NO_EXPIRY);
        } else {
          hashes.setExpiry(entry, -1);
          persisted.push(i);
          reply.integer(PERSISTED);
        }
      }
    } catch (error) {
      recordPart(context, persisted);
      throw error;
    } finally {
      if (persisted.length > 0) {
        updateVolatile(context, entry);
        context.changed(1, EVENT_HASH, "hpersist");
      }
    }
  },
});

/** Records that the fields in those arguments have been persisted, and no others, because memory ran out. */
function recordPart(context: CommandContext, persisted: readonly number[]): void {
  if (persisted.length === 0 || !context.beginEffect(4 + persisted.length)) return;
  const { effects } = context.keyspace;
  effects.text("HPERSIST");
  context.effectArgument(1);
  effects.text("FIELDS");
  effects.text(String(persisted.length));
  for (const i of persisted) context.effectArgument(i);
}
