/**
 * The numbers of Redis's serialization of values, as DUMP payloads and RDB files have it.
 *
 * @module
 */

/** Types of values, by the byte that says how one is written. Modules' (6 and 7) are not read. */
export const RDB_STRING = 0,
  RDB_LIST = 1,
  RDB_SET = 2,
  RDB_ZSET = 3,
  RDB_HASH = 4,
  RDB_ZSET_2 = 5,
  RDB_HASH_ZIPMAP = 9,
  RDB_LIST_ZIPLIST = 10,
  RDB_SET_INTSET = 11,
  RDB_ZSET_ZIPLIST = 12,
  RDB_HASH_ZIPLIST = 13,
  RDB_LIST_QUICKLIST = 14,
  RDB_STREAM_LISTPACKS = 15,
  RDB_HASH_LISTPACK = 16,
  RDB_ZSET_LISTPACK = 17,
  RDB_LIST_QUICKLIST_2 = 18,
  RDB_STREAM_LISTPACKS_2 = 19,
  RDB_SET_LISTPACK = 20,
  RDB_STREAM_LISTPACKS_3 = 21,
  RDB_HASH_METADATA_PRE_GA = 22,
  RDB_HASH_LISTPACK_EX_PRE_GA = 23,
  RDB_HASH_METADATA = 24,
  RDB_HASH_LISTPACK_EX = 25;

/** The versions of the format: what Redis 7.0, 7.2 and 7.4 write. Each reads those before it too. */
export const RDB_VERSION_7_0 = 10, RDB_VERSION_7_2 = 11, RDB_VERSION_7_4 = 12;
/** The latest version that is read. */
export const LAST_RDB_VERSION = RDB_VERSION_7_4;

/** How a string is written whose length begins with the bits 11. */
export const STRING_INT_8 = 0, STRING_INT_16 = 1, STRING_INT_32 = 2, STRING_LZF = 3;

/** How a node of a quicklist is written: as one large element, or as a listpack. */
export const NODE_PLAIN = 1, NODE_PACKED = 2;

/**
 * Thrown where bytes are no value. The message says what is wrong with them, for logs: clients are told nothing.
 */
export class RdbCorrupt extends Error {}
