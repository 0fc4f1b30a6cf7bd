/**
 * Up to which sizes collections are packed, as the directives of the same names say.
 *
 * @module
 */

/** The limits; the server changes them with CONFIG SET, and the next write to a collection heeds them. */
export interface EncodingLimits {
  /** `list-max-listpack-size`: elements of a list's node, or negative: -1 to -5 for 4, 8, 16, 32, 64 KiB. */
  listMaxListpackSize: number;
  /** Bytes from which on an element of a list has a node of its own anyway (DEBUG QUICKLIST-PACKED-THRESHOLD). */
  quicklistPackedThreshold: number;
  /** `hash-max-listpack-entries`: fields. */
  hashMaxListpackEntries: number;
  /** `hash-max-listpack-value`: bytes of a field or value. */
  hashMaxListpackValue: number;
  /** `set-max-intset-entries`: members. */
  setMaxIntsetEntries: number;
  /** `set-max-listpack-entries`: members. */
  setMaxListpackEntries: number;
  /** `set-max-listpack-value`: bytes of a member. */
  setMaxListpackValue: number;
  /** `zset-max-listpack-entries`: members. */
  zsetMaxListpackEntries: number;
  /** `zset-max-listpack-value`: bytes of a member. */
  zsetMaxListpackValue: number;
  /** `stream-node-max-bytes`: 0: no limit. */
  streamNodeMaxBytes: number;
  /** `stream-node-max-entries`: 0: no limit. */
  streamNodeMaxEntries: number;
}

/** Redis's own defaults. */
export function defaultLimits(): EncodingLimits {
  return {
    listMaxListpackSize: -2,
    quicklistPackedThreshold: Infinity,
    hashMaxListpackEntries: 512,
    hashMaxListpackValue: 64,
    setMaxIntsetEntries: 512,
    setMaxListpackEntries: 128,
    setMaxListpackValue: 64,
    zsetMaxListpackEntries: 128,
    zsetMaxListpackValue: 64,
    streamNodeMaxBytes: 4096,
    streamNodeMaxEntries: 100,
  };
}
