/**
 * What an RDB file consists of besides values.
 *
 * ```text
 *  file      "REDIS" [ version: 4 digits ] part* [ 255: end ][ CRC64 of all before it, 0: none: 8 bytes ]
 *  part      [ 250 ][ name: string ][ value: string ]                    auxiliary field
 *            [ 245 ][ library: string ]                                  functions, their source
 *            [ 254 ][ database ]                                         whose keys follow
 *            [ 251 ][ keys ][ keys that expire ]                         how many will follow, about
 *            [ 244 ][ slot ][ keys ][ keys that expire ]                 the same of a slot (Redis 7.4 in a cluster)
 *            [ 247 ][ module ] ...                                       a module's data
 *            attribute* [ type ][ key: string ] value                    a key, see rdb_values.ts
 *  attribute [ 252 ][ time: 8 bytes ] or [ 253 ][ seconds: 4 bytes ]     when the key expires
 *            [ 248 ][ seconds ]                                          how long nobody has used it
 *            [ 249 ][ counter: 1 byte ]                                  how often it is used
 * ```
 *
 * All other numbers are counts, see rdb_writer.ts.
 *
 * @module
 */

/** What stands in the place of a value's type. */
export const OPCODE_SLOT_INFO = 244,
  OPCODE_FUNCTION = 245,
  OPCODE_FUNCTION_PRE_GA = 246,
  OPCODE_MODULE_AUX = 247,
  OPCODE_IDLE = 248,
  OPCODE_FREQUENCY = 249,
  OPCODE_AUX = 250,
  OPCODE_RESIZE = 251,
  OPCODE_EXPIRY = 252,
  OPCODE_EXPIRY_SECONDS = 253,
  OPCODE_SELECT = 254,
  OPCODE_END = 255;

/** Types of values that only a module can read. */
export const RDB_MODULE = 6, RDB_MODULE_2 = 7;

/** What a file begins with: these letters, and its version in so many digits. */
export const MAGIC = "REDIS", VERSION_DIGITS = 4;

/** Bytes of the checksum at the end. */
export const CHECKSUM_BYTES = 8;

/** The first version whose files end with a checksum. */
export const CHECKSUM_SINCE = 5;

const MODULE_NAME_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const MODULE_NAME_LENGTH = 9;

/** The name of the module that has an id of 64 bits: nine characters of six bits, and ten bits of its own version. */
export function moduleName(high: number, low: number): string {
  let bits = ((BigInt(high) << 32n) | BigInt(low)) >> 10n;
  let name = "";
  for (let i = 0; i < MODULE_NAME_LENGTH; i++) {
    name = MODULE_NAME_CHARACTERS[Number(bits & 63n)] + name;
    bits >>= 6n;
  }
  return name;
}
