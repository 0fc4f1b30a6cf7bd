/**
 * Keyspace notifications: publishes the events of keys on the channels `__keyspace@<db>__:<key>` and
 * `__keyevent@<db>__:<event>`.
 *
 * @module
 */

import { bytesOf } from "../base/bytes.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import {
  EVENT_EVICTED,
  EVENT_EXPIRED,
  EVENT_GENERIC,
  EVENT_HASH,
  EVENT_KEY_MISS,
  EVENT_LIST,
  EVENT_NEW,
  EVENT_SET,
  EVENT_SORTED_SET,
  EVENT_STREAM,
  EVENT_STRING,
  type KeyEventListener,
  type KeyEvents,
} from "../store/events.ts";

/** The letters of `notify-keyspace-events` that stand for classes; `d`, modules' keys, is never met. */
const CLASSES: Readonly<Record<string, number>> = {
  g: EVENT_GENERIC,
  $: EVENT_STRING,
  l: EVENT_LIST,
  s: EVENT_SET,
  h: EVENT_HASH,
  z: EVENT_SORTED_SET,
  x: EVENT_EXPIRED,
  e: EVENT_EVICTED,
  t: EVENT_STREAM,
  m: EVENT_KEY_MISS,
  n: EVENT_NEW,
};

/** Listens to events on keys and publishes them. */
export class KeyspaceNotifications implements KeyEventListener {
  readonly #events: KeyEvents;
  readonly #pubsub: PubSub;
  #byKey = false;
  #byEvent = false;

  constructor(events: KeyEvents, pubsub: PubSub) {
    this.#events = events;
    this.#pubsub = pubsub;
    events.listener = this;
  }

  /** Publishes the events of these classes; `letters` is the value of `notify-keyspace-events`, without `A`. */
  set(letters: string): void {
    this.#byKey = letters.includes("K");
    this.#byEvent = letters.includes("E");
    let mask = 0;
    for (const letter of letters) mask |= CLASSES[letter] ?? 0;
    this.#events.mask = this.#byKey || this.#byEvent ? mask : 0;
  }

  event(
    _eventClass: number,
    name: string,
    database: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const pubsub = this.#pubsub;
    if (pubsub.channelCount === 0 && pubsub.patternCount === 0) return;
    const event = bytesOf(name);
    if (this.#byKey) {
      const prefix = bytesOf(`__keyspace@${database}__:`);
      const channel = new Uint8Array(prefix.length + end - start);
      channel.set(prefix);
      channel.set(bytes.subarray(start, end), prefix.length);
      pubsub.publish(channel, 0, channel.length, event, 0, event.length);
    }
    if (this.#byEvent) {
      const channel = bytesOf(`__keyevent@${database}__:${name}`);
      pubsub.publish(channel, 0, channel.length, bytes, start, end);
    }
  }
}
