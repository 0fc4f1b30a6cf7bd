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
export const EXPIRE_NX_EXCLUDES = new WireError(
  "ERR NX and XX, GT or LT options at the same time are not compatible",
);
export const EXPIRE_GT_EXCLUDES_LT = new WireError(
  "ERR GT and LT options at the same time are not compatible",
);
export const IDLE_TIME_NOT_TRACKED = new WireError(
  "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between " +
    "policies at runtime LRU and LFU data will take some time to adjust.",
);
export const INVALID_FIRST_DB_INDEX = new WireError("ERR invalid first DB index");
export const INVALID_SECOND_DB_INDEX = new WireError("ERR invalid second DB index");
export const DEBUG_NOT_ALLOWED = new WireError(
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a ' +
    "local connection, otherwise you need to set this option in the configuration file, and then restart the server.",
);
export const OUT_OF_MEMORY = new WireError("OOM command not allowed when used memory > 'maxmemory'.");
export const SHUTDOWN_FAILED = new WireError("ERR Errors trying to SHUTDOWN. Check logs.");
export const NO_AUTH = new WireError("NOAUTH Authentication required.");
export const WRONG_PASS = new WireError("WRONGPASS invalid username-password pair or user is disabled.");
export const NO_PASSWORD_SET = new WireError(
  "ERR AUTH <password> called without any password configured for the default user. " +
    "Are you sure your configuration is correct?",
);
export const PROTOCOL_NOT_AN_INTEGER = new WireError(
  "ERR Protocol version is not an integer or out of range",
);
export const UNSUPPORTED_PROTOCOL = new WireError("NOPROTO unsupported protocol version");
export const HELLO_WITHOUT_AUTH = new WireError(
  "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> " +
    "option can be used to authenticate the client and select the RESP protocol version at the same time",
);
export const INVALID_CLIENT_NAME = new WireError(
  "ERR Client names cannot contain spaces, newlines or special characters.",
);
export const NO_SUCH_CLIENT = new WireError("ERR No such client");
export const INVALID_CLIENT_ID = new WireError("ERR Invalid client ID");
export const CLIENT_ID_NOT_POSITIVE = new WireError("ERR client-id should be greater than 0");
export const MAXAGE_NOT_AN_INTEGER = new WireError("ERR maxage is not an integer or out of range");
export const MAXAGE_NOT_POSITIVE = new WireError("ERR maxage should be greater than 0");
export const INVALID_PAUSE_MODE = new WireError("ERR CLIENT PAUSE mode must be WRITE or ALL");
export const UNBLOCKED = new WireError("UNBLOCKED client unblocked via CLIENT UNBLOCK");
export const INVALID_UNBLOCK_REASON = new WireError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
export const SECOND_REDIRECTION = new WireError("ERR A client can only redirect to a single other client");
export const NO_CLIENT_TO_REDIRECT_TO = new WireError(
  "ERR The client ID you want redirect to does not exist",
);
export const PREFIX_WITHOUT_BCAST = new WireError("ERR PREFIX option requires BCAST mode to be enabled");
export const BCAST_SWITCHED = new WireError(
  "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with " +
    "a different mode.",
);
export const BCAST_EXCLUDES_OPTIONS = new WireError("ERR OPTIN and OPTOUT are not compatible with BCAST");
export const OPTIN_EXCLUDES_OPTOUT = new WireError("ERR You can't specify both OPTIN mode and OPTOUT mode");
export const OPTIN_SWITCHED = new WireError(
  "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with " +
    "a different mode.",
);
export const CACHING_WITHOUT_TRACKING = new WireError(
  "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
);
export const CACHING_YES_WITHOUT_OPTIN = new WireError(
  "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.",
);
export const CACHING_NO_WITHOUT_OPTOUT = new WireError(
  "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
);
export const TIMEOUT_NOT_AN_INTEGER = new WireError("ERR timeout is not an integer or out of range");
export const TIMEOUT_NEGATIVE = new WireError("ERR timeout is negative");
export const ZADD_XX_AND_NX = new WireError("ERR XX and NX options at the same time are not compatible");
export const ZADD_GT_LT_NX = new WireError(
  "ERR GT, LT, and/or NX options at the same time are not compatible",
);
export const ZADD_INCR_PAIRS = new WireError("ERR INCR option supports a single increment-element pair");
export const SCORE_NOT_A_NUMBER = new WireError("ERR resulting score is not a number (NaN)");
export const SCORE_RANGE_NOT_FLOAT = new WireError("ERR min or max is not a float");
export const LEX_RANGE_INVALID = new WireError("ERR min or max not valid string range item");
export const LIMIT_BY_RANK = new WireError(
  "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
);
export const WITHSCORES_BY_LEX = new WireError(
  "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
);
export const WEIGHT_NOT_A_FLOAT = new WireError("ERR weight value is not a float");
export const NOT_POSITIVE = new WireError("ERR value is out of range, must be positive");
export const LIMIT_NEGATIVE = new WireError("ERR LIMIT can't be negative");
export const NUMKEYS_NOT_POSITIVE = new WireError("ERR numkeys should be greater than 0");
export const COUNT_NOT_POSITIVE = new WireError("ERR count should be greater than 0");
export const TIMEOUT_NOT_A_FLOAT = new WireError("ERR timeout is not a float or out of range");
export const TIMEOUT_OUT_OF_RANGE = new WireError("ERR timeout is out of range");
export const INVALID_COMMAND = new WireError("ERR Invalid command specified");
export const NO_KEY_ARGUMENTS = new WireError("ERR The command has no key arguments");
export const INVALID_COMMAND_ARITY = new WireError("ERR Invalid number of arguments specified for command");
export const INVALID_COMMAND_ARGUMENTS = new WireError("ERR Invalid arguments specified for command");
export const NO_SHUTDOWN = new WireError("ERR No shutdown in progress.");

