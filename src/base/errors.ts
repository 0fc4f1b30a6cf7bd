/**
 * Every error text that goes over the wire, in Redis's own words, in one place.
 *
 * A handler throws one of these; dispatch takes back what the handler had already written and sends the text.
 * They are plain objects: an `Error` captures a stack, which costs microseconds on a path that clients can drive.
 *
 * @module
 */

import { untilNul } from "./bytes.ts";

/** An error reply. `message` is the whole line after the `-`, code first: `"ERR syntax error"`. */
export class WireError {
  /** The line without the leading `-`, as a byte string. */
  readonly message: string;
  #code = "";

  constructor(message: string) {
    this.message = message;
  }

  /** The first word of the message, by which errors are counted. */
  get code(): string {
    return this.#code ||= codeOf(this.message);
  }
}

/** The first word of an error's message. */
export function codeOf(message: string): string {
  const space = message.indexOf(" ");
  return space < 0 ? message : message.slice(0, space);
}

/** An error reply that the statistics have already: that of a command that a script has called. */
export class CountedError extends WireError {}

export const SYNTAX = new WireError("ERR syntax error");
export const WRONG_TYPE = new WireError(
  "WRONGTYPE Operation against a key holding the wrong kind of value",
);
export const NOT_AN_INTEGER = new WireError("ERR value is not an integer or out of range");
export const NOT_A_FLOAT = new WireError("ERR value is not a valid float");
export const OUT_OF_RANGE = new WireError("ERR value is out of range");
export const HASH_VALUE_NOT_AN_INTEGER = new WireError("ERR hash value is not an integer");
export const HASH_VALUE_NOT_A_FLOAT = new WireError("ERR hash value is not a float");
export const VALUE_NAN_OR_INFINITY = new WireError("ERR value is NaN or Infinity");
export const FIELD_EXPIRY_NEGATIVE = new WireError("ERR invalid expire time, must be >= 0");
export const FIELDS_MISSING = new WireError(
  "ERR Mandatory argument FIELDS is missing or not at the right position",
);
export const NUMFIELDS_NOT_POSITIVE = new WireError("ERR Parameter `numFields` should be greater than 0");
export const FIELDS_NOT_POSITIVE = new WireError("ERR Number of fields must be a positive integer");
export const NUMFIELDS_MISMATCH = new WireError(
  "ERR The `numfields` parameter must match the number of arguments",
);
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
export const FREQUENCY_NOT_TRACKED = new WireError(
  "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching " +
    "between policies at runtime LRU and LFU data will take some time to adjust.",
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
export const LOADING = new WireError("LOADING Redis is loading the dataset in memory");
export const MISCONF_RDB = new WireError(
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may " +
    "modify the data set are disabled, because this instance is configured to report errors during writes if RDB " +
    "snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
);
/** Writes are refused because the AOF cannot be written; `reason` is the system's. */
export function misconfAof(reason: string): WireError {
  return new WireError(`MISCONF Errors writing to the AOF file: ${reason}`);
}
export const AOF_REWRITE_IN_PROGRESS = new WireError(
  "ERR Background append only file rewriting already in progress",
);
export const AOF_REWRITE_FAILED = new WireError(
  "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.",
);
export const AOF_REWRITE_ACTIVE = new WireError(
  "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a " +
    "BGSAVE whenever possible.",
);
export const LOADAOF_FAILED = new WireError("ERR Error trying to load the AOF files, check server logs.");
export const SAVE_IN_PROGRESS = new WireError("ERR Background save already in progress");
export const SAVE_FAILED = new WireError("ERR");
export const RELOAD_OPTIONS = new WireError(
  "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
);
export const RELOAD_FAILED = new WireError("ERR Error trying to load the RDB dump");
export const SHUTDOWN_FAILED = new WireError("ERR Errors trying to SHUTDOWN. Check logs.");
export const MULTI_NESTED = new WireError("ERR MULTI calls can not be nested");
export const WATCH_INSIDE_MULTI = new WireError("ERR WATCH inside MULTI is not allowed");
export const EXEC_WITHOUT_MULTI = new WireError("ERR EXEC without MULTI");
export const DISCARD_WITHOUT_MULTI = new WireError("ERR DISCARD without MULTI");
export const EXEC_ABORTED = new WireError("EXECABORT Transaction discarded because of previous errors.");
export const NOT_INSIDE_MULTI = new WireError("ERR Command not allowed inside a transaction");
export const SSUBSCRIBE_DENIED = new WireError("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
export const MONITOR_DENIED = new WireError("ERR MONITOR isn't allowed for DENY BLOCKING client");
/** Redis counts clients in MONITOR as replicas. */
export const REPLICA_DENIED = new WireError("ERR Replica can't interact with the keyspace");
export const NO_AUTH = new WireError("NOAUTH Authentication required.");
export const WRONG_PASS = new WireError("WRONGPASS invalid username-password pair or user is disabled.");
export const NO_PERMISSION_FOR_KEY = new WireError(
  "NOPERM this user has no permissions to access one of the keys used as arguments",
);
export const NO_PERMISSION_FOR_CHANNEL = new WireError(
  "NOPERM this user has no permissions to access one of the channels used as arguments",
);
export const NO_ACL_FILE = new WireError(
  "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER " +
    "command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store " +
    "users in the Redis configuration.",
);
export const ACL_SAVE_FAILED = new WireError(
  "ERR There was an error trying to save the ACLs. Please check the server logs for more information",
);
export const INVALID_USER_NAME = new WireError("ERR Usernames can't contain spaces or null characters");
export const DEFAULT_USER_STAYS = new WireError("ERR The 'default' user cannot be removed");
export const GENPASS_BITS = new WireError(
  "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
);
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
export const CARDINALITY_LIMIT_NEGATIVE = new WireError("ERR LIMIT can't be negative");
export const TOO_MANY_NUMKEYS = new WireError("ERR Number of keys can't be greater than number of args");
export const NUMKEYS_NOT_POSITIVE = new WireError("ERR numkeys should be greater than 0");
export const COUNT_NOT_POSITIVE = new WireError("ERR count should be greater than 0");
export const TIMEOUT_NOT_A_FLOAT = new WireError("ERR timeout is not a float or out of range");
export const GEO_UNIT = new WireError("ERR unsupported unit provided. please use M, KM, FT, MI");
export const GEO_RADIUS_NOT_NUMERIC = new WireError("ERR need numeric radius");
export const GEO_RADIUS_NEGATIVE = new WireError("ERR radius cannot be negative");
export const GEO_WIDTH_NOT_NUMERIC = new WireError("ERR need numeric width");
export const GEO_HEIGHT_NOT_NUMERIC = new WireError("ERR need numeric height");
export const GEO_BOX_NEGATIVE = new WireError("ERR height or width cannot be negative");
export const GEO_NO_SUCH_MEMBER = new WireError("ERR could not decode requested zset member");
export const GEO_COUNT_NOT_POSITIVE = new WireError("ERR COUNT must be > 0");
export const GEO_ANY_WITHOUT_COUNT = new WireError("ERR the ANY argument requires COUNT argument");
export const SCORES_NOT_DOUBLES = new WireError(
  "ERR One or more scores can't be converted into double",
);
export const LPOS_RANK_ZERO = new WireError(
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from " +
    "the end of the list",
);
export const LPOS_COUNT_NEGATIVE = new WireError("ERR COUNT can't be negative");
export const LPOS_MAXLEN_NEGATIVE = new WireError("ERR MAXLEN can't be negative");
export const INVALID_COMMAND = new WireError("ERR Invalid command specified");
export const NO_KEY_ARGUMENTS = new WireError("ERR The command has no key arguments");
export const INVALID_COMMAND_ARITY = new WireError("ERR Invalid number of arguments specified for command");
export const INVALID_COMMAND_ARGUMENTS = new WireError("ERR Invalid arguments specified for command");
export const NO_SHUTDOWN = new WireError("ERR No shutdown in progress.");
export const SLOWLOG_COUNT = new WireError("ERR count should be greater than or equal to -1");
export const DATABASE_OUT_OF_RANGE = new WireError("ERR Out of range database");
export const NOT_A_HASH_TABLE = new WireError(
  "ERR The value stored at the specified key is not represented using an hash table",
);
export const NOT_A_LISTPACK = new WireError("ERR Not a listpack encoded object.");
export const NOT_A_QUICKLIST = new WireError("ERR Not a quicklist encoded object.");
export const PACKED_THRESHOLD = new WireError(
  "ERR argument must be a memory value bigger than 1 and smaller than 4gb",
);
export const PROTOCOL_TYPE_UNKNOWN = new WireError(
  "ERR Wrong protocol type name. Please use one of the following: " +
    "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false",
);
export const RESP2_UNSUPPORTED = new WireError("ERR RESP2 is not supported by this command");
export const BUSY_KEY = new WireError("BUSYKEY Target key name already exists.");
export const INVALID_TTL = new WireError("ERR Invalid TTL value, must be >= 0");
export const INVALID_IDLETIME = new WireError("ERR Invalid IDLETIME value, must be >= 0");
export const INVALID_FREQ = new WireError("ERR Invalid FREQ value, must be >= 0 and <= 255");
export const PAYLOAD_WRONG = new WireError("ERR DUMP payload version or checksum are wrong");
export const BAD_DATA_FORMAT = new WireError("ERR Bad data format");

export const NO_SCRIPT = new WireError("NOSCRIPT No matching script. Please use EVAL.");
export const NUMKEYS_NEGATIVE = new WireError("ERR Number of keys can't be negative");
export const SCRIPT_FLUSH_MODE = new WireError("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
export const SCRIPT_DEBUG_MODE = new WireError("ERR Use SCRIPT DEBUG YES/SYNC/NO");
export const SCRIPT_DEBUG_REFUSED = new WireError("ERR The debugger for scripts is not supported");
export const SCRIPT_NOT_BUSY = new WireError("NOTBUSY No scripts in execution right now.");
export const SCRIPT_UNKILLABLE = new WireError(
  "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script " +
    "termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
);
export const BUSY_SCRIPT = new WireError(
  "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
);
export const BUSY_FUNCTION = new WireError(
  "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.",
);
export const SCRIPT_WRITE_FLAG_READ_ONLY = new WireError(
  "ERR Can not execute a script with write flag using *_ro command.",
);
export const FUNCTION_NOT_FOUND = new WireError("ERR Function not found");
export const FUNCTION_NUMKEYS = new WireError("ERR Bad number of keys provided");
export const FUNCTION_FLUSH_MODE = new WireError("ERR FUNCTION FLUSH only supports SYNC|ASYNC option");
export const FUNCTION_RESTORE_POLICY = new WireError(
  "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
);
export const FUNCTION_RESTORE_TYPE = new WireError("ERR given type is not a function");
export const FUNCTION_RESTORE_PRE_GA = new WireError("ERR Pre-GA function format not supported");
export const FUNCTION_RESTORE_DAMAGED = new WireError("ERR Failed loading library payload");
export const FUNCTION_LIST_NO_NAME = new WireError("ERR library name argument was not given");
export const LIBRARY_NOT_FOUND = new WireError("ERR Library not found");
export const LIBRARY_NO_METADATA = new WireError("ERR Missing library metadata");
export const LIBRARY_BAD_METADATA = new WireError("ERR Invalid library metadata");
export const LIBRARY_NAME_TWICE = new WireError(
  "ERR Invalid metadata value, name argument was given multiple times",
);
export const LIBRARY_NO_NAME = new WireError("ERR Library name was not given");
export const LIBRARY_NO_FUNCTIONS = new WireError("ERR No functions registered");
/** What a library's name must be, and by Redis's words a function's. */
export const LIBRARY_NAME_RULE =
  "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";
export const SCRIPT_MACHINE_BROKEN = new WireError(
  "ERR Error running script, it has used up the stack of Lua's virtual machine",
);

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

export const INVALID_STREAM_ID = new WireError("ERR Invalid stream ID specified as stream command argument");
export const STREAM_ID_ZERO = new WireError("ERR The ID specified in XADD must be greater than 0-0");
export const STREAM_ID_TOO_SMALL = new WireError(
  "ERR The ID specified in XADD is equal or smaller than the target stream top item",
);
export const STREAM_EXHAUSTED = new WireError(
  "ERR The stream has exhausted the last possible ID, unable to add more items",
);
export const STREAM_ELEMENTS_TOO_LARGE = new WireError("ERR Elements are too large to be stored");
export const INVALID_INTERVAL_START = new WireError("ERR invalid start ID for the interval");
export const INVALID_INTERVAL_END = new WireError("ERR invalid end ID for the interval");
export const MAXLEN_EXCLUDES_MINID = new WireError(
  "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
);
export const MAXLEN_NEGATIVE = new WireError("ERR The MAXLEN argument must be >= 0.");
export const TRIM_LIMIT_NEGATIVE = new WireError("ERR The LIMIT argument must be >= 0.");
export const LIMIT_WITHOUT_STRATEGY = new WireError(
  "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
);
export const LIMIT_WITHOUT_APPROXIMATION = new WireError(
  "ERR syntax error, LIMIT cannot be used without the special ~ option",
);
export const XTRIM_WITHOUT_STRATEGY = new WireError(
  "ERR syntax error, XTRIM must be called with a trimming strategy",
);
export const UNBALANCED_STREAMS = new WireError(
  "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
);
export const GROUP_IN_XREAD = new WireError(
  "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
);
export const NOACK_IN_XREAD = new WireError(
  "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
);
export const XREADGROUP_WITHOUT_GROUP = new WireError("ERR Missing GROUP option for XREADGROUP");
export const NEW_ENTRIES_IN_XREAD = new WireError(
  "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
);
export const STREAM_GONE = new WireError("UNBLOCKED the stream key no longer exists");
export const BLOCKED_GROUP_GONE = new WireError(
  "NOGROUP the consumer group this client was blocked on no longer exists",
);
export const GROUP_EXISTS = new WireError("BUSYGROUP Consumer Group name already exists");
export const XGROUP_WITHOUT_KEY = new WireError(
  "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM " +
    "option to create an empty stream automatically.",
);
export const ENTRIESREAD_NEGATIVE = new WireError("ERR value for ENTRIESREAD must be positive or -1");
export const ENTRIES_ADDED_NEGATIVE = new WireError("ERR entries_added must be positive");
export const ENTRIES_ADDED_TOO_SMALL = new WireError(
  "ERR The entries_added specified in XSETID is smaller than the target stream length",
);
export const XSETID_BELOW_TOP = new WireError(
  "ERR The ID specified in XSETID is smaller than the target stream top item",
);
export const XSETID_BELOW_DELETED = new WireError(
  "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
);
export const CLAIM_COUNT_NOT_POSITIVE = new WireError("ERR COUNT must be > 0");

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

/** A place that is not on the map, as the client wrote it but for its digits. */
export function invalidPosition(longitude: string, latitude: string): WireError {
  return new WireError(`ERR invalid longitude,latitude pair ${longitude},${latitude}`);
}

/** Options of a geo search that go with replies only; `command` is GEOSEARCHSTORE, or the option of GEORADIUS. */
export function geoStoreExcludes(command: string): WireError {
  return new WireError(
    `ERR ${command} is not compatible with WITHDIST, WITHHASH and WITHCOORD options`,
  );
}

/** A geo search that lacks where or what is searched; `choice` names the two options, `command` is as it was sent. */
export function geoChoiceMissing(choice: string, command: string): WireError {
  return new WireError(`ERR exactly one of ${choice} can be specified for ${untilNul(command)}`);
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

/** EXEC itself was refused, for `reason`: then the transaction is gone. */
export function execRefused(reason: WireError): WireError {
  return new WireError(`EXECABORT Transaction discarded because of: ${reason.message.replace(/^ERR /, "")}`);
}

/** A command that a RESP2 client may not call while it is subscribed; `command` in lower case. */
export function notWhileSubscribed(command: string): WireError {
  return new WireError(
    `ERR Can't execute '${command}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in ` +
      "this context",
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

/** A special ID, `$` or `+`, that XREADGROUP cannot do anything with. */
export function meaninglessId(id: string): WireError {
  return new WireError(
    `ERR The ${id} ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by ` +
      `specifying a proper ID, or use the > ID to get new messages. The ${id} ID would just return an empty result set.`,
  );
}

/** A key without a stream or a stream without that group; `where` is what follows, with a blank before it. */
export function noKeyOrGroup(key: string, group: string, where = ""): WireError {
  return new WireError(
    `NOGROUP No such key '${untilNul(key)}' or consumer group '${untilNul(group)}'${where}`,
  );
}

/** A stream without that group. */
export function noSuchGroup(group: string, key: string): WireError {
  return new WireError(`NOGROUP No such consumer group '${untilNul(group)}' for key name '${untilNul(key)}'`);
}

/** An argument of XCLAIM or XAUTOCLAIM that is no integer; `what` it is: `min-idle-time`, or `IDLE option`. */
export function invalidClaimArgument(what: string, command: string): WireError {
  return new WireError(`ERR Invalid ${what} argument for ${command}`);
}

/** An option that XCLAIM does not know, as the client wrote it. */
export function unrecognizedClaimOption(option: string): WireError {
  return new WireError(`ERR Unrecognized XCLAIM option '${untilNul(option)}'`);
}

/** A command that a script has called with an option that would block it. */
export function blockInScript(command: string): WireError {
  return new WireError(`ERR ${command} command is not allowed with BLOCK option from scripts`);
}

/** A script that cannot be compiled; `message` is Lua's. */
export function compileError(message: string): WireError {
  return new WireError(`ERR Error compiling script (new function): ${untilNul(message)}`);
}

/** A word of a library's first line that says nothing. */
export function libraryMetadata(word: string): WireError {
  return new WireError(`ERR Invalid metadata value given: ${untilNul(word)}`);
}

/** A library in a language that there is not. */
export function unknownEngine(name: string): WireError {
  return new WireError(`ERR Engine '${name}' not found`);
}

/** A library whose name is taken, as FUNCTION LOAD says it. */
export function libraryExists(name: string): WireError {
  return new WireError(`ERR Library '${name}' already exists`);
}

/** A library whose name is taken, as FUNCTION RESTORE says it. */
export function restoredLibraryExists(name: string): WireError {
  return new WireError(`ERR Library ${name} already exists`);
}

/** A function whose name another library has. */
export function functionExists(name: string): WireError {
  return new WireError(`ERR Function ${name} already exists`);
}

/** A library that cannot be compiled; `message` is Lua's. */
export function libraryCompileError(message: string): WireError {
  return new WireError(`ERR Error compiling function: ${untilNul(message)}`);
}

/** A library whose code has failed while it was loaded. */
export function libraryLoadError(message: string): WireError {
  return new WireError(`ERR Error registering functions: ${untilNul(message)}`);
}

/** A word before a library's code that is no option. */
export function unknownLoadOption(word: string): WireError {
  return new WireError(`ERR Unknown option given: ${untilNul(word)}`);
}

/** A word of FUNCTION LIST that means nothing. */
export function unknownListArgument(word: string): WireError {
  return new WireError(`ERR Unknown argument ${untilNul(word)}`);
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

/** A command that the client's user must not run; `command` in lower case. */
export function noPermission(command: string): WireError {
  return new WireError(`NOPERM this user has no permissions to run the '${command}' command`);
}

/** A queued request that the client's user must not run any more; `reason` in Redis's words. */
export function noPermissionAnyMore(reason: string): WireError {
  return new WireError(
    "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. " +
      `This command is no longer allowed for the following reason: ${reason}`,
  );
}

/** An option of SORT, BY or GET, that reads keys that the user's permissions cannot be checked for. */
export function sortOptionDenied(option: string): WireError {
  return new WireError(`ERR ${option} option of SORT denied due to insufficient ACL permissions.`);
}

/** A rule that ACL SETUSER refuses, for `reason`. */
export function refusedRule(rule: string, reason: string): WireError {
  return new WireError(`ERR Error in ACL SETUSER modifier '${untilNul(rule)}': ${reason}`);
}

/** A selector whose parenthesis is not closed; `start` is the argument that opens it. */
export function unmatchedParenthesis(start: string): WireError {
  return new WireError(`ERR Unmatched parenthesis in acl selector starting at '${untilNul(start)}'.`);
}

/** A category that there is not. */
export function unknownCategory(name: string): WireError {
  return new WireError(`ERR Unknown category '${untilNul(name).slice(0, 128)}'`);
}

/** A user that ACL DRYRUN is asked about and that there is not. */
export function userNotFound(name: string): WireError {
  return new WireError(`ERR User '${untilNul(name)}' not found`);
}

/** A command that ACL DRYRUN is asked about and that there is not. */
export function commandNotFound(name: string): WireError {
  return new WireError(`ERR Command '${untilNul(name)}' not found`);
}

/** An ACL file that cannot be loaded, for `reason`. */
export function aclFileRefused(reason: string): WireError {
  return new WireError(`ERR ${untilNul(reason)}`);
}

/** LATENCY GRAPH of an event that has not happened. */
export function noLatencySamples(event: string): WireError {
  return new WireError(`ERR No samples available for event '${event}'`);
}
