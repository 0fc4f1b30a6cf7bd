/**
 * Sends PING after PING to the port in its argument until its stdin ends, then prints the waits as JSON. It warms up
 * first and says "ready".
 *
 * @module
 */
import type { Waits } from "./probe_process.ts";

const WARM_UP_PINGS = 2000;
/** Room for the waits, allocated at once: a growing array would be copied, and garbage collected, during the run. */
const CAPACITY = 8_000_000;

const PING = new TextEncoder().encode("*1\r\n$4\r\nPING\r\n");
const PONG_BYTES = "+PONG\r\n".length;

async function ping(connection: Deno.Conn, buffer: Uint8Array): Promise<number> {
  const sent = performance.now();
  await connection.write(PING);
  for (let received = 0; received < PONG_BYTES;) {
    const count = await connection.read(buffer);
    if (count === null) throw new Error("The server closed the probe's connection");
    received += count;
  }
  if (buffer[0] !== 43) throw new Error(`Unexpected reply to PING: ${new TextDecoder().decode(buffer)}`);
  return performance.now() - sent;
}

function summarize(waits: Float64Array): Waits {
  waits.sort();
  const at = (quantile: number) => waits[Math.min(waits.length - 1, Math.floor(waits.length * quantile))];
  return { count: waits.length, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) };
}

async function probe(port: number): Promise<Waits> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  connection.setNoDelay(true);
  const buffer = new Uint8Array(64);
  for (let i = 0; i < WARM_UP_PINGS; i++) await ping(connection, buffer);
  const waits = new Float64Array(CAPACITY).fill(0);
  let stopped = false;
  Deno.stdin.read(new Uint8Array(1)).then(() => stopped = true);
  console.log("ready");
  let count = 0;
  while (!stopped && count < CAPACITY) waits[count++] = await ping(connection, buffer);
  return summarize(waits.subarray(0, count));
}

console.log(JSON.stringify(await probe(Number(Deno.args[0]))));
