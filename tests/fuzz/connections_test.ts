/**
 * Clients that come and go, politely or not: none of them is kept, and neither is its memory or its socket.
 *
 * DENODIS_FUZZ_CONNECTIONS sets how many connections are opened and dropped (10,000 unless
 * told).
 */

import assert from "node:assert/strict";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest } from "../support/replies.ts";
import { startDenodis } from "../support/servers.ts";
import { Observer } from "./server_state.ts";

const connections = Number(Deno.env.get("DENODIS_FUZZ_CONNECTIONS") ?? 10_000);

/** Open at the same time: fewer than the files that a process may have open where nobody has raised the limit. */
const AT_ONCE = 400;
/** Bytes by which the process may have grown, garbage that is still to be collected included. */
const GROWTH = 48 * 1024 * 1024;
/** Rounds of visits after which it must have stopped growing. */
const ROUNDS = 5;

const PING = encodeRequest(["PING"]);

/** Ways to come and go. */
const VISITS: ((conn: Deno.TcpConn) => Promise<void>)[] = [
  // Says nothing.
  () => Promise.resolve(),
  // Half a request.
  (conn) => write(conn, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\nabc"),
  // Half a line.
  (conn) => write(conn, "SET k abc"),
  // Takes leave.
  async (conn) => {
    await write(conn, `${PING}QUIT\r\n`);
    await drain(conn);
  },
  // Does not look at the replies: closing a socket with unread bytes resets the connection.
  async (conn) => {
    await write(conn, PING.repeat(10));
    await conn.read(new Uint8Array(1));
  },
  // Is gone before the replies are made.
  (conn) => write(conn, PING.repeat(100)),
  // Breaks the protocol, and goes on.
  async (conn) => {
    await write(conn, "*1\r\n+\r\n");
    await write(conn, PING);
    await drain(conn);
  },
  // Closes its sending side only.
  async (conn) => {
    await write(conn, PING);
    await conn.closeWrite();
    await drain(conn);
  },
];

async function write(conn: Deno.Conn, bytes: string): Promise<void> {
  await conn.write(new TextEncoder().encode(bytes));
}

async function drain(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  while (await conn.read(buffer) !== null);
}

async function visit(port: number, kind: number): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await VISITS[kind % VISITS.length](conn);
  } catch {
    // The server has closed it first, which some of them ask for.
  } finally {
    conn.close();
  }
}

/** Opens and drops `count` connections, some hundred of them at a time. */
async function visitAll(port: number, count: number): Promise<void> {
  let begun = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (begun < count) await visit(port, begun++);
  }));
}

Deno.test("fuzz: clients that come and go leave nothing behind", async () => {
  const server = await startDenodis(["--enable-debug-command", "yes", "--tcp-backlog", "511"]);
  const observer = await Observer.connect(server);
  try {
    // V8 lets garbage pile up to a level of its own: a leak is growth that goes on beyond that, round by round.
    const half = Math.ceil(connections / 2);
    await visitAll(server.port, half);
    await observer.alone();
    const { openFiles, residentMemory } = await observer.state();
    const resident = [residentMemory];
    let visits = half;
    do {
      await visitAll(server.port, half);
      visits += half;
      await observer.alone();
      resident.push((await observer.state()).residentMemory);
    } while (resident.at(-1)! - resident.at(-2)! >= GROWTH && resident.length < ROUNDS);
    console.log(
      `    ${visits} connections; resident MiB after each ${half} of them: ` +
        resident.map((bytes) => (bytes / 2 ** 20).toFixed(0)).join(", "),
    );
    assert.ok(resident.at(-1)! - resident.at(-2)! < GROWTH, `Resident bytes grow: ${resident.join(", ")}`);
    await observer.filesOpen(openFiles);
    assert.equal(await observer.info("total_connections_received"), String(visits + 2));
    await observer.cleanData();
    assert.doesNotMatch(server.log(), /Internal error|Error on connection/, "The server's log");
  } finally {
    observer.close();
    await server.stop();
  }
});

/** Holds connections with half requests and unread replies, and says so, until it is killed. */
const HOLDER = `
  const bytes = new TextEncoder().encode("PING\\r\\n*2\\r\\n$3\\r\\nGET\\r\\n$100\\r\\nabc");
  const conns = [];
  for (let i = 0; i < 300; i++) {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(Deno.args[0]) });
    await conn.write(bytes);
    conns.push(conn);
  }
  console.log("ready");
  await new Promise((resolve) => setTimeout(resolve, 600_000));
  console.log(conns.length);
`;

Deno.test("fuzz: the clients of a process that is killed are gone", async () => {
  const server = await startDenodis(["--enable-debug-command", "yes"]);
  const observer = await Observer.connect(server);
  try {
    const before = await observer.state();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["eval", HOLDER, String(server.port)],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const output = child.stdout.getReader();
    await output.read();
    await output.cancel();
    assert.equal((await observer.state()).clients, 301);
    child.kill("SIGKILL");
    await child.status;
    await observer.alone();
    await observer.filesOpen(before.openFiles);
    const other = await RawConnection.connect({ port: server.port });
    assert.equal(await other.command("PING"), "+PONG\r\n");
    other.close();
  } finally {
    observer.close();
    await server.stop();
  }
});
