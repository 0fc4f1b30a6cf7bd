/**
 * Every error text that goes over the wire, in Redis's own words, in one place.
 *
 * A handler throws one of these; dispatch takes back what the handler had already written and sends the text.
 * They are plain objects: an `Error` captures a stack, which costs microseconds on a path that clients can drive.
 *
 * @module
 */

/** An error reply. `message` is the whole line after the `-`, code first: `"ERR syntax error"`. */
export class WireError {
  /** The line without the leading `-`, as a byte string. */
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export const SYNTAX = new WireError("ERR syntax error");
export const WRONG_TYPE = new WireError(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
export const NOT_AN_INTEGER = new WireError("ERR value is not an integer or out of range");
export const NOT_A_FLOAT = new WireError("ERR value is not a valid float");
export const OUT_OF_RANGE = new WireError("ERR value is out of range");
export const INCREMENT_OVERFLOW = new WireError("ERR increment or decrement would overflow");
export const DECREMENT_OVERFLOW = new WireError("ERR decrement would overflow");
export const NAN_OR_INFINITY = new WireError("ERR increment would produce NaN or Infinity");
export const NO_SUCH_KEY = new WireError("ERR no such key");
export const SAME_OBJECT = new WireError("ERR source and destination objects are the same");
export const INDEX_OUT_OF_RANGE = new WireError("ERR index out of range");
export const DB_INDEX_OUT_OF_RANGE = new WireError("ERR DB index is out of range");
export const INVALID_DB_INDEX = new WireError("ERR invalid DB index");
export const INVALID_CURSOR = new WireError("ERR invalid cursor");
export const OFFSET_OUT_OF_RANGE = new WireError("ERR offset is out of range");
export const STRING_TOO_LONG = new WireError(
  "ERR string exceeds maximum allowed size (proto-max-bulk-len)",
);
export const LCS_NOT_STRINGS = new WireError("ERR The specified keys must contain string values");
export const LCS_LENGTH_AND_INDEXES = new WireError(
  "ERR If you want both the length and indexes, please just use IDX.",
);
export const LCS_TABLE_TOO_LARGE = new WireError(
  "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
);
export const LCS_TABLE_REFUSED = new WireError(
  "ERR Insufficient memory, failed allocating transient memory for LCS",
);
export const OUT_OF_MEMORY = new WireError("OOM command not allowed when used memory > 'maxmemory'.");
export const NO_AUTH = new WireError("NOAUTH Authentication required.");
export const WRONG_PASS = new WireError("WRONGPASS invalid username-password pair or user is disabled.");

/** `EXPIRE` and its kin with a time that does not fit; `command` in lower case. */
export function invalidExpireTime(command: string): WireError {
  return new WireError(`ERR invalid expire time in '${command}' command`);
}

/** Too few or too many arguments; `command` in lower case, a subcommand as `config|get`. */
export function wrongArity(command: string): WireError {
  return new WireError(`ERR wrong number of arguments for '${command}' command`);
}
