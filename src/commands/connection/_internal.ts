/**
 * What the commands on connections have in common.
 *
 * @module
 */

import { INVALID_CLIENT_NAME, unknownClientType, WRONG_PASS } from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import type { ClientSession, CommandContext } from "../context.ts";

/**
 * Logs the client in as `user`.
 *
 * @throws {WireError} where the password is not that user's; then the client stays who it was
 */
export function authenticate(context: CommandContext, user: string, password: string): void {
  const { args, server, session } = context;
  if (!server.access.authenticate(session, user, password, args.text(0))) throw WRONG_PASS;
}

/**
 * Gives the connection the name in argument `i`; an empty one takes its name away.
 *
 * @throws {WireError} where the name does not fit into a line of CLIENT LIST
 */
export function setClientName(context: CommandContext, i: number): void {
  const name = context.args.text(i);
  if (!fitsClientList(name)) throw INVALID_CLIENT_NAME;
  context.session.name = name;
}

/** Whether a text is printable ASCII without spaces, so that lines of CLIENT LIST can be taken apart. */
export function fitsClientList(text: string): boolean {
  return /^[!-~]*$/.test(text);
}

/**
 * The client type in argument `i`.
 *
 * @throws {WireError} where there is no such type
 */
export function clientType(args: Args, i: number): ClientSession["type"] {
  if (args.is(i, "NORMAL")) return "normal";
  if (args.is(i, "REPLICA") || args.is(i, "SLAVE")) return "replica";
  if (args.is(i, "PUBSUB")) return "pubsub";
  if (args.is(i, "MASTER")) return "master";
  throw unknownClientType(args.text(i));
}
