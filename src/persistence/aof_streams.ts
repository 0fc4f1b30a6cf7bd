/**
 * Streams as requests that make them, with their groups, consumers and pending entries.
 *
 * @module
 */

import type { Keyspace } from "../store/keyspace.ts";
import { StreamId } from "../store/types/stream_id.ts";
import { LAST_ID, MAX_DELETED_ID } from "../store/types/stream_layout.ts";
import type { CommandWriter } from "./command_writer.ts";
import { STEP_ELEMENTS, type ValueSteps } from "./rdb_value.ts";

/** Writes the streams of a keyspace. */
export class AofStreams {
  readonly #keyspace: Keyspace;
  readonly #last = new StreamId();
  readonly #id = new StreamId();

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#last.setMax();
  }

  /** Writes a stream. */
  *write(commands: CommandWriter, entry: number): ValueSteps {
    const { entries, streams } = this.#keyspace;
    const stream = entries.root(entry);
    const id = this.#id;
    if (streams.length(stream) === 0) {
      // An entry that is trimmed at once makes an empty one.
      this.#begin(commands, "XADD", entry, 5);
      for (const word of ["MAXLEN", "0", "0-1", "x", "y"]) commands.text(word);
    } else {
      yield* this.#entries(commands, entry, stream);
    }
    this.#begin(commands, "XSETID", entry, 5);
    streams.readId(stream, LAST_ID, id);
    commands.id(id);
    commands.text("ENTRIESADDED");
    commands.number(streams.sayableEntriesAdded(stream));
    commands.text("MAXDELETEDID");
    streams.readId(stream, MAX_DELETED_ID, id);
    commands.id(id);
    for (const group of streams.groups.list(stream)) yield* this.#group(commands, entry, group);
  }

  /** Begins a request whose first argument is the key, with so many more. */
  #begin(commands: CommandWriter, name: string, entry: number, more: number): void {
    const { entries } = this.#keyspace;
    commands.begin(2 + more, name);
    entries.locateKey(entry);
    commands.located(entries);
  }

  *#entries(commands: CommandWriter, entry: number, stream: number): ValueSteps {
    const { streams } = this.#keyspace;
    const from = new StreamId();
    from.setMin();
    for (let more = true; more;) {
      more = false;
      // Walked anew after every pause: others walk over streams, too.
      const range = streams.walk(stream, from, this.#last);
      for (let elements = 0; range.next();) {
        if (elements >= STEP_ELEMENTS) {
          from.copy(range.id);
          more = true;
          break;
        }
        this.#begin(commands, "XADD", entry, 1 + 2 * range.count);
        commands.id(range.id);
        for (let i = 0; i < range.count; i++) {
          range.readField();
          commands.located(range.element);
          range.readValue();
          commands.located(range.element);
        }
        elements += 1 + range.count;
      }
      if (more) yield;
    }
  }

  /** Begins a request on a group: `name`, perhaps a subcommand, the key and the group, with so many more arguments. */
  #beginOfGroup(
    commands: CommandWriter,
    words: readonly string[],
    entry: number,
    group: number,
    more: number,
  ): void {
    const { entries, streams: { groups } } = this.#keyspace;
    commands.begin(words.length + 2 + more, ...words);
    entries.locateKey(entry);
    commands.located(entries);
    groups.locateGroupName(group);
    commands.located(groups);
  }

  *#group(commands: CommandWriter, entry: number, group: number): ValueSteps {
    const { groups } = this.#keyspace.streams;
    this.#beginOfGroup(commands, ["XGROUP", "CREATE"], entry, group, 3);
    groups.readDelivered(group, this.#id);
    commands.id(this.#id);
    commands.text("ENTRIESREAD");
    commands.number(groups.sayableEntriesRead(group));
    for (const consumer of groups.consumers(group)) {
      if (groups.pendingCount(consumer) === 0) {
        this.#beginOfGroup(commands, ["XGROUP", "CREATECONSUMER"], entry, group, 1);
        groups.locateConsumerName(consumer);
        commands.located(groups);
      } else {
        yield* this.#pending(commands, entry, { group, consumer });
      }
    }
  }

  /** Writes what is pending for a consumer, which that makes as well. */
  *#pending(
    commands: CommandWriter,
    entry: number,
    { group, consumer }: { readonly group: number; readonly consumer: number },
  ): ValueSteps {
    const { groups } = this.#keyspace.streams;
    const from = new StreamId();
    for (let more = true; more;) {
      more = false;
      let written = 0;
      groups.forEachPending(consumer, from, (owned, id) => {
        if (written++ === STEP_ELEMENTS) {
          more = true;
          from.copy(id);
          return false;
        }
        this.#beginOfGroup(commands, ["XCLAIM"], entry, group, 9);
        groups.locateConsumerName(consumer);
        commands.located(groups);
        commands.text("0");
        commands.id(id);
        commands.text("TIME");
        commands.number(groups.deliveredAt(owned));
        commands.text("RETRYCOUNT");
        commands.number(groups.deliveries(owned));
        commands.text("JUSTID");
        commands.text("FORCE");
        return true;
      });
      if (more) yield;
    }
  }
}
