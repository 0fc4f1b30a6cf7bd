/** A stream with its groups, and a model of them in plain objects that is changed in step and compared. */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../../src/base/bytes.ts";
import { KeyHash } from "../../../src/base/siphash.ts";
import { Arena, ArenaExhausted } from "../../../src/memory/arena.ts";
import { Args } from "../../../src/resp/args.ts";
import { StreamId } from "../../../src/store/types/stream_id.ts";
import { FIRST_ID, LAST_ID, MAX_DELETED_ID } from "../../../src/store/types/stream_layout.ts";
import { defaultLimits } from "../../../src/store/types/limits.ts";
import { Streams, type StreamTrim } from "../../../src/store/types/stream_value.ts";

/** Entries that a node has at most. */
export const NODE_ENTRIES = 4;

interface ModelEntry {
  readonly id: bigint;
  readonly words: readonly string[];
  isDeleted: boolean;
}

interface ModelPending {
  owner: string;
  time: number;
  deliveries: bigint;
}

/** A group of the model. */
export interface ModelGroup {
  delivered: bigint;
  entriesRead: bigint;
  readonly consumers: Set<string>;
  readonly pending: Map<bigint, ModelPending>;
}

/** The ID whose 128 bits these are. */
export function idOf(bits: bigint): StreamId {
  const id = new StreamId();
  const word = (shift: bigint) => Number((bits >> shift) & 0xffffffffn);
  id.set(word(96n), word(64n), word(32n), word(0n));
  return id;
}

/** The 128 bits of an ID. */
export function bitsOf(id: StreamId): bigint {
  return [id.msHigh, id.msLow, id.seqHigh, id.seqLow].reduce(
    (bits, word) => (bits << 32n) | BigInt(word),
    0n,
  );
}

/** Arguments from byte strings, the command's name not included. */
function argumentsOf(words: readonly string[]): Args {
  const table = new Int32Array(2 * words.length);
  let at = 0;
  words.forEach((word, i) => {
    table[2 * i] = at;
    table[2 * i + 1] = at += word.length;
  });
  const args = new Args();
  args.attach(bytesOf(words.join("")), table, 0, words.length);
  return args;
}

/** Both of them. */
export class ModelledStream {
  readonly arena = new Arena();
  readonly limits = { ...defaultLimits(), streamNodeMaxEntries: NODE_ENTRIES, streamNodeMaxBytes: 0 };
  readonly streams = new Streams(this.arena, this.limits, new KeyHash(1, 2));
  readonly #usedBefore = this.arena.used;
  stream: number = this.streams.create();
  nodes: ModelEntry[][] = [];
  last = 0n;
  maxDeleted = 0n;
  added = 0n;
  groups = new Map<string, ModelGroup>();

  /** The entries that are not deleted. */
  get entries(): ModelEntry[] {
    return this.nodes.flat().filter((entry) => !entry.isDeleted);
  }

  append(id: bigint, words: readonly string[]): void {
    this.streams.append(this.stream, idOf(id), argumentsOf(words), 0);
    const node = this.nodes.at(-1);
    if (node === undefined || node.length === NODE_ENTRIES) this.nodes.push([]);
    this.nodes.at(-1)!.push({ id, words, isDeleted: false });
    this.last = id;
    this.added++;
  }

  delete(id: bigint): void {
    const entry = this.entries.find((one) => one.id === id);
    assert.equal(this.streams.delete(this.stream, idOf(id)), entry !== undefined);
    this.streams.refreshFirst(this.stream);
    if (entry === undefined) return;
    entry.isDeleted = true;
    if (id > this.maxDeleted) this.maxDeleted = id;
    this.nodes = this.nodes.filter((node) => node.some((one) => !one.isDeleted) || !node.includes(entry));
  }

  trim(trim: Omit<StreamTrim, "id"> & { readonly id: bigint }): void {
    const removed = this.streams.trim(this.stream, { ...trim, id: idOf(trim.id) });
    const before = this.entries.length;
    this.#trimModel(trim);
    assert.equal(removed, before - this.entries.length);
  }

