/**
 * What happens to keys, for those who want to know: keyspace notifications, WATCH, client-side caching, blocked
 * commands. Until somebody listens, an event costs one comparison.
 *
 * @module
 */

/** Classes of events, the bits of `notify-keyspace-events`. */
export const EVENT_GENERIC = 1 << 2, // g
  EVENT_STRING = 1 << 3, // $
  EVENT_EXPIRED = 1 << 8, // x
  EVENT_EVICTED = 1 << 9, // e
  EVENT_KEY_MISS = 1 << 11, // m
  EVENT_NEW = 1 << 14; // n

/** Hears of events on keys. The key is `bytes[start, end)`, valid during the call. */
export interface KeyEventListener {
  /** The event called `name` happened in `database`. */
  event(
    eventClass: number,
    name: string,
    database: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void;
}

/** Hears of keys whose value or existence changed, whatever the reason. */
export interface KeyChangeListener {
  /** The key `bytes[start, end)` of `database` changed. */
  changed(database: number, bytes: Uint8Array, start: number, end: number): void;
  /** All keys of `database` changed: FLUSHDB, SWAPDB. */
  flushed(database: number): void;
}

/** Passes events on to at most one listener of each kind. */
export class KeyEvents {
  /** Classes that `listener` wants. */
  mask = 0;
  listener: KeyEventListener | null = null;
  changes: KeyChangeListener | null = null;

  /** Tells of an event. */
  notify(
    eventClass: number,
    name: string,
    database: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    if ((this.mask & eventClass) !== 0) this.listener?.event(eventClass, name, database, bytes, start, end);
  }

  /** Tells of a changed key. */
  changed(database: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.changes !== null) this.changes.changed(database, bytes, start, end);
  }
}
