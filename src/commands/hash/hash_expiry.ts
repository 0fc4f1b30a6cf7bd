/**
 * What the commands on the expiry of fields have in common.
 *
 * @module
 */

import {
  FIELDS_MISSING,
  FIELDS_NOT_POSITIVE,
  NUMFIELDS_MISMATCH,
  type WireError,
} from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import type { ArgumentSpecification } from "../define.ts";

/** `FIELDS numfields field [field ...]` */
export const FIELDS_ARGUMENT: ArgumentSpecification = {
  name: "fields",
  type: "block",
  token: "FIELDS",
  arguments: [{ name: "numfields", type: "integer" }, { name: "field", type: "string", multiple: true }],
};

/** What HEXPIRE, HTTL, HPERSIST and their kin reply for a field that is not there, and for one without expiry. */
export const NO_FIELD = -2, NO_EXPIRY = -1;

/**
 * Checks the word FIELDS in argument `i` and the number after it, which must be that of the arguments left.
 *
 * @throws {WireError} where something is wrong; `notPositive` where that number is
 */
export function checkFields(args: Args, i: number, notPositive: WireError = FIELDS_NOT_POSITIVE): void {
  if (!args.is(i, "FIELDS")) throw FIELDS_MISSING;
  const count = args.integer(i + 1, notPositive);
  if (count < 1) throw notPositive;
  if (count !== args.count - i - 2) throw NUMFIELDS_MISMATCH;
}
