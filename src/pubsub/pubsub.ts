/**
 * Publish and subscribe: who listens to which channels and patterns, and the way of a message to all of them.
 *
 * ```text
 *  channel  ──→ its subscribers, in the order in which they came
 *           └─→ patterns that match it, in the order in which they came ──→ their subscribers
 *  shard channel ──→ its subscribers: a world of its own, without patterns
 * ```
 *
 * A message is encoded once and handed to each subscriber as bytes.
 *
 * @module
 */

import { bytesOf, byteString } from "../base/bytes.ts";
import { matchGlobBytes } from "../base/glob.ts";
import { SharedBuffer } from "../resp/reply_writer.ts";
import { MessageEncoder } from "./message.ts";

/** Subscribers from which on a message is sent from a buffer that they share, instead of being copied for each. */
const SHARED_FROM = 16;

/** Bytes that a subscription takes besides its name: two entries in sets. */
const SUBSCRIPTION_BYTES = 64;

/** What can be subscribed to. */
export type SubscriptionKind = "channel" | "pattern" | "shard";

/** Somebody who can subscribe. */
export interface Subscriber {
  readonly reply: { readonly protocol: number };
  /** What it is subscribed to; null: to nothing. Only {@linkcode PubSub} sets it. */
  subscriptions: Subscriptions | null;
  /** Takes a message, `bytes[0, length)`, valid during the call. */
  receive(bytes: Uint8Array, length: number): void;
  /** As `receive`, for a message that many get. */
  receiveShared(message: SharedBuffer): void;
  /** As `receive`, for what answers its own request. */
  confirm(bytes: Uint8Array, length: number): void;
}

/** What one subscriber is subscribed to: byte strings, in the order in which they came. */
export class Subscriptions {
  readonly channel = new Set<string>();
  readonly pattern = new Set<string>();
  readonly shard = new Set<string>();
  /** Bytes of memory that they take, about. */
  bytes = 0;

  /** Subscriptions of all kinds. */
  get size(): number {
    return this.channel.size + this.pattern.size + this.shard.size;
  }

  /** How many there are as the replies count them: shard channels by themselves, channels and patterns together. */
  count(kind: SubscriptionKind): number {
    return kind === "shard" ? this.shard.size : this.channel.size + this.pattern.size;
  }
}

/** A pattern that somebody listens to. */
interface Pattern {
  readonly bytes: Uint8Array;
  readonly subscribers: Set<Subscriber>;
}

/** The subscriptions of all clients of a server. */
export class PubSub {
  readonly #channels = new Map<string, Set<Subscriber>>();
  readonly #shardChannels = new Map<string, Set<Subscriber>>();
  readonly #patterns = new Map<string, Pattern>();
  readonly #message = new MessageEncoder();

  /** Number of channels that somebody is subscribed to. */
  get channelCount(): number {
    return this.#channels.size;
  }

  /** Number of different patterns that somebody is subscribed to. */
  get patternCount(): number {
    return this.#patterns.size;
  }

  /** Number of shard channels that somebody is subscribed to. */
  get shardChannelCount(): number {
    return this.#shardChannels.size;
  }

  /** The channels that somebody is subscribed to. */
  channels(kind: "channel" | "shard"): Iterable<string> {
    return this.#ofKind(kind).keys();
  }

  /** How many are subscribed to a channel, patterns not included. */
  subscriberCount(kind: "channel" | "shard", channel: string): number {
    return this.#ofKind(kind).get(channel)?.size ?? 0;
  }

