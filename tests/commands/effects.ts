/**
 * Runs commands one after the other and compares their effects and events.
 *
 * @module
 */

import assert from "node:assert/strict";
import { byteString } from "../../src/base/bytes.ts";
import { encodeRequest, Executor } from "../support/executor.ts";

/** A request, the effect that it leaves (empty: none), and its events. */
export type Row = readonly [request: string, effect: string, ...events: string[]];

/** Runs the rows on one server. */
export function check(name: string, rows: readonly Row[]): void {
  Deno.test(name, () => {
    const executor = new Executor();
    const effects = executor.recordEffects();
    const events = recordEvents(executor);
    executor.run("SET", "first", "1");
    effects(); // With the SELECT that begins the stream.
    events();
    for (const [request, effect, ...expectedEvents] of rows) {
      const reply = executor.run(...request.split(" "));
      assert.ok(!reply.startsWith("-ERR unknown"), reply);
      assert.equal(effects(), effect === "" ? "" : encodeRequest(effect.split(" ")), `effect of ${request}`);
      assert.deepEqual(events(), expectedEvents, `events of ${request}`);
    }
  });
}

function recordEvents(executor: Executor): () => string[] {
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
