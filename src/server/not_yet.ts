/**
 * Directives that are read and shown, and do nothing in this version: whoever relies on one is told.
 *
 * @module
 */

import type { Configuration, DirectiveName } from "./configuration.ts";
import { directives } from "../../config.ts";
import type { ServerLog } from "./log.ts";

const NOT_YET: readonly (readonly [name: DirectiveName, consequence: string])[] = [
  ["replicaof", "the server is a primary"],
  ["cluster-enabled", "the server stands alone"],
];

/** Warns about directives whose value differs from the default and has no effect yet, now and when CONFIG SET sets one. */
export function warnOfDirectivesToCome(configuration: Configuration, log: ServerLog): void {
  for (const [name, consequence] of NOT_YET) {
    const warn = () => {
      if (configuration.text(name) === directives[name].initial.text) return;
      log.warning(`WARNING: '${name}' is not implemented yet: ${consequence}`);
    };
    warn();
    configuration.onChange(name, warn);
  }
}
