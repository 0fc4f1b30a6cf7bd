/**
 * ACL LOG.
 *
 * @module
 */

import { unknownSubcommandOrArity } from "../../base/errors.ts";
import { formatDouble } from "../../base/numbers.ts";
import { defineCommand } from "../define.ts";

/** Number of entries that are shown where nobody asks for another. */
const SHOWN = 10;

/** `ACL LOG [count | RESET]` */
export const aclLog = defineCommand({
  name: "LOG",
  group: "server",
  since: "6.0.0",
  summary: "List latest events denied because of ACLs in place",
  complexity: "O(N) with N being the number of entries shown.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [
    {
      name: "operation",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "count", type: "integer" },
        { name: "reset", type: "pure-token", token: "RESET" },
      ],
    },
  ],
  subcommands: [],
  run({ args, keyspace, reply, server }) {
    const { log } = server.access;
    if (args.count > 3) throw unknownSubcommandOrArity("ACL", args.text(1));
    if (args.count === 3 && args.is(2, "RESET")) {
      log.reset();
      return reply.ok();
    }
    const count = args.count === 3 ? Math.max(0, args.integer(2)) : SHOWN;
    const entries = log.entries.slice(0, count);
    reply.array(entries.length);
    for (const entry of entries) {
      reply.map(7);
      reply.bulkText("count");
      reply.integer(entry.count);
      reply.bulkText("reason");
      reply.bulkText(entry.reason);
      reply.bulkText("context");
      reply.bulkText(entry.context);
      reply.bulkText("object");
      reply.bulkText(entry.object);
      reply.bulkText("username");
      reply.bulkText(entry.user);
      reply.bulkText("age-seconds");
      reply.doubleText(formatDouble((keyspace.now - entry.time) / 1000));
      reply.bulkText("client-info");
      reply.bulkText(entry.client);
    }
  },
});
