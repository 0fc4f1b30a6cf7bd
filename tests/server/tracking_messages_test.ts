/**
 * Client-side caching where no second connection can show it: clients in subscribed mode, changes outside of batches,
 * and what is left when clients go.
 */

import assert from "node:assert/strict";
import { byteString } from "../../src/base/bytes.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { Subscriptions } from "../../src/pubsub/pubsub.ts";
import { type OutputBuffer, ReplyWriter } from "../../src/resp/reply_writer.ts";
import type { Connection } from "../../src/server/connection.ts";
import { Tracking } from "../../src/server/tracking.ts";
import { TrackingTable } from "../../src/server/tracking_table.ts";
import { Keyspace } from "../../src/store/keyspace.ts";
import { withSeed } from "../support/property.ts";

const PLAIN = { redirect: 0, broadcast: false, prefixes: [], optIn: false, optOut: false, noLoop: false };
const ALL_KEYS = { ...PLAIN, broadcast: true, prefixes: [""] };

/** A tracking with clients that write down what is sent to them. */
class Room {
  readonly keyspace = new Keyspace({ databases: 1, clock: new ManualClock(0) });
  readonly clients = new Map<number, Connection>();
  readonly tracking = new Tracking(this.keyspace, (id) => this.clients.get(id));
  sent = "";

  add(id: number, protocol: 2 | 3, subscribed = false): Connection {
    const reply = new ReplyWriter();
    reply.protocol = protocol;
    const flush = () => {
      const chunks: OutputBuffer[] = [];
      reply.take(chunks);
      this.sent += `${id}: ${chunks.map((chunk) => byteString(chunk.view(0))).join("")}`;
    };
    const subscriptions = subscribed ? new Subscriptions() : null;
    const client = {
      id,
      reply,
      subscriptions,
      tracking: null,
      closing: false,
      flush,
    } as unknown as Connection;
    this.clients.set(id, client);
    return client;
  }

  /** Sets a key outside of any batch, and returns what has been sent by the end of the turn. */
  async change(key: string): Promise<string> {
    const bytes = new TextEncoder().encode(key);
    this.keyspace.events.changed(0, bytes, 0, bytes.length, false);
    assert.equal(this.sent, "");
    await Promise.resolve();
    const { sent } = this;
    this.sent = "";
    return sent;
  }
}

Deno.test("a RESP2 client in subscribed mode gets redirected invalidations as messages", async () => {
  const room = new Room();
  const tracker = room.add(1, 3);
  room.add(2, 2, true);
  room.tracking.enable(tracker, { ...ALL_KEYS, redirect: 2 });
  // As the oracle sends them; the null is that of the tracking client's protocol.
  const channel = "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n";
  assert.equal(await room.change("key"), `2: ${channel}*1\r\n$3\r\nkey\r\n`);
  room.tracking.flushed();
  await Promise.resolve();
  assert.equal(room.sent, `2: ${channel}_\r\n`);
});

Deno.test("a subscribed RESP2 client gets no invalidations of its own", async () => {
  const room = new Room();
  room.tracking.enable(room.add(1, 2, true), ALL_KEYS);
  assert.equal(await room.change("key"), "");
});

Deno.test("changes outside of batches are sent at the end of the turn, in one message", async () => {
  const room = new Room();
  room.tracking.enable(room.add(1, 3), ALL_KEYS);
  const a = new TextEncoder().encode("a");
  room.keyspace.events.changed(0, a, 0, 1, false);
  assert.equal(await room.change("b"), "1: >2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n");
});

Deno.test("nothing listens to changes once the last client that tracked is gone", () => {
  const room = new Room();
  const { events } = room.keyspace;
  const [one, two] = [room.add(1, 3), room.add(2, 3)];
  assert.equal(events.changes, null);
  room.tracking.enable(one, PLAIN);
  room.tracking.enable(two, ALL_KEYS);
  room.tracking.enable(one, PLAIN);
  assert.deepEqual(room.tracking.statistics, { clients: 2, keys: 0, items: 0, prefixes: 1 });
  room.tracking.forget(two);
  assert.deepEqual(room.tracking.statistics, { clients: 1, keys: 0, items: 0, prefixes: 0 });
  // Its keys are still in the table: it might turn tracking on again.
  room.tracking.disable(one);
  assert.equal(events.changes, room.tracking);
  room.tracking.forget(one);
  assert.equal(events.changes, null);
  assert.equal(room.tracking.active, false);
});

Deno.test("several listeners hear of every change, in the order in which they came", () => {
  const { events } = new Room().keyspace;
  const heard: string[] = [];
  const listeners = ["a", "b", "c"].map((name) => ({
    changed: (database: number, _: Uint8Array, start: number, end: number, byCommand: boolean) =>
      void heard.push(`${name} ${database} ${start} ${end} ${byCommand}`),
    flushed: (first: number, last: number) => void heard.push(`${name} flushed ${first} ${last}`),
    swapped: (first: number, second: number) => void heard.push(`${name} swapped ${first} ${second}`),
  }));
  for (const listener of listeners) events.listen(listener);
  events.unlisten(listeners[1]);
  events.changed(3, new Uint8Array(9), 1, 2, true);
  events.changes?.flushed(0, 15);
  events.changes?.swapped(4, 5);
  assert.deepEqual(heard, [
    "a 3 1 2 true",
    "c 3 1 2 true",
    "a flushed 0 15",
    "c flushed 0 15",
    "a swapped 4 5",
    "c swapped 4 5",
  ]);
  events.unlisten(listeners[0]);
  assert.equal(events.changes, listeners[2]);
});

Deno.test("the table names each reader of a key once, and counts right", () => {
  withSeed((random: SeededRandom) => {
    const table = new TrackingTable();
    const model = new Map<string, Set<number>>();
    for (let step = 0; step < 5000; step++) {
      const key = `k${random.uint32() % 60}`;
      const action = random.uint32() % 500;
      if (action === 0) {
        table.clear();
        model.clear();
      } else if (action < 100) {
        assert.deepEqual([...table.take(key)].sort(), [...model.get(key) ?? []].sort());
        model.delete(key);
      } else {
        const reader = random.uint32() % 4;
        table.add(key, reader);
        model.set(key, (model.get(key) ?? new Set()).add(reader));
      }
      assert.equal(table.size, model.size);
      assert.equal(table.items, [...model.values()].reduce((sum, { size }) => sum + size, 0));
    }
    const keys = Array.from({ length: table.size }, (_, i) => table.key(i));
    assert.deepEqual(keys.sort(), [...model.keys()].sort());
  });
});
