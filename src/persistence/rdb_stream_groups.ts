/**
 * The groups of a stream's consumers in DUMP payloads and RDB files; rdb_streams.ts draws them.
 *
 * @module
 */

import { StreamId } from "../store/types/stream_id.ts";
import { entriesUpTo } from "../store/types/stream_lag.ts";
import type { Streams } from "../store/types/stream_value.ts";
import { RDB_STREAM_LISTPACKS, RDB_STREAM_LISTPACKS_3, RdbCorrupt } from "./rdb_format.ts";
import type { RdbReader, RdbString } from "./rdb_reader.ts";
import { STEP_ELEMENTS, type ValueSteps } from "./rdb_value.ts";
import type { RdbWriter } from "./rdb_writer.ts";

/** Bytes that a group, a group's pending entry, a consumer and a consumer's pending entry take at least. */
const GROUP_MIN_BYTES = 5, PENDING_MIN_BYTES = 25, CONSUMER_MIN_BYTES = 10, ID_BYTES = 16;

/** Writes and reads the groups of streams. */
export class RdbGroups {
  readonly #streams: Streams;
  readonly #name: RdbString;
  readonly #id = new StreamId();
  readonly #zero = new StreamId();

  /** @param name what names are read into */
  constructor(streams: Streams, name: RdbString) {
    this.#streams = streams;
    this.#name = name;
  }

  /** Writes all groups of a stream that is written as `type`. */
  *write(writer: RdbWriter, stream: number, type: number): ValueSteps {
    const { groups } = this.#streams;
    const list = groups.list(stream);
    writer.count(list.length);
    for (const group of list) {
      groups.locateGroupName(group);
      writer.string(groups.page, groups.at, groups.at + groups.length);
      groups.readDelivered(group, this.#id);
      writer.id(this.#id);
      writer.countBigInt(groups.entriesRead(group));
      yield* this.#writePending(writer, group, true);
      yield* this.#writeConsumers(writer, group, type);
    }
  }

  *#writeConsumers(writer: RdbWriter, group: number, type: number): ValueSteps {
    const { groups } = this.#streams;
    const consumers = groups.consumers(group);
    writer.count(consumers.length);
    for (const consumer of consumers) {
      groups.locateConsumerName(consumer);
      writer.string(groups.page, groups.at, groups.at + groups.length);
      writer.int64(groups.seen(consumer));
      if (type === RDB_STREAM_LISTPACKS_3) writer.int64(groups.active(consumer));
      yield* this.#writePending(writer, consumer, false);
    }
  }

  /** Writes what is pending for a group, or for a consumer, without when and how often it was delivered. */
  *#writePending(writer: RdbWriter, block: number, withDeliveries: boolean): ValueSteps {
    const { groups } = this.#streams;
    writer.count(groups.pendingCount(block));
    const from = new StreamId();
    for (let more = true; more;) {
      more = false;
      let written = 0;
      groups.forEachPending(block, from, (entry, id) => {
        if (written++ === STEP_ELEMENTS) {
          more = true;
          from.copy(id);
          return false;
        }
        writer.rawId(id);
        if (!withDeliveries) return true;
        writer.int64(groups.deliveredAt(entry));
        writer.countBigInt(groups.deliveries(entry));
        return true;
      });
      if (more) yield;
    }
  }

  /**
   * Reads all groups of a stream, which has none and whose entries and IDs have been read.
   *
   * @throws {RdbCorrupt} and {ArenaExhausted}: the stream, which has some of them, is to be freed then
   */
  read(reader: RdbReader, stream: number, type: number): void {
    const { groups } = this.#streams;
    const name = this.#name;
    const id = this.#id;
    const count = reader.elements(GROUP_MIN_BYTES);
    for (let i = 0; i < count; i++) {
      reader.string(name);
      const { bytes, start, end } = name;
      reader.id(id);
      const read = type === RDB_STREAM_LISTPACKS ? entriesUpTo(this.#streams, stream, id) : reader.bigint();
      if (groups.find(stream, bytes, start, end) !== 0) throw new RdbCorrupt("Group is twice in a stream");
      const group = groups.create(stream, bytes, start, end, id, read);
      this.#readPending(reader, group);
      this.#readConsumers(reader, group, type);
      groups.forEachPending(group, this.#zero, (entry, id) => {
        if (groups.owner(entry) === 0) throw new RdbCorrupt(`Pending entry ${id} is nobody's`);
        return true;
      });
    }
  }

  /** Reads what is pending for a group; the consumers say then for whom. */
  #readPending(reader: RdbReader, group: number): void {
    const { groups } = this.#streams;
    const id = this.#id;
    const count = reader.elements(PENDING_MIN_BYTES);
    for (let i = 0; i < count; i++) {
      reader.rawId(id);
      const time = reader.int64();
      const deliveries = reader.bigint();
      if (deliveries < 0n) throw new RdbCorrupt(`Entry that was delivered ${deliveries} times`);
      if (groups.findPending(group, id) !== 0) throw new RdbCorrupt(`Entry ${id} is pending twice`);
      const entry = groups.addUnowned(group, id);
      groups.setDeliveredAt(entry, time);
      groups.setDeliveries(entry, deliveries);
    }
  }

  #readConsumers(reader: RdbReader, group: number, type: number): void {
    const { groups } = this.#streams;
    const name = this.#name;
    const count = reader.elements(CONSUMER_MIN_BYTES);
    for (let i = 0; i < count; i++) {
      reader.string(name);
      const { bytes, start, end } = name;
      const seen = reader.int64();
      if (groups.findConsumer(group, bytes, start, end) !== 0) {
        throw new RdbCorrupt("Consumer is twice in a group");
      }
      const consumer = groups.createConsumer(group, bytes, start, end, seen);
      // Before 7.2 nobody wrote down when a consumer was active.
      groups.setActive(consumer, type === RDB_STREAM_LISTPACKS_3 ? reader.int64() : seen);
      this.#readOwned(reader, group, consumer);
    }
  }

  /** Reads what is pending for a consumer. */
  #readOwned(reader: RdbReader, group: number, consumer: number): void {
    const { groups } = this.#streams;
    const id = this.#id;
    const count = reader.elements(ID_BYTES);
    for (let i = 0; i < count; i++) {
      reader.rawId(id);
      const entry = groups.findPending(group, id);
      if (entry === 0) throw new RdbCorrupt(`Entry ${id} is pending for a consumer, but not for its group`);
      if (groups.owner(entry) !== 0) throw new RdbCorrupt(`Entry ${id} is pending for two`);
      groups.give(entry, id, consumer);
    }
  }
}
