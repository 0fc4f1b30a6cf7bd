/** Where a server listens, and how it ends: sockets, addresses that cannot be had, signals under load. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { oracleState } from "../support/oracle.ts";
import { encodeRequest } from "../support/replies.ts";
import { denodisCommand, freePort } from "../support/servers.ts";
import { delay } from "./both.ts";
import { StreamingClient } from "./streaming_client.ts";

/** Milliseconds that anything may take; far more than it does. */
const PATIENCE = 20_000;

/** An address that is reserved for documentation: no machine has it. */
const MISSING = "192.0.2.177";

const state = await oracleState();
const hasUnixSockets = Deno.build.os !== "windows";
const hasIpv6 = listens("::1");

function listens(hostname: string): boolean {
  try {
    Deno.listen({ hostname, port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

/** A server's process, which need not come up. */
class Process {
  readonly directory: string;
  readonly ours: boolean;
  readonly #child: Deno.ChildProcess;
  readonly #outputs: Promise<void>[];
  #log = "";
  #ended = false;

  constructor(ours: boolean, directory: string, args: readonly string[]) {
    this.ours = ours;
    this.directory = directory;
    const [program, ...rest] = ours ? denodisCommand() : ["redis-server"];
    this.#child = new Deno.Command(program, {
      args: [...rest, ...args, "--save", "", "--dir", directory],
      cwd: directory,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#outputs = [this.#collect(this.#child.stdout), this.#collect(this.#child.stderr)];
    this.#child.status.then(() => this.#ended = true);
  }

  /** What it has printed, without times and process ids. */
  get log(): string {
    return this.#log.replaceAll(/^\d+:\S+ .*?\d\d\.\d{3} /gm, "");
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Waits until it accepts connections. */
  async ready(): Promise<void> {
    const limit = performance.now() + PATIENCE;
    while (!/eady to accept connections/.test(this.#log)) {
      if (this.#ended || performance.now() > limit) assert.fail(`The server did not start:\n${this.#log}`);
      await delay(5);
    }
  }

  /** Sends a signal, unless it has ended. */
  signal(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  /** Its exit code, or the signal that ended it. */
  async end(): Promise<number | Deno.Signal> {
    const timer = setTimeout(() => this.signal("SIGKILL"), PATIENCE);
    const status = await this.#child.status;
    clearTimeout(timer);
    await Promise.all(this.#outputs);
    return status.signal ?? status.code;
  }

  async #collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of stream) this.#log += Buffer.from(chunk).toString("utf8");
  }
}

/** Registers `test` against denodis and against redis-server; `start` starts one with arguments. */
function testProcess(
  name: string,
  test: (start: (...args: string[]) => Process, directory: string) => Promise<void>,
  ignore = false,
): void {
  for (const ours of [true, false]) {
    Deno.test({
      name: `fuzz: ${name}${ours ? "" : " (redis-server)"}`,
      ignore: ignore || (!ours && !state.available),
      fn: async () => {
        const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
        const started: Process[] = [];
        try {
          await test((...args) => {
            const process = new Process(ours, directory, args);
            started.push(process);
            return process;
          }, directory);
        } finally {
          for (const process of started) {
            process.signal("SIGKILL");
            await process.end();
          }
          await Deno.remove(directory, { recursive: true });
        }
      },
    });
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function permissions(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

/** What a client hears that sends this; empty where nobody listens. */
async function ask(
  target: Deno.ConnectOptions | Deno.UnixConnectOptions,
  ...args: string[]
): Promise<string> {
  try {
    using conn = "path" in target ? await Deno.connect(target) : await Deno.connect(target);
    await conn.write(new TextEncoder().encode(encodeRequest(args)));
    const buffer = new Uint8Array(64 * 1024);
    return new TextDecoder().decode(buffer.subarray(0, await conn.read(buffer) ?? 0));
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return "";
    throw error;
  }
}

testProcess("a Unix socket: permissions, CLIENT LIST, removed at the end", async (start, directory) => {
  const path = `${directory}/socket`;
  const server = start("--port", "0", "--unixsocket", path, "--unixsocketperm", "700");
  await server.ready();
  assert.equal(await permissions(path), 0o700);
  const target = { transport: "unix", path } as const;
  assert.equal(await ask(target, "PING"), "+PONG\r\n");
  const info = await ask(target, "CLIENT", "INFO");
  assert.ok(info.includes(` addr=${path}:0 laddr=${path}:0 fd=`), info);
  assert.match(info, / flags=U /);
  server.signal("SIGTERM");
  assert.equal(await server.end(), 0);
  assert.equal(await exists(path), false);
  assert.ok(server.log.includes(`* The server is now ready to accept connections at ${path}\n`));
  assert.match(server.log, /^\* Removing the unix socket file\.$/m);
  assert.doesNotMatch(server.log, /^\* Ready to accept connections$/m);
}, !hasUnixSockets);

testProcess("a Unix socket that a dead server left behind is replaced", async (start, directory) => {
  const path = `${directory}/socket`;
  const dead = start("--port", "0", "--unixsocket", path);
  await dead.ready();
  dead.signal("SIGKILL");
  assert.equal(await dead.end(), "SIGKILL");
  assert.equal(await exists(path), true);
  const port = freePort();
  const server = start("--port", String(port), "--unixsocket", path);
  await server.ready();
  assert.equal(await ask({ transport: "unix", path }, "SET", "k", "v"), "+OK\r\n");
  assert.equal(await ask({ hostname: "127.0.0.1", port }, "GET", "k"), "$1\r\nv\r\n");
}, !hasUnixSockets);

testProcess("a Unix socket in a directory that is not there", async (start, directory) => {
  const server = start("--port", String(freePort()), "--unixsocket", `${directory}/none/socket`);
  assert.equal(await server.end(), 1);
  assert.match(server.log, /pening Unix socket: bind: No such file or directory$/m);
}, !hasUnixSockets);

testProcess("several addresses, one of them missing", async (start) => {
  const port = freePort();
  const server = start("--port", String(port), "--bind", "127.0.0.1", "127.0.0.2", `-${MISSING}`);
  await server.ready();
  assert.equal(await ask({ hostname: "127.0.0.1", port }, "PING"), "+PONG\r\n");
  assert.equal(await ask({ hostname: "127.0.0.2", port }, "PING"), "+PONG\r\n");
  assert.equal(await ask({ hostname: "127.0.0.3", port }, "PING"), "");
  assert.ok(
    server.log.includes(
      `# Warning: Could not create server TCP listening socket ${MISSING}:${port}: bind: Cannot assign requested address\n`,
    ),
    server.log,
  );
}, Deno.build.os !== "linux");

testProcess("an address of IPv6", async (start) => {
  const port = freePort();
  const server = start("--port", String(port), "--bind", "::1");
  await server.ready();
  assert.match(
    await ask({ hostname: "::1", port }, "CLIENT", "INFO"),
    / addr=\[::1\]:\d+ laddr=\[::1\]:\d+ /,
  );
  assert.equal(await ask({ hostname: "127.0.0.1", port }, "PING"), "");
}, !hasIpv6);

testProcess("all addresses", async (start) => {
  const port = freePort();
  const server = start("--port", String(port), "--bind", "*", "-::*");
  await server.ready();
  assert.match(await ask({ hostname: "127.0.0.1", port }, "CLIENT", "INFO"), / laddr=127\.0\.0\.1:\d+ /);
  if (hasIpv6) assert.match(await ask({ hostname: "::1", port }, "CLIENT", "INFO"), / laddr=\[::1\]:\d+ /);
});

testProcess("an address that is missing and has to be there", async (start) => {
  const port = freePort();
  const server = start("--port", String(port), "--bind", "127.0.0.1", MISSING);
  assert.equal(await server.end(), 1);
  assert.ok(
    server.log.includes(
      `# Warning: Could not create server TCP listening socket ${MISSING}:${port}: bind: Cannot assign requested address\n` +
        `# Failed listening on port ${port} (TCP), aborting.\n`,
    ),
    server.log,
  );
}, Deno.build.os !== "linux");

testProcess("no address that could be had", async (start) => {
  const server = start("--port", String(freePort()), "--bind", `-${MISSING}`);
  assert.equal(await server.end(), 1);
  assert.match(server.log, /Configured to not listen anywhere, exiting\.$/m);
});

testProcess("a port that is taken", async (start) => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const server = start("--port", String(port), "--bind", "127.0.0.1");
  assert.equal(await server.end(), 1);
  assert.ok(
    server.log.includes(
      `# Warning: Could not create server TCP listening socket 127.0.0.1:${port}: bind: Address already in use\n` +
        `# Failed listening on port ${port} (TCP), aborting.\n`,
    ),
    server.log,
  );
}, Deno.build.os !== "linux");

testProcess("CONFIG SET of a port that is taken leaves the server where it was", async (start) => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = freePort();
  const server = start("--port", String(port), "--bind", "127.0.0.1");
  await server.ready();
  assert.equal(
    await ask({ hostname: "127.0.0.1", port }, "CONFIG", "SET", "port", String(taken.addr.port)),
    "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.\r\n",
  );
  assert.equal(await ask({ hostname: "127.0.0.1", port }, "PING"), "+PONG\r\n");
  assert.match(
    await ask({ hostname: "127.0.0.1", port }, "CONFIG", "GET", "port"),
    new RegExp(`\r\n${port}\r\n`),
  );
});

testProcess("CONFIG SET of bind and port listens elsewhere, and only there", async (start) => {
  const port = freePort();
  const server = start("--port", String(port), "--bind", "127.0.0.1");
  await server.ready();
  const conn = await StreamingClient.connect(port);
  async function set(...words: string[]): Promise<string> {
    const length = conn.received.length;
    await conn.send(encodeRequest(["CONFIG", "SET", ...words]));
    await conn.until((received) => received.length > length, PATIENCE);
    return conn.received.slice(length);
  }
  /** Waits until PING is answered, or not, at an address. */
  async function answers(hostname: string, expected: boolean): Promise<void> {
    const limit = performance.now() + PATIENCE;
    let reply = "";
    do {
      reply = await ask({ hostname, port }, "PING");
      if (reply === (expected ? "+PONG\r\n" : "")) return;
      await delay(10);
    } while (performance.now() < limit);
    assert.fail(`${hostname} answered ${JSON.stringify(reply)}`);
  }
  assert.equal(await set("bind", "127.0.0.1 127.0.0.2"), "+OK\r\n");
  await answers("127.0.0.2", true);
  await answers("127.0.0.1", true);
  assert.equal(
    await set("bind", `127.0.0.3 ${MISSING}`),
    "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.\r\n",
  );
  await answers("127.0.0.1", true);
  await answers("127.0.0.3", false);
  assert.equal(await set("bind", "*"), "+OK\r\n");
  await answers("127.0.0.3", true);
  assert.equal(await set("bind", "* -::*"), "+OK\r\n");
  if (hasIpv6) await answers("::1", true);
  await answers("127.0.0.3", true);
  assert.equal(await set("bind", "127.0.0.2"), "+OK\r\n");
  await answers("127.0.0.1", false);
  await answers("127.0.0.2", true);
  assert.equal(await set("port", "0"), "+OK\r\n");
  await answers("127.0.0.2", false);
  assert.equal(await set("port", String(port), "bind", "127.0.0.1"), "+OK\r\n");
  await answers("127.0.0.1", true);
  conn.close();
}, Deno.build.os !== "linux");

/** Sends pipelines and reads the replies until the server hangs up; returns all that came. */
async function load(client: StreamingClient): Promise<string> {
  const pipeline = encodeRequest(["GET", "v"]).repeat(100);
  for (let count = 100; !client.ended; count += 100) {
    if (!await client.send(pipeline)) break;
    await client.until((received) => received.length >= count * REPLY.length, PATIENCE);
  }
  await client.untilEnded(PATIENCE);
  client.close();
  return client.received;
}

const REPLY = `$5000\r\n${"\0".repeat(4999)}x\r\n`;

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  testProcess(`${signal} under load`, async (start, directory) => {
    const port = freePort();
    const server = start("--port", String(port), "--bind", "127.0.0.1", "--pidfile", `${directory}/pid`);
    await server.ready();
    await ask({ hostname: "127.0.0.1", port }, "SETRANGE", "v", "4999", "x");
    assert.equal(await Deno.readTextFile(`${directory}/pid`), `${server.pid}\n`);
    const clients = [];
    for (let i = 0; i < 10; i++) clients.push(await StreamingClient.connect(port));
    const loads = clients.map(load);
    await delay(200);
    server.signal(signal);
    assert.equal(await server.end(), 0);
    assert.equal(await exists(`${directory}/pid`), false);
    for (const received of await Promise.all(loads)) {
      assert.ok(received.startsWith(REPLY));
      // What redis-server has not sent when it exits is lost.
      if (server.ours) {
        assert.ok(received === REPLY.repeat(received.length / REPLY.length), "The last reply is whole");
      }
    }
    assert.match(
      server.log,
      new RegExp(`Received ${signal} scheduling shutdown\\.\\.\\.\n# User requested shutdown`),
    );
    assert.match(
      server.log,
      /^\* Removing the pid file\.\n# (denodis|Redis) is now ready to exit, bye bye\.\.\.$/m,
    );
  }, Deno.build.os === "windows");
}

testProcess("a second SIGINT ends at once a server that waits for its clients", async (start) => {
  const port = freePort();
  const server = start("--port", String(port), "--bind", "127.0.0.1");
  await server.ready();
  // A client that does not read keeps the server from ending at the first one.
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const requests = encodeRequest(["SETRANGE", "v", "9999999", "x"]) + encodeRequest(["GET", "v"]).repeat(10);
  await conn.write(new TextEncoder().encode(requests));
  await conn.read(new Uint8Array(1));
  server.signal("SIGINT");
  server.signal("SIGINT");
  for (let i = 0; i < 20; i++) {
    await delay(5);
    server.signal("SIGINT");
  }
  assert.equal(await server.end(), server.ours || server.log.includes("You insist") ? 1 : 0);
}, Deno.build.os === "windows");

testProcess("SHUTDOWN NOSAVE", async (start, directory) => {
  const port = freePort();
  const server = start("--port", String(port), "--bind", "127.0.0.1", "--pidfile", `${directory}/pid`);
  await server.ready();
  assert.equal(await ask({ hostname: "127.0.0.1", port }, "SHUTDOWN", "NOSAVE"), "");
  assert.equal(await server.end(), 0);
  assert.equal(await exists(`${directory}/pid`), false);
});

testProcess(
  "without file descriptors for all clients some wait, and are served when others go",
  async (start) => {
    const port = freePort();
    const server = start("--port", String(port), "--bind", "127.0.0.1");
    await server.ready();
    // Only Linux lets another process set the limit. It has to be one that the server does not raise again.
    const limited = await new Deno.Command("prlimit", {
      args: ["--pid", String(server.pid), "--nofile=100:100"],
    }).output();
    assert.ok(limited.success);
    const clients: StreamingClient[] = [];
    for (let i = 0; i < 150; i++) clients.push(await StreamingClient.connect(port));
    for (const client of clients) await client.send(encodeRequest(["PING"]));
    for (const client of clients.slice(0, 20)) {
      assert.ok(await client.until((received) => received === "+PONG\r\n", PATIENCE));
    }
    assert.ok(clients.slice(120).every((client) => client.received === ""));
    for (const client of clients.splice(0, 100)) client.close();
    for (const client of clients) {
      assert.ok(await client.until((received) => received === "+PONG\r\n", PATIENCE), client.received);
      client.close();
    }
    assert.match(server.log, /# Accepting client connection: accept: Too many open files/);
  },
  Deno.build.os !== "linux",
);
