/**
 * What happens to keys, for those who want to know: keyspace notifications, WATCH, client-side caching, blocked
 * commands. Until somebody listens, an event costs one comparison.
 *
 * @module
 */

/** Classes of events, the bits of `notify-keyspace-events`. */
export const EVENT_GENERIC = 1 << 2, // g
  EVENT_STRING = 1 << 3, // $
  EVENT_LIST = 1 << 4, // l
  EVENT_SET = 1 << 5, // s
  EVENT_HASH = 1 << 6, // h
  EVENT_SORTED_SET = 1 << 7, // z
  EVENT_EXPIRED = 1 << 8, // x
  EVENT_EVICTED = 1 << 9, // e
  EVENT_STREAM = 1 << 10, // t
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
  /**
   * The key `bytes[start, end)` of `database` changed; `byCommand` says whether the running command changed it, or its
   * time had come.
   */
  changed(database: number, bytes: Uint8Array, start: number, end: number, byCommand: boolean): void;
  /** All keys of the databases from `first` to `last` are about to go: FLUSHALL, FLUSHDB. */
  flushed(first: number, last: number): void;
  /** The contents of two databases are about to change places: SWAPDB. */
  swapped(first: number, second: number): void;
}

/** Hears of keys that somebody may be waiting for in a blocked command. */
export interface KeyWaiters {
  /**
   * The key `bytes[start, end)` of `database` has come into being, has got more of what is waited for, or has lost its
   * stream or one of its stream's groups.
   */
  ready(database: number, bytes: Uint8Array, start: number, end: number): void;
  /** All keys of the databases from `first` to `last` are about to go. */
  flushed(first: number, last: number): void;
  /** The contents of two databases are about to change places. */
  swapped(first: number, second: number): void;
}

/** Several listeners in the place of one. */
class ChangeListeners implements KeyChangeListener {
  readonly listeners: readonly KeyChangeListener[];

  constructor(listeners: readonly KeyChangeListener[]) {
    this.listeners = listeners;
  }

  changed(database: number, bytes: Uint8Array, start: number, end: number, byCommand: boolean): void {
    for (const listener of this.listeners) listener.changed(database, bytes, start, end, byCommand);
  }

  flushed(first: number, last: number): void {
    for (const listener of this.listeners) listener.flushed(first, last);
  }

  swapped(first: number, second: number): void {
    for (const listener of this.listeners) listener.swapped(first, second);
  }
}

/** Passes events on to at most one listener, and changes to any number. */
export class KeyEvents {
  /** Classes that `listener` wants. */
  mask = 0;
  listener: KeyEventListener | null = null;
  /** Who hears of changes: null, the only listener, or one that stands for all. */
  changes: KeyChangeListener | null = null;
  #listening: readonly KeyChangeListener[] = [];
  /** Who hears of keys that somebody may be waiting for; null while nobody waits. */
  waiters: KeyWaiters | null = null;

  /** Adds a listener to changes. */
  listen(listener: KeyChangeListener): void {
    this.#setListeners([...this.#listening, listener]);
  }

  /** Removes a listener to changes. */
  unlisten(listener: KeyChangeListener): void {
    this.#setListeners(this.#listening.filter((other) => other !== listener));
  }

  #setListeners(listeners: readonly KeyChangeListener[]): void {
    this.#listening = listeners;
    this.changes = listeners.length > 1 ? new ChangeListeners(listeners) : listeners[0] ?? null;
  }

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

  /** Tells that all keys of the databases from `first` to `last` are about to go. */
  flushed(first: number, last: number): void {
    this.changes?.flushed(first, last);
    this.waiters?.flushed(first, last);
  }

  /** Tells that the contents of two databases are about to change places. */
  swapped(first: number, second: number): void {
    this.changes?.swapped(first, second);
    this.waiters?.swapped(first, second);
  }

  /** Tells of a changed key. */
  changed(database: number, bytes: Uint8Array, start: number, end: number, byCommand: boolean): void {
    if (this.changes !== null) this.changes.changed(database, bytes, start, end, byCommand);
  }
}