  #trimModel(trim: Omit<StreamTrim, "id"> & { readonly id: bigint }): void {
    let removed = 0;
    for (let node = this.nodes[0]; node !== undefined; node = this.nodes[0]) {
      const length = this.entries.length;
      if (trim.by === "length" && length <= trim.length) return;
      const valid = node.filter((entry) => !entry.isDeleted).length;
      if (trim.limit > 0 && removed + valid > trim.limit) return;
      const goes = trim.by === "length" ? length - valid >= trim.length : node.at(-1)!.id < trim.id;
      if (!goes) {
        if (trim.approximate) return;
        for (const entry of node) {
          const stays = trim.by === "length" ? this.entries.length <= trim.length : entry.id >= trim.id;
          if (!stays) entry.isDeleted = true;
        }
        return;
      }
      this.nodes.shift();
      removed += valid;
    }
  }

  createGroup(name: string, delivered: bigint, entriesRead: bigint): void {
    if (this.groups.has(name)) return;
    const bytes = bytesOf(name);
    this.streams.groups.create(this.stream, bytes, 0, bytes.length, idOf(delivered), entriesRead);
    this.groups.set(name, { delivered, entriesRead, consumers: new Set(), pending: new Map() });
  }

  destroyGroup(name: string): void {
    const group = this.#group(name);
    if (group === 0) return;
    this.streams.groups.destroy(this.stream, group);
    this.groups.delete(name);
  }

  createConsumer(group: string, name: string): number {
    const { groups } = this.streams;
    const found = this.#group(group);
    if (found === 0) return 0;
    const bytes = bytesOf(name);
    const consumer = groups.findConsumer(found, bytes, 0, bytes.length);
    if (consumer !== 0) return consumer;
    const made = groups.createConsumer(found, bytes, 0, bytes.length, 5);
    this.groups.get(group)!.consumers.add(name);
    return made;
  }

  deleteConsumer(group: string, name: string): void {
    const model = this.groups.get(group);
    if (model === undefined || !model.consumers.has(name)) return;
    this.streams.groups.deleteConsumer(this.#group(group), this.createConsumer(group, name));
    model.consumers.delete(name);
    for (const [id, pending] of model.pending) if (pending.owner === name) model.pending.delete(id);
  }

  deliver(group: string, consumer: string, id: bigint, time: number): void {
    const found = this.#group(group);
    if (found === 0) return;
    const owner = this.createConsumer(group, consumer);
    const { groups } = this.streams;
    const pending = groups.assign(found, idOf(id), groups.findPending(found, idOf(id)), owner);
    groups.setDeliveredAt(pending, time);
    const model = this.groups.get(group)!.pending;
    const deliveries = (model.get(id)?.deliveries ?? 0n) + 1n;
    if (deliveries > 1n) groups.countDelivery(pending);
    model.set(id, { owner: consumer, time, deliveries });
  }

  acknowledge(group: string, id: bigint): void {
    const found = this.#group(group);
    if (found === 0) return;
    const { groups } = this.streams;
    const pending = groups.findPending(found, idOf(id));
    assert.equal(pending !== 0, this.groups.get(group)!.pending.delete(id));
    if (pending !== 0) groups.acknowledge(found, idOf(id), pending);
  }

  /** Goes on with a copy of the stream; the old one is freed in steps. */
  duplicate(): void {
    const copy = this.streams.duplicate(this.stream);
    this.#free(this.stream, 3);
    this.stream = copy;
  }

  #group(name: string): number {
    const bytes = bytesOf(name);
    return this.streams.groups.find(this.stream, bytes, 0, bytes.length);
  }

  #free(stream: number, step: number): void {
    this.streams.startDrain();
    while (!this.streams.drain(stream, 0, step));
  }

  /** The entries from one ID to another as the stream has them. */
  read(from: bigint, to: bigint, reverse: boolean): { id: bigint; words: string[] }[] {
    const range = this.streams.walk(this.stream, idOf(from), idOf(to), reverse);
    const found: { id: bigint; words: string[] }[] = [];
    while (range.next()) {
      const words: string[] = [];
      const { element } = range;
      for (let i = 0; i < range.count; i++) {
        range.readField();
        words.push(byteString(element.page, element.at, element.at + element.length));
        range.readValue();
        words.push(byteString(element.page, element.at, element.at + element.length));
      }
      found.push({ id: bitsOf(range.id), words });
    }
    return found;
  }

  /** Compares a range with the model's. */
  checkRange(from: bigint, to: bigint, limit: number): void {
    const expected = this.entries.filter(({ id }) => id >= from && id <= to).map(({ id, words }) => ({
      id,
      words,
    }));
    assert.deepEqual(this.read(from, to, false), expected);
    assert.deepEqual(this.read(from, to, true), expected.toReversed());
    assert.equal(
      this.streams.count(this.stream, idOf(from), idOf(to), limit),
      Math.min(limit, expected.length),
    );
  }

  /** Compares everything, and checks the stream's invariants. */
  check(): void {
    const { stream, streams } = this;
    streams.check(stream);
    this.checkRange(0n, 2n ** 128n - 1n, Infinity);
    const id = new StreamId();
    const idAt = (which: number) => {
      streams.readId(stream, which, id);
      return bitsOf(id);
    };
    assert.equal(idAt(LAST_ID), this.last);
    assert.equal(idAt(FIRST_ID), this.entries[0]?.id ?? 0n);
    assert.equal(idAt(MAX_DELETED_ID), this.maxDeleted);
    assert.equal(streams.entriesAdded(stream), this.added);
    assert.equal(streams.length(stream), this.entries.length);
    assert.equal(streams.nodeCount(stream), this.nodes.length);
    assert.deepEqual(this.#readGroups(), this.groups);
    assert.equal(streams.size(stream), this.arena.used - this.#usedBefore);
  }

  #readGroups(): Map<string, ModelGroup> {
    const { groups } = this.streams;
    const found = new Map<string, ModelGroup>();
    const zero = new StreamId();
    const id = new StreamId();
    for (const group of groups.list(this.stream)) {
      groups.locateGroupName(group);
      const name = byteString(groups.page, groups.at, groups.at + groups.length);
      groups.readDelivered(group, id);
      const model: ModelGroup = {
        delivered: bitsOf(id),
        entriesRead: groups.entriesRead(group),
        consumers: new Set(),
        pending: new Map(),
      };
      for (const consumer of groups.consumers(group)) {
        groups.locateConsumerName(consumer);
        const owner = byteString(groups.page, groups.at, groups.at + groups.length);
        model.consumers.add(owner);
        assert.equal(groups.seen(consumer), 5);
        assert.equal(groups.active(consumer), -1);
        groups.forEachPending(consumer, zero, (entry, entryId) => {
          const deliveries = groups.deliveries(entry);
          model.pending.set(bitsOf(entryId), { owner, time: groups.deliveredAt(entry), deliveries });
          return true;
        });
      }
      found.set(name, model);
    }
    return found;
  }

  /** Frees everything; nothing may be left. */
  end(step: number): void {
    this.#free(this.stream, step);
    assert.equal(this.arena.used, this.#usedBefore);
    this.arena.check();
  }

  /** Runs a step with at most `left` allocations; whether it was refused one. */
  refusing(left: number, step: () => void): boolean {
    const allocate = this.arena.allocate;
    let remaining = left;
    this.arena.allocate = (bytes) => {
      if (remaining-- <= 0) throw new ArenaExhausted("Refused by the test");
      return allocate.call(this.arena, bytes);
    };
    try {
      step();
      return false;
    } catch (error) {
      if (!(error instanceof ArenaExhausted)) throw error;
      return true;
    } finally {
      this.arena.allocate = allocate;
    }
  }
}
