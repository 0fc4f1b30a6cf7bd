/**
 * Several clients that send nonsense at once, leave half requests, hang up in the middle of replies: the server goes
 * on to serve everybody else, sends nothing that is no reply, and when they are gone nothing of them is left.
 *
 * DENODIS_FUZZ_SECONDS sets how long (8 s unless told), DENODIS_FUZZ_SEED what is sent.
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { SeededRandom } from "../../src/base/random.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, replyEnd } from "../support/replies.ts";
import { startDenodis } from "../support/servers.ts";
import { randomBytesStream, requestStream } from "./request_streams.ts";
import { Observer } from "./server_state.ts";
import { StreamingClient } from "./streaming_client.ts";

const seconds = Number(Deno.env.get("DENODIS_FUZZ_SECONDS") ?? 8);
const firstSeed = Number(Deno.env.get("DENODIS_FUZZ_SEED") ?? Math.floor(Math.random() * 2 ** 31));

const LANES = 8;
/** Connections that a lane leaves open in the middle of a request. */
const LEFT_OPEN = 20;
/** Bytes by which the process may have grown when all is over, garbage that is still to be collected included. */
const GROWTH = 128 * 1024 * 1024;

/** Clients one after the other until `end`; returns how many. */
async function runLane(port: number, seed: number, end: number): Promise<number> {
  const random = new SeededRandom(seed);
  const open: StreamingClient[] = [];
  let clients = 0;
  for (; performance.now() < end; clients++) {
    const client = await StreamingClient.connect(port);
    switch (random.below(6)) {
      case 0:
        await sendAndHangUp(client, random);
        break;
      case 1:
        await sendHalfALargeRequest(client, random);
        open.push(client);
        break;
      case 2:
        await client.send(requestStream(random.uint32()).pieces[0] ?? "");
        open.push(client);
        break;
      default:
        await sendAndReadAll(client, random);
    }
    if (open.length > LEFT_OPEN) open.shift()!.close();
  }
  for (const client of open) client.close();
  return clients;
}

async function sendAndReadAll(client: StreamingClient, random: SeededRandom): Promise<void> {
  const seed = random.uint32();
  const stream = random.below(2) === 0 ? randomBytesStream(seed) : requestStream(seed);
  for (const piece of stream.pieces) await client.send(piece);
  await client.closeWrite();
  assert.ok(await client.untilEnded(20_000), `Seed ${seed}: the server closes after the client's end`);
  assertReplies(client.received, seed);
  client.close();
}

/** Does not even wait for the replies, which may be long. */
async function sendAndHangUp(client: StreamingClient, random: SeededRandom): Promise<void> {
  await client.send(encodeRequest(["SETRANGE", "long", "200000", "x"]));
  await client.send(encodeRequest(["GET", "long"]).repeat(1 + random.below(50)));
  client.close();
}

async function sendHalfALargeRequest(client: StreamingClient, random: SeededRandom): Promise<void> {
  const length = 1 + random.below(400_000_000);
  await client.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${length}\r\n`);
  await client.send("z".repeat(Math.min(length, random.below(random.below(4) === 0 ? 500_000 : 5000))));
}

/** Whole replies up to the end; throws where there is something else. */
function assertReplies(received: string, seed: number): void {
  const bytes = Buffer.from(received, "latin1");
  for (let at = 0; at < bytes.length;) {
    at = replyEnd(bytes, at, bytes.length);
    assert.ok(at > 0, `Seed ${seed}: the last reply is not whole`);
  }
}

/** Sends PING as long as the clients run; returns the longest wait for the reply, in milliseconds. */
async function probe(port: number, running: { done: boolean }): Promise<number> {
  const connection = await RawConnection.connect({ port, timeout: 30_000 });
  let longest = 0;
  while (!running.done) {
    const start = performance.now();
    assert.equal(await connection.command("PING"), "+PONG\r\n");
    longest = Math.max(longest, performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  connection.close();
  return longest;
}

async function attack(
  port: number,
  seed: number,
  forSeconds: number,
): Promise<{ clients: number; longest: number }> {
  const running = { done: false };
  const probing = probe(port, running);
  const end = performance.now() + forSeconds * 1000;
  const lanes = Array.from({ length: LANES }, (_, lane) => runLane(port, seed + lane, end));
  const clients = await Promise.all(lanes).finally(() => running.done = true);
  return { clients: clients.reduce((sum, count) => sum + count, 0), longest: await probing };
}

Deno.test(`fuzz: nonsense from all sides leaves nothing behind (seed ${firstSeed})`, async () => {
  const server = await startDenodis(["--enable-debug-command", "yes"]);
  const observer = await Observer.connect(server);
  try {
    // A first attack of the same length brings the process to the size that such clients need: compiled code, pooled
    // buffers, the collector's idea of a heap. What a second one adds would be a leak.
    await attack(server.port, firstSeed + LANES, seconds / 2);
    await observer.alone();
    await observer.cleanData();
    const before = await observer.state();
    const { clients, longest } = await attack(server.port, firstSeed, seconds / 2);
    await observer.alone();
    await observer.cleanData();
    const after = await observer.state();
    console.log(
      `    ${clients} clients, longest wait for PING ${
        longest.toFixed(0)
      } ms; resident MiB before and after: ` +
        `${(before.residentMemory / 2 ** 20).toFixed(0)} and ${(after.residentMemory / 2 ** 20).toFixed(0)}`,
    );
    assert.equal(after.dataMemory, before.dataMemory, "Bytes of data after FLUSHALL");
    await observer.filesOpen(before.openFiles);
    assert.ok(
      after.residentMemory - before.residentMemory < GROWTH,
      `Resident bytes grew from ${before.residentMemory} to ${after.residentMemory}`,
    );
    assert.equal(server.ended(), undefined);
    assert.doesNotMatch(server.log(), /Internal error|Error on connection/, "The server's log");
  } finally {
    observer.close();
    await server.stop();
  }
});
