/**
 * Which arguments of requests are secrets, that whoever watches the requests of others is not to see.
 *
 * @module
 */

import { directives } from "../../config.ts";
import type { Command } from "../commands/table.ts";
import type { Args } from "../resp/args.ts";

const NONE: readonly number[] = [];

/** Names of the directives that hold secrets, older names included. */
const SENSITIVE: ReadonlySet<string> = new Set(
  Object.entries(directives).flatMap(([name, { sensitive, alias }]) =>
    sensitive === true ? alias === undefined ? [name] : [name, alias] : []
  ),
);

/** The arguments of a request that hold secrets: user names and passwords. */
export function secretArguments(command: Command, args: Args): readonly number[] {
  switch (command.fullName) {
    case "auth":
      return args.count === 2 ? [1] : args.count === 3 ? [1, 2] : NONE;
    case "hello":
      return secretsOfHello(args);
    case "config|set":
      return secretsOfConfigSet(args);
    case "acl|setuser":
      return Array.from({ length: args.count - 2 }, (_, i) => i + 2);
    default:
      return NONE;
  }
}

/** HELLO knows its secrets by the options before them: from one that it does not understand on, it has none. */
function secretsOfHello(args: Args): readonly number[] {
  if (!args.is(1, "2") && !args.is(1, "3")) return NONE;
  const secrets: number[] = [];
  for (let i = 2; i < args.count; i++) {
    const following = args.count - 1 - i;
    if (following >= 2 && args.is(i, "AUTH")) secrets.push(++i, ++i);
    else if (following >= 1 && args.is(i, "SETNAME")) i++;
    else break;
  }
  return secrets;
}

function secretsOfConfigSet(args: Args): readonly number[] {
  const secrets: number[] = [];
  for (let i = 2; i + 1 < args.count; i += 2) {
    if (SENSITIVE.has(args.text(i).toLowerCase())) secrets.push(i + 1);
  }
  return secrets;
}
