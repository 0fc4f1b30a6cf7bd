/** MONITOR: what monitors, and who is monitored, receive is byte for byte what redis-server sends them, but for the time. */

import assert from "node:assert/strict";
import { quoteArgument } from "../../src/base/quoting.ts";
import { Executor } from "../support/executor.ts";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, printable } from "../support/replies.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();
let denodis: RunningServer | undefined;
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (!available) return;
  [denodis, oracle] = await Promise.all([startDenodis, startOracle].map((start) => start()));
});

Deno.test.afterAll(async () => {
  await Promise.all([denodis?.stop(), oracle?.stop()]);
});

const END = "end of a step";

/** A monitor, a client, and what they have received. */
class Monitored {
  readonly log: string[] = [];
  readonly #open = new Map<string, RawConnection>();
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  async connection(name: string): Promise<RawConnection> {
    let connection = this.#open.get(name);
    if (connection === undefined) {
      this.#open.set(name, connection = await RawConnection.connect({ port: this.#port }));
    }
    return connection;
  }

  /** Sends a request of so many replies, and notes what the monitors receive until a further client's marker arrives. */
  async send(name: string, request: string | readonly string[], replies = 1): Promise<void> {
    const words = typeof request === "string" ? request.split(" ") : request;
    const connection = await this.connection(name);
    await connection.write(encodeRequest(words));
    const isMonitor = name.startsWith("m");
    if (isMonitor) await this.#untilRun(words);
    const reply = isMonitor ? "" : await connection.readReplies(replies);
    this.#note(`${name} < ${printable(words.join(" "))}`, reply);
    if (!isMonitor) await this.collect();
  }

  /** Waits until a monitor's request has been run: it may have no reply. CLIENT LIST is not told to monitors. */
  async #untilRun([command, subcommand]: readonly string[]): Promise<void> {
    const name = command === "CLIENT" ? `client|${subcommand.toLowerCase()}` : command.toLowerCase();
    const ran = new RegExp(` flags=O.* cmd=${name.replace("|", "\\|")} `);
    const marker = await this.connection("marker");
    while (!ran.test(await marker.command("CLIENT", "LIST")));
  }

  /** Notes what every monitor has received. */
  async collect(): Promise<void> {
    const marker = await this.connection("marker");
    assert.equal(await marker.command("ECHO", END), `$13\r\n${END}\r\n`);
    for (const [name, connection] of this.#open) {
      if (!name.startsWith("m") || name === "marker") continue;
      let received = "";
      do received += await connection.readReplies(1); while (!received.includes(`"ECHO" "${END}"`));
      this.#note(`${name} >`, received);
    }
  }

  #note(what: string, received: string): void {
    const timeless = received.replace(/\+\d{9,11}\.\d{6} \[/g, "+TIME [").replace(
      /127\.0\.0\.1:\d+/g,
      "ADDRESS",
    );
    this.log.push(`${what} ${printable(timeless, 4000)}`);
  }

  close(): void {
    for (const connection of this.#open.values()) connection.close();
  }
}

/** Plays a scenario on both servers and asserts that everybody receives the same. */
function test(name: string, play: (scenario: Monitored) => Promise<void>): void {
  Deno.test(name, { ignore: !available }, async () => {
    assert.ok(denodis && oracle);
    const logs: string[][] = [];
    for (const { port } of [denodis, oracle]) {
      const scenario = new Monitored(port);
      try {
        await (await scenario.connection("setup")).command("FLUSHALL");
        await play(scenario);
      } finally {
        scenario.close();
      }
      logs.push(scenario.log);
    }
    assert.deepEqual(logs[0], logs[1]);
    assert.ok(logs[0].some((line) => line.includes("+TIME [")), "Nothing was monitored");
  });
}

async function watch(scenario: Monitored, ...before: string[]): Promise<void> {
  const monitor = await scenario.connection("m");
  for (const request of before) await monitor.command(...request.split(" "));
  assert.equal(await monitor.command("MONITOR"), "+OK\r\n");
}

for (const protocol of ["2", "3"]) {
  test(`requests that run are told, quoted, to a monitor with RESP${protocol}`, async (scenario) => {
    await watch(scenario, `HELLO ${protocol}`);
    for (
      const request of [
        "SET k v",
        "get  k",
        ["SET", 'k"\\\n\r\t\x07\b\0\xff', "12"],
        ["SET", "", ""],
        "SELECT 3",
        "GET k",
        "NOSUCH x",
        "GET",
        "LPUSH l a",
        "INCR l",
        "BLPOP none 0.01",
        "WATCH k",
        "UNWATCH",
        "OBJECT HELP",
        "CLIENT SETNAME foo",
        "TYPE l",
        "RESET",
      ]
    ) await scenario.send("c", request);
  });
}

test("requests that administer the server are not told", async (scenario) => {
  await watch(scenario);
  for (
    const request of [
      "CONFIG SET maxmemory 0",
      "CONFIG GET nosuch",
      "CLIENT LIST TYPE replica",
      "CLIENT NO-EVICT on",
      "CLIENT PAUSE 0",
      "CLIENT UNPAUSE",
      "CLIENT KILL ID 9999999",
      "CLIENT UNBLOCK 9999999",
      "CLIENT GETNAME",
    ]
  ) await scenario.send("c", request);
});

