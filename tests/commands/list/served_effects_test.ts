/**
 * What is left for the append-only file and replicas, and which key events are told, when a client that waits for a
 * list is served. The expectations are what redis-server 7.0.15 wrote to its append-only file and published.
 */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../../src/base/bytes.ts";
import { RespDecoder } from "../../../src/resp/decoder.ts";
import { ReplyWriter } from "../../../src/resp/reply_writer.ts";
import type { Connection } from "../../../src/server/connection.ts";
import { encodeRequest, Executor } from "../../support/executor.ts";

const rows: readonly [waiting: string, request: string, effects: string[], events: string[]][] = [
  ["BLPOP l 0", "rpush l 1 2", ["rpush l 1 2", "LPOP l"], ["new l", "rpush l", "lpop l"]],
  ["brpop l 0", "rpush l 1 2", ["rpush l 1 2", "RPOP l"], ["new l", "rpush l", "rpop l"]],
  ["BLPOP l 0", "rpush l 1", ["rpush l 1", "LPOP l"], ["new l", "rpush l", "lpop l", "del l"]],
  [
    "BLMPOP 0 1 l LEFT COUNT 5",
    "rpush l 1 2",
    ["rpush l 1 2", "LPOP l 2"],
    ["new l", "rpush l", "lpop l", "del l"],
  ],
  [
    "blmove l m left right 0",
    "rpush l 1 2",
    ["rpush l 1 2", "LMOVE l m left right"],
    ["new l", "rpush l", "new m", "rpush m", "lpop l"],
  ],
  [
    "BRPOPLPUSH l m 0",
    "rpush l 1",
    ["rpush l 1", "RPOPLPUSH l m"],
    ["new l", "rpush l", "new m", "lpush m", "rpop l", "del l"],
  ],
  [
    "BRPOPLPUSH l l 0",
    "rpush l 1 2",
    ["rpush l 1 2", "RPOPLPUSH l l"],
    ["new l", "rpush l", "lpush l", "rpop l"],
  ],
  ["blmove l first LEFT RIGHT 0", "rpush l 1", ["rpush l 1"], ["new l", "rpush l"]],
];

for (const [waiting, request, effects, events] of rows) {
  Deno.test(`${waiting}, served by ${request}`, () => {
    const executor = new Executor();
    const taken = executor.recordEffects();
    executor.run("SET", "first", "1");
    taken(); // With the SELECT that begins the stream.
    const told: string[] = [];
    executor.keyspace.events.mask = ~0;
    executor.keyspace.events.listener = {
      event(_eventClass, name, _database, bytes, start, end) {
        told.push(`${name} ${byteString(bytes, start, end)}`);
      },
    };
    assert.equal(executor.run(...waiting.split(" ")), "");
    assert.ok(executor.session.blocked);
    runAsAnother(executor, request);
    assert.ok(!executor.session.blocked);
    assert.equal(taken(), effects.map((effect) => encodeRequest(effect.split(" "))).join(""));
    assert.deepEqual(told, events);
    executor.keyspace.check();
  });
}

/** Runs a request on a second connection. */
function runAsAnother({ server, session }: Executor, request: string): void {
  const other = Object.create(session, {
    id: { value: 2 },
    reply: { value: new ReplyWriter() },
    blocked: { value: false },
  }) as Connection;
  const decoder = new RespDecoder({ authenticated: true, maxBulkLength: 1000, maxQueryBuffer: 1000 });
  server.dispatcher.run(other, decoder.decode(bytesOf(encodeRequest(request.split(" ")))), 0);
}