export const BIT_OFFSET = new WireError("ERR bit offset is not an integer or out of range");
export const BIT_NOT_AN_INTEGER = new WireError("ERR bit is not an integer or out of range");
export const BIT_NOT_ZERO_OR_ONE = new WireError("ERR The bit argument must be 1 or 0.");
export const BITOP_NOT_OF_SEVERAL = new WireError(
  "ERR BITOP NOT must be called with a single source key.",
);
export const INVALID_BITFIELD_TYPE = new WireError(
  "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
);
export const INVALID_OVERFLOW_TYPE = new WireError("ERR Invalid OVERFLOW type specified");
export const BITFIELD_READ_ONLY = new WireError("ERR BITFIELD_RO only supports the GET subcommand");
export const NOT_A_HYPERLOGLOG = new WireError("WRONGTYPE Key is not a valid HyperLogLog string value.");
export const CORRUPTED_HYPERLOGLOG = new WireError("INVALIDOBJ Corrupted HLL object detected");

/** `EXPIRE` and its kin with a time that does not fit; `command` in lower case. */
export function invalidExpireTime(command: string): WireError {
  return new WireError(`ERR invalid expire time in '${command}' command`);
}

/** An option that `EXPIRE` and its kin do not know, as the client wrote it. */
export function unsupportedOption(option: string): WireError {
  return new WireError(`ERR Unsupported option ${option}`);
}

/** An integer that is one, but not from `min` to `max`. */
export function notInRange(min: number, max: number): WireError {
  return new WireError(`ERR value is out of range, value must between ${min} and ${max}`);
}

/** A subcommand that a command without a table of them does not know; `command` in upper case. */
export function unknownSubcommandOrArity(command: string, subcommand: string): WireError {
  return new WireError(
    `ERR unknown subcommand or wrong number of arguments for '${subcommand}'. Try ${command} HELP.`,
  );
}

/** Too few or too many arguments; `command` in lower case, a subcommand as `config|get`. */
export function wrongArity(command: string): WireError {
  return new WireError(`ERR wrong number of arguments for '${command}' command`);
}

/** Too few input keys; `command` in lower case. */
export function inputKeyNeeded(command: string): WireError {
  return new WireError(`ERR at least 1 input key is needed for '${command}' command`);
}

/** An integer argument outside of what the command takes. */
export function notBetween(min: number | bigint, max: number | bigint): WireError {
  return new WireError(`ERR value is out of range, value must between ${min} and ${max}`);
}

/** A container's subcommand with a number of arguments that only its own code finds wrong; `name` as it was sent. */
export function subcommandSyntax(container: string, name: string): WireError {
  const shown = untilNul(name).slice(0, 128);
  return new WireError(
    `ERR unknown subcommand or wrong number of arguments for '${shown}'. Try ${container} HELP.`,
  );
}

/** An option of HELLO that there is not, or that lacks its value. */
export function helloSyntax(option: string): WireError {
  return new WireError(`ERR Syntax error in HELLO option '${untilNul(option)}'`);
}

/** A BITOP that compares one source with the others and has no others; `operation` in upper case. */
export function bitopNeedsTwoKeys(operation: string): WireError {
  return new WireError(`ERR BITOP ${operation} must be called with at least two source keys.`);
}

/** A client type that there is not. */
export function unknownClientType(type: string): WireError {
  return new WireError(`ERR Unknown client type '${untilNul(type)}'`);
}

/** A user that there is not. */
export function noSuchUser(name: string): WireError {
  return new WireError(`ERR No such user '${untilNul(name)}'`);
}

/** An attribute of CLIENT SETINFO that there is not. */
export function unrecognizedOption(option: string): WireError {
  return new WireError(`ERR Unrecognized option '${untilNul(option)}'`);
}

/** A value that CLIENT SETINFO does not take; `attribute` as it was sent. */
export function invalidClientAttribute(attribute: string): WireError {
  return new WireError(
    `ERR ${untilNul(attribute)} cannot contain spaces, newlines or special characters.`,
  );
}

/** A prefix for CLIENT TRACKING that overlaps another one; `kind` says which: `existing`, or `another provided`. */
export function overlappingPrefix(prefix: string, other: string, kind: string): WireError {
  return new WireError(
    `ERR Prefix '${untilNul(prefix)}' overlaps with ${kind} prefix '${untilNul(other)}'. ` +
      "Prefixes for a single client must not overlap.",
  );
}

/** A command that there is not; `args` are the words that followed it. */
export function unknownCommand(name: string, args: Iterable<string>): WireError {
  let shown = "";
  for (const arg of args) {
    if (shown.length >= 128) break;
    shown += `'${untilNul(arg).slice(0, 128 - shown.length)}' `;
  }
  return new WireError(
    `ERR unknown command '${untilNul(name).slice(0, 128)}', with args beginning with: ${shown}`,
  );
}

/** A subcommand that there is not; `container` in any case. */
export function unknownSubcommand(name: string, container: string): WireError {
  const shown = untilNul(name).slice(0, 128);
  return new WireError(`ERR unknown subcommand '${shown}'. Try ${container.toUpperCase()} HELP.`);
}

/** Redis formats words of clients with `%s`, so that a NUL ends them. */
function untilNul(text: string): string {
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}
