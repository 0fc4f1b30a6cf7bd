/**
 * The subcommands of ACL that help to write rules: CAT, DRYRUN and GENPASS.
 *
 * @module
 */

import { untilNul } from "../../base/bytes.ts";
import {
  commandNotFound,
  GENPASS_BITS,
  unknownCategory,
  unknownSubcommandOrArity,
  userNotFound,
  wrongArity,
} from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";
import type { Command } from "../table.ts";

/** `ACL CAT [category]` */
export const aclCat = defineCommand({
  name: "CAT",
  group: "server",
  since: "6.0.0",
  summary: "List the ACL categories or the commands inside a category",
  complexity: "O(1) since the categories and commands are a fixed set.",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "categoryname", type: "string", optional: true }],
  subcommands: [],
  run({ args, reply, server }) {
    if (args.count > 3) throw unknownSubcommandOrArity("ACL", args.text(1));
    const { catalogue } = server.access.users;
    const names = args.count === 2
      ? [...catalogue.categories]
      : catalogue.inCategory(args.text(2))?.map(({ fullName }) => fullName);
    if (names === undefined) throw unknownCategory(args.text(2));
    reply.array(names.length);
    for (const name of names) reply.bulkText(name);
  },
});

/** Where in the arguments of DRYRUN the request begins that is asked about. */
const FIRST = 3;

/** `ACL DRYRUN username command [arg [arg ...]]` */
export const aclDryrun = defineCommand({
  name: "DRYRUN",
  group: "server",
  since: "7.0.0",
  summary: "Returns whether the user can execute the given command without executing the command.",
  complexity: "O(1).",
  history: [],
  deprecated: null,
  arity: -4,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [
    { name: "username", type: "string" },
    { name: "command", type: "string" },
    { name: "arg", type: "string", optional: true, multiple: true },
  ],
  subcommands: [],
  run(context) {
    const { args, reply, server } = context;
    const user = server.access.users.get(args.text(2));
    if (user === undefined) throw userNotFound(args.text(2));
    const command = commandAsked(context);
    if (command === null) throw commandNotFound(args.text(FIRST));
    const count = args.count - FIRST;
    if (command.arity < 0 ? count < -command.arity : count !== command.arity) {
      throw wrongArity(command.fullName);
    }
    const refusal = server.access.refusal(user, command, args, FIRST);
    if (refusal === null) return reply.ok();
    reply.bulkText(
      refusal.reason === "command"
        ? `This user has no permissions to run the '${command.fullName}' command`
        : `This user has no permissions to access the '${
          untilNul(args.text(refusal.argument))
        }' ${refusal.reason}`,
    );
  },
});

function commandAsked({ args, server }: CommandContext): Command | null {
  const command = server.commands.find(args.bytes, args.start(FIRST), args.end(FIRST));
  if (command === null || command.subcommands === null || args.count <= FIRST + 1) return command;
  return command.subcommands.find(args.bytes, args.start(FIRST + 1), args.end(FIRST + 1));
}

/** The longest password that GENPASS makes, bits. */
const MAX_BITS = 4096;

/** `ACL GENPASS [bits]` */
export const aclGenpass = defineCommand({
  name: "GENPASS",
  group: "server",
  since: "6.0.0",
  summary: "Generate a pseudorandom secure password to use for ACL users",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["noscript", "loading", "stale"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "bits", type: "integer", optional: true }],
  subcommands: [],
  run({ args, reply }) {
    if (args.count > 3) throw unknownSubcommandOrArity("ACL", args.text(1));
    const bits = args.count === 3 ? args.integer(2) : 256;
    if (bits <= 0 || bits > MAX_BITS) throw GENPASS_BITS;
    const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(bits / 8)));
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    reply.bulkText(digits.slice(0, Math.ceil(bits / 4)));
  },
});
