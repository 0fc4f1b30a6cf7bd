/**
 * The effect of commands that remove a key as a consequence of something else.
 *
 * @module
 */

import type { RemovalEffect } from "../store/keyspace.ts";
import type { CommandContext } from "./context.ts";

/** Records, in place of the request, that the key in argument 1 was removed. */
export function recordKeyRemoval(context: CommandContext, effect: RemovalEffect): void {
  if (!context.beginEffect(2)) return;
  context.keyspace.effects.text(effect);
  context.effectArgument(1);
}