test("passwords are not told where they stand where a password stands", async (scenario) => {
  await watch(scenario);
  for (
    const request of [
      "AUTH x",
      "AUTH a b",
      "AUTH a b c",
      "HELLO 2 AUTH a b",
      "HELLO 2 auth default b SETNAME x",
      "HELLO 2 SETNAME AUTH AUTH a b",
      "HELLO 4 AUTH a b",
      "HELLO 2 FOO AUTH a b",
      "HELLO 2 AUTH a",
      "MULTI",
      "AUTH x",
      "HELLO 2 AUTH default b",
    ]
  ) {
    // The properties of the connection hold its id.
    if (request.startsWith("HELLO 2 auth")) {
      await (await scenario.connection("c")).command(...request.split(" "));
    } else await scenario.send("c", request);
  }
  await (await scenario.connection("c")).command("EXEC");
  await scenario.collect();
});

test("a transaction's requests are told when they run, then EXEC, also where it is refused", async (scenario) => {
  await watch(scenario);
  for (
    const request of [
      "MULTI",
      "GET k",
      "INCR k",
      "SELECT 5",
      "exec",
      "MULTI",
      "SET",
      "EXEC",
      "DISCARD",
      "MULTI",
      "SET a b",
      "DISCARD",
      "MULTI",
      "MONITOR",
      "LPUSH k x",
      "EXEC",
      "EXEC",
      "MULTI",
      "EXEC x",
      "WATCH k",
      "SET k v",
      "MULTI",
      "PING",
      "EXEC",
    ]
  ) await scenario.send("c", request);
});

test("a request that blocks is told when it begins to wait", async (scenario) => {
  await watch(scenario);
  await (await scenario.connection("b")).write(encodeRequest(["BLPOP", "q", "0"]));
  let waits = "";
  const setup = await scenario.connection("setup");
  while (!/flags=b/.test(waits)) waits = await setup.command("CLIENT", "LIST");
  await scenario.send("c", "RPUSH q 1");
  assert.equal(await (await scenario.connection("b")).readReplies(1), "*2\r\n$1\r\nq\r\n$1\r\n1\r\n");
  await scenario.collect();
});

test("a monitor's own requests: told to itself after the reply, and kept away from the data", async (scenario) => {
  await watch(scenario);
  await scenario.send("m", "PING");
  await scenario.send("m", "GET k");
  await scenario.send("m", "SET k v");
  await scenario.send("m", "PUBLISH a b");
  await scenario.send("m", "MONITOR");
  await scenario.send("m", "SUBSCRIBE foo");
  await scenario.collect();
  await scenario.send("c", "PUBLISH foo bar");
  await scenario.send("m", "UNSUBSCRIBE");
  await scenario.send("m", "MULTI");
  await scenario.send("m", "GET k");
  await scenario.send("m", "DISCARD");
  await scenario.send("m", "CLIENT REPLY OFF");
  await scenario.send("m", "CLIENT REPLY ON");
  await scenario.send("m", "CLIENT REPLY SKIP");
  await scenario.send("m", "PING");
  await scenario.collect();
});

test("several monitors; RESET and QUIT end it", async (scenario) => {
  await watch(scenario);
  assert.equal(await (await scenario.connection("m2")).command("MONITOR"), "+OK\r\n");
  await scenario.send("c", "SET k v");
  const first = await scenario.connection("m");
  assert.equal(await first.command("RESET"), "+RESET\r\n");
  const flags = await first.command("CLIENT", "LIST", "TYPE", "normal");
  assert.equal(flags.match(/flags=O/g)?.length, 1);
  assert.equal(await first.command("GET", "k"), "$1\r\nv\r\n");
  first.close();
  await (await scenario.connection("m2")).write(encodeRequest(["QUIT"]));
  const rest = await (await scenario.connection("m2")).readToEnd();
  assert.match(rest, /\[0 127\.0\.0\.1:\d+\] "GET" "k"\r\n\+OK\r\n$/);
});

Deno.test("a monitor meets the limit on output of normal clients", async () => {
  const server = await startDenodis();
  try {
    const setup = await RawConnection.connect({ port: server.port });
    await setup.command("CONFIG", "SET", "client-output-buffer-limit", "normal 300000 0 0");
    const monitor = await RawConnection.connect({ port: server.port });
    assert.equal(await monitor.command("MONITOR"), "+OK\r\n");
    let list = "flags=O";
    for (let i = 0; i < 400 && list.includes("flags=O"); i++) {
      for (let j = 0; j < 10; j++) await setup.command("SET", "k", "x".repeat(10_000));
      list = await setup.command("CLIENT", "LIST");
    }
    assert.doesNotMatch(list, /flags=O/);
    assert.match(await setup.command("INFO", "stats"), /client_output_buffer_limit_disconnections:1\r\n/);
    monitor.close();
    setup.close();
  } finally {
    await server.stop();
  }
});

Deno.test("the time is the clock's, to the microsecond", () => {
  const executor = new Executor();
  const lines: string[] = [];
  Object.assign(executor.session, {
    origin: "127.0.0.1:1",
    receiveShared: ({ bytes }: { bytes: Uint8Array }) => lines.push(new TextDecoder().decode(bytes)),
  });
  executor.run("MONITOR");
  executor.clock.advance(1234);
  executor.run("ECHO", "a b");
  assert.deepEqual(lines, [`+1700000001.234000 [0 127.0.0.1:1] "ECHO" ${quoteArgument("a b")}\r\n`]);
});
