/**
 * The HELP subcommands.
 *
 * @module
 */

import type { CommandContext } from "./context.ts";

/**
 * Replies what HELP says of a container's subcommands, HELP itself included.
 *
 * @param container its name, in upper case
 * @param lines Redis's own
 */
export function replyHelp(context: CommandContext, container: string, lines: readonly string[]): void {
  const { reply } = context;
  reply.array(lines.length + 3);
  reply.simple(`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) reply.simple(line);
  reply.simple("HELP");
  reply.simple("    Prints this help.");
}
