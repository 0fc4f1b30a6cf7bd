/**
 * What the commands that run scripts and functions have in common.
 *
 * @module
 */

import type { ArgumentSpecification, KeyFlag, KeySpecification } from "../define.ts";

const READ_WRITE: readonly KeyFlag[] = ["RW", "access", "update"];
const READ_ONLY: readonly KeyFlag[] = ["RO", "access"];

/** The keys, whose number is argument 2. */
export function keysOfScript(readOnly: boolean, hasNotes: boolean): KeySpecification {
  const worst = readOnly ? "RO and ACCESS" : "RW and UPDATE";
  return {
    notes: hasNotes ? `We cannot tell how the keys will be used so we assume the worst, ${worst}` : null,
    flags: readOnly ? READ_ONLY : READ_WRITE,
    begin: { type: "index", index: 2 },
    find: { type: "numkeys", numkeys: 0, first: 1, step: 1 },
  };
}

/** The arguments of a command that runs what its first argument names. */
export function argumentsOfScript(first: string): readonly ArgumentSpecification[] {
  return [
    { name: first, type: "string" },
    { name: "numkeys", type: "integer" },
    { name: "key", type: "key", keySpecification: 0, optional: true, multiple: true },
    { name: "arg", type: "string", optional: true, multiple: true },
  ];
}