  #ofKind(kind: "channel" | "shard"): Map<string, Set<Subscriber>> {
    return kind === "shard" ? this.#shardChannels : this.#channels;
  }

  /** Subscribes to a channel or pattern; nothing happens where that has been done already. */
  subscribe(subscriber: Subscriber, kind: SubscriptionKind, name: string): void {
    const subscriptions = subscriber.subscriptions ??= new Subscriptions();
    if (!subscriptions[kind].has(name)) subscriptions.bytes += SUBSCRIPTION_BYTES + name.length;
    subscriptions[kind].add(name);
    if (kind === "pattern") {
      let pattern = this.#patterns.get(name);
      if (pattern === undefined) {
        this.#patterns.set(name, pattern = { bytes: bytesOf(name), subscribers: new Set() });
      }
      pattern.subscribers.add(subscriber);
      return;
    }
    const channels = this.#ofKind(kind);
    const subscribers = channels.get(name);
    if (subscribers === undefined) channels.set(name, new Set([subscriber]));
    else subscribers.add(subscriber);
  }

  /** Ends a subscription; nothing happens where there is none. */
  unsubscribe(subscriber: Subscriber, kind: SubscriptionKind, name: string): void {
    const { subscriptions } = subscriber;
    if (subscriptions === null || !subscriptions[kind].delete(name)) return;
    subscriptions.bytes -= SUBSCRIPTION_BYTES + name.length;
    if (subscriptions.size === 0) subscriber.subscriptions = null;
    const [subscribers, names] = kind === "pattern"
      ? [this.#patterns.get(name)!.subscribers, this.#patterns]
      : [this.#ofKind(kind).get(name)!, this.#ofKind(kind)];
    subscribers.delete(subscriber);
    if (subscribers.size === 0) names.delete(name);
  }

  /** Ends all subscriptions of a client that goes or begins anew. */
  forget(subscriber: Subscriber): void {
    const { subscriptions } = subscriber;
    if (subscriptions === null) return;
    for (const kind of ["channel", "pattern", "shard"] as const) {
      for (const name of subscriptions[kind]) this.unsubscribe(subscriber, kind, name);
    }
  }

  /**
   * Sends the message `message[messageStart, messageEnd)` to who listens to the channel `channel[start, end)`.
   *
   * @returns how often it was sent: a subscriber whose channel and patterns it meets gets it several times
   */
  publish(
    channel: Uint8Array,
    start: number,
    end: number,
    message: Uint8Array,
    messageStart: number,
    messageEnd: number,
  ): number {
    let receivers = 0;
    if (this.#channels.size > 0) {
      const subscribers = this.#channels.get(byteString(channel, start, end));
      if (subscribers !== undefined) {
        const encoder = this.#begin(3, "message");
        encoder.bulk(channel, start, end);
        encoder.bulk(message, messageStart, messageEnd);
        receivers += this.#send(subscribers);
      }
    }
    for (const { bytes, subscribers } of this.#patterns.values()) {
      if (!matchGlobBytes(bytes, channel, start, end)) continue;
      const encoder = this.#begin(4, "pmessage");
      encoder.bulk(bytes, 0, bytes.length);
      encoder.bulk(channel, start, end);
      encoder.bulk(message, messageStart, messageEnd);
      receivers += this.#send(subscribers);
    }
    return receivers;
  }

  /** As `publish`, to who listens to a shard channel. */
  publishToShard(
    channel: Uint8Array,
    start: number,
    end: number,
    message: Uint8Array,
    messageStart: number,
    messageEnd: number,
  ): number {
    const subscribers = this.#shardChannels.get(byteString(channel, start, end));
    if (subscribers === undefined) return 0;
    const encoder = this.#begin(3, "smessage");
    encoder.bulk(channel, start, end);
    encoder.bulk(message, messageStart, messageEnd);
    return this.#send(subscribers);
  }

  /**
   * Tells a subscriber that a subscription begins or ends: `word` says which, such as `punsubscribe`; null as the name
   * says that there was none that could have ended.
   */
  confirm(subscriber: Subscriber, kind: SubscriptionKind, word: string, name: string | null): void {
    const { protocol } = subscriber.reply;
    const encoder = this.#begin(3, word);
    if (name !== null) encoder.text(name);
    else encoder.raw(protocol === 3 ? "_\r\n" : "$-1\r\n");
    encoder.integer(subscriber.subscriptions?.count(kind) ?? 0);
    encoder.address(protocol);
    subscriber.confirm(encoder.bytes, encoder.length);
  }

  #begin(elements: number, word: string): MessageEncoder {
    this.#message.begin(elements);
    this.#message.text(word);
    return this.#message;
  }

  /** Hands the message that has been encoded to all subscribers; returns how many there are. */
  #send(subscribers: Set<Subscriber>): number {
    if (subscribers.size >= SHARED_FROM) return this.#sendShared(subscribers);
    const encoder = this.#message;
    const { length } = encoder;
    // Some may be disconnected on the way, because they do not read.
    const { size } = subscribers;
    for (const subscriber of subscribers) {
      encoder.address(subscriber.reply.protocol);
      subscriber.receive(encoder.bytes, length);
    }
    return size;
  }

  /** As `send`, for many. */
  #sendShared(subscribers: Set<Subscriber>): number {
    let resp2: SharedBuffer | undefined;
    let resp3: SharedBuffer | undefined;
    const { size } = subscribers;
    for (const subscriber of subscribers) {
      if (subscriber.reply.protocol === 3) subscriber.receiveShared(resp3 ??= this.#share(3));
      else subscriber.receiveShared(resp2 ??= this.#share(2));
    }
    return size;
  }

  #share(protocol: number): SharedBuffer {
    this.#message.address(protocol);
    return new SharedBuffer(this.#message.bytes, this.#message.length);
  }
}
