/**
 * Runs commands on hashes one after the other and compares their replies, effects and events.
 *
 * @module
 */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { TYPE_HASH } from "../../../src/store/entry.ts";
import { encodeEffects, Executor } from "../../support/executor.ts";

/** Milliseconds since the epoch at which an executor's clock stands. */
export const NOW = 1_700_000_000_000;

/** A request, its reply with spaces for line breaks, its effects, and its events. */
export interface Row {
  /** Words separated by spaces; `""` is the empty word. `+ 100` lets 100 milliseconds pass instead. */
  readonly run: string;
  readonly reply?: string;
  readonly effects?: readonly string[];
  readonly events?: readonly string[];
}

function words(request: string): string[] {
  return request.split(" ").map((word) => word === '""' ? "" : word);
}

/** Runs the rows on one server; effects and events that a row does not name must not happen. */
export function check(name: string, rows: readonly Row[]): void {
  Deno.test(name, () => {
    const executor = new Executor();
    const effects = executor.recordEffects();
    const events = recordEvents(executor);
    executor.run("SET", "first", "1");
    effects(); // With the SELECT that begins the stream.
    events();
    for (const row of rows) {
      if (row.run.startsWith("+ ")) {
        executor.clock.advance(Number(row.run.slice(2)));
        continue;
      }
      const reply = executor.run(...words(row.run));
      if (row.reply !== undefined) {
        assert.equal(reply.replaceAll("\r\n", " ").trim(), row.reply, `reply to ${row.run}`);
      } else {
        assert.ok(!reply.startsWith("-"), `${row.run}: ${reply}`);
      }
      assert.equal(
        effects(),
        encodeEffects((row.effects ?? []).map(words)),
        `effects of ${row.run}`,
      );
      assert.deepEqual(events(), row.events ?? [], `events of ${row.run}`);
      checkLists(executor);
    }
  });
}

/** Checks all invariants, and that the database lists exactly the hashes of which fields expire. */
export function checkLists({ keyspace }: Executor): void {
  keyspace.check();
  keyspace.databases[0].scan(0, Infinity, (entry) => {
    if (keyspace.entries.type(entry) !== TYPE_HASH) return;
    assert.equal(keyspace.entries.hasVolatileFields(entry), keyspace.hashes.firstExpiry(entry) >= 0);
  });
}

/** Collects the events from now on; each call of the result returns those since the last one. */
export function recordEvents(executor: Executor): () => string[] {
  let events: string[] = [];
  executor.keyspace.events.mask = ~0;
  executor.keyspace.events.listener = {
    event(_eventClass, name, _database, bytes, start, end) {
      events.push(`${name} ${byteString(bytes, start, end)}`);
    },
  };
  return () => {
    const taken = events;
    events = [];
    return taken;
  };
}
