/**
 * What idle connections cost.
 *
 * @module
 */
import { type Bench } from "./bench.ts";
import type { Contestant } from "./contestants.ts";
import { outputOf, sleep, within } from "./processes.ts";
import { decimal, markdownTable, mebibytes, progress, section } from "./report.ts";
import { encodeRequest, writeAll } from "./request.ts";
import { Server } from "./server.ts";

const CONNECTIONS = 10_000;
/** Files that either process opens besides the connections. */
const SPARE_FILES = 100;
/** Connections that are being opened at a time; a listener's backlog is 511. */
const AT_A_TIME = 100;
const OPEN_LIMIT_MILLISECONDS = 60_000;

/** Opens the connections to each server, uses each once, and weighs the server. */
export async function measureConnections(bench: Bench): Promise<string> {
  const count = await connectionsAllowed(bench.quick ? CONNECTIONS / 10 : CONNECTIONS);
  const idleSeconds = bench.quick ? 2 : 10;
  const rows: string[][] = [];
  for (const contestant of [bench.contestants.ours, bench.contestants.oracle]) {
    rows.push(await weigh(contestant, { bench, count, idleSeconds }));
  }
  const header = [
    "server",
    "RSS empty",
    "after one PING each",
    `${idleSeconds} s later`,
    "KiB per connection",
  ];
  return section("Connections", [
    `Resident memory of a server with ${
      decimal(count)
    } connections that sent one PING each and then nothing; the ` +
    `last column is what is left ${idleSeconds} s later, per connection. The kernel's socket buffers are not in it.`,
    markdownTable(header, rows),
  ]);
}

/** How many connections the limit on open files lets this process hold. Deno raises the soft limit at its start. */
export async function connectionsAllowed(wanted: number): Promise<number> {
  const limit = Number(await outputOf("sh", { args: ["-c", "ulimit -Hn"], milliseconds: 5000 }));
  const allowed = Number.isNaN(limit) ? wanted : Math.min(wanted, limit - SPARE_FILES);
  if (allowed < wanted) progress(`only ${allowed} connections: ulimit -Hn is ${limit}`);
  return allowed;
}

async function weigh(
  contestant: Contestant,
  options: { readonly bench: Bench; readonly count: number; readonly idleSeconds: number },
): Promise<string[]> {
  const { bench, count, idleSeconds } = options;
  await using server = await Server.start(contestant, bench);
  await sleep(500);
  const empty = await server.residentBytes();
  const connections: Deno.Conn[] = [];
  try {
    await within(openAll(server.port, { count, connections }), {
      milliseconds: OPEN_LIMIT_MILLISECONDS,
      what: `opening ${count} connections`,
    });
    const used = await server.residentBytes();
    await sleep(idleSeconds * 1000);
    const idle = await server.residentBytes();
    progress(`${contestant.name}, ${count} connections: ${mebibytes(idle - empty)}`);
    const perConnection = decimal((idle - empty) / count / 1024, 1);
    return [contestant.name, mebibytes(empty), mebibytes(used), mebibytes(idle), perConnection];
  } finally {
    for (const connection of connections) connection.close();
  }
}

async function openAll(
  port: number,
  options: { readonly count: number; readonly connections: Deno.Conn[] },
): Promise<void> {
  const { count, connections } = options;
  async function open(): Promise<void> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connections.push(connection);
    await writeAll(connection, encodeRequest(["PING"]));
    const reply = new Uint8Array(64);
    const length = await connection.read(reply);
    const text = new TextDecoder().decode(reply.subarray(0, length ?? 0));
    if (text !== "+PONG\r\n") {
      throw new Error(`Connection ${connections.length} got "${text.trim()}" for PING`);
    }
  }
  while (connections.length < count) {
    const more = Math.min(AT_A_TIME, count - connections.length);
    await Promise.all(Array.from({ length: more }, open));
  }
}
