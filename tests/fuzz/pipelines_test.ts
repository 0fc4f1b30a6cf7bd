/** Pipelines that are interrupted, held back, silenced or never read: every reply that is due comes, in its order. */

import assert from "node:assert/strict";
import { encodeRequest } from "../support/replies.ts";
import { delay, testBoth } from "./both.ts";
import { StreamingClient } from "./streaming_client.ts";

/** Milliseconds that anything may take; far more than it does. */
const PATIENCE = 20_000;

const PING = encodeRequest(["PING"]);

function requests(...commands: string[]): string {
  return commands.map((command) => encodeRequest(command.split(" "))).join("");
}

/** The replies to `count` INCRs of a key that did not exist. */
function counted(from: number, count: number): string {
  let text = "";
  for (let i = from; i < from + count; i++) text += `:${i}\r\n`;
  return text;
}

async function idOf(client: StreamingClient): Promise<string> {
  await client.send(requests("CLIENT ID"));
  await client.until((received) => received.endsWith("\r\n"), PATIENCE);
  return client.received.slice(1, -2);
}

testBoth("200,000 requests sent before a reply is read are all answered, in order", async ({ server }) => {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  try {
    const bytes = new TextEncoder().encode(requests("INCR n").repeat(200_000));
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    const expected = counted(1, 200_000);
    const received: Uint8Array[] = [];
    for (let length = 0; length < expected.length;) {
      const buffer = new Uint8Array(64 * 1024);
      const read = await conn.read(buffer);
      assert.notEqual(read, null);
      received.push(buffer.subarray(0, read!));
      length += read!;
    }
    assert.ok(await new Blob(received as BlobPart[]).text() === expected);
  } finally {
    conn.close();
  }
});

testBoth("a client that sends no more gets all replies to what it has sent", async ({ server, observer }) => {
  const client = await StreamingClient.connect(server.port);
  await client.send(requests("INCR n").repeat(50_000));
  await client.closeWrite();
  assert.ok(await client.untilEnded(PATIENCE));
  assert.ok(client.received === counted(1, 50_000));
  client.close();
  assert.equal(await observer.text("GET", "n"), "50000");
});

testBoth("a half request at the end is not run and not answered", async ({ server, observer }) => {
  const client = await StreamingClient.connect(server.port);
  await client.send(`${requests("INCR n", "SET k v")}*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhal`);
  await client.closeWrite();
  assert.ok(await client.untilEnded(PATIENCE));
  assert.equal(client.received, ":1\r\n+OK\r\n");
  client.close();
  assert.equal(await observer.text("GET", "k"), "v");
});

testBoth("long replies to a client that sends no more", async ({ server, observer, ours }) => {
  await observer.text("SETRANGE", "v", "99999", "x");
  const client = await StreamingClient.connect(server.port);
  await client.send(requests("GET v").repeat(200));
  await client.closeWrite();
  assert.ok(await client.untilEnded(PATIENCE));
  // redis-server drops what the socket does not take at once; we send it all.
  if (ours) assert.equal(client.received.length, 200 * 100_011);
  else assert.ok(client.received.length <= 200 * 100_011);
  client.close();
});

testBoth(
  "a client that kills itself gets its replies, and nothing after that is run",
  async ({ server, observer }) => {
    const client = await StreamingClient.connect(server.port);
    const id = await idOf(client);
    await client.send(requests("INCR n", "INCR n", `CLIENT KILL ID ${id} SKIPME no`, "INCR n"));
    assert.ok(await client.untilEnded(PATIENCE));
    assert.equal(client.received, `:${id}\r\n:1\r\n:2\r\n:1\r\n`);
    client.close();
    assert.equal(await observer.text("GET", "n"), "2");
  },
);

testBoth(
  "a client that is killed is gone, and the pipeline that killed it goes on",
  async ({ server, observer }) => {
    const victim = await StreamingClient.connect(server.port);
    const id = await idOf(victim);
    await victim.send("*2\r\n$4\r\nINCR\r\n$1\r\n");
    const client = await StreamingClient.connect(server.port);
    await client.send(requests("INCR n", `CLIENT KILL ID ${id}`, "INCR n"));
    assert.ok(await client.until((received) => received === ":1\r\n:1\r\n:2\r\n", PATIENCE), client.received);
    assert.ok(await victim.untilEnded(PATIENCE));
    client.close();
    await observer.alone();
  },
);

testBoth("QUIT and RESET in the middle of a pipeline", async ({ server, observer }) => {
  const client = await StreamingClient.connect(server.port);
  await client.send(
    requests(
      "SELECT 3",
      "INCR n",
      "CLIENT SETNAME me",
      "RESET",
      "GET n",
      "CLIENT GETNAME",
      "QUIT",
      "SET n 5",
    ),
  );
  assert.ok(await client.untilEnded(PATIENCE));
  assert.equal(client.received, "+OK\r\n:1\r\n+OK\r\n+RESET\r\n$-1\r\n$-1\r\n+OK\r\n");
  client.close();
  assert.equal(await observer.text("EXISTS", "n"), "0");
});

testBoth("CLIENT REPLY in the middle of a pipeline", async ({ server }) => {
  const client = await StreamingClient.connect(server.port);
  await client.send(
    requests("INCR n", "CLIENT REPLY SKIP", "INCR n", "INCR n", "CLIENT REPLY OFF", "INCR n", "GET") +
      requests("CLIENT REPLY ON", "INCR n"),
  );
  assert.ok(
    await client.until((received) => received === ":1\r\n:3\r\n+OK\r\n:5\r\n", PATIENCE),
    client.received,
  );
  await client.send(requests("CLIENT REPLY OFF", ...Array<string>(1000).fill("INCR n"), "CLIENT REPLY ON"));
  await client.until((received) => received.endsWith("+OK\r\n"), PATIENCE);
  await client.send(requests("GET n"));
  await client.until((received) => received.endsWith("1005\r\n"), PATIENCE);
  assert.equal(client.received, ":1\r\n:3\r\n+OK\r\n:5\r\n+OK\r\n$4\r\n1005\r\n");
  client.close();
});

testBoth("SHUTDOWN in the middle of a pipeline", async ({ server, ours }) => {
  const client = await StreamingClient.connect(server.port);
  await client.send(requests("PING", "SHUTDOWN NOSAVE", "PING"));
  assert.ok(await client.untilEnded(PATIENCE));
  // redis-server does not even send what it has answered.
  assert.equal(client.received, ours ? "+PONG\r\n" : "");
  client.close();
  await until(() => server.ended() !== undefined);
  assert.equal(server.ended(), "exit code 0");
});

testBoth("CLIENT PAUSE WRITE holds back a pipeline from its first write on", async ({ server, observer }) => {
  const [writer, reader] = [
    await StreamingClient.connect(server.port),
    await StreamingClient.connect(server.port),
  ];
  await observer.text("CLIENT", "PAUSE", "600000", "WRITE");
  await writer.send(requests("PING a", "NOSUCH", "SET k v", "GET k", "GET", "PING b"));
  const before = "$1\r\na\r\n-ERR unknown command 'NOSUCH', with args beginning with: \r\n";
  assert.ok(await writer.until((received) => received === before, PATIENCE), writer.received);
  await reader.send(requests("GET k"));
  assert.ok(await reader.until((received) => received === "$-1\r\n", PATIENCE));
  await writer.send(requests("PING c"));
  await delay(50);
  assert.equal(writer.received, before);
  await observer.text("CLIENT", "UNPAUSE");
  const after =
    "+OK\r\n$1\r\nv\r\n-ERR wrong number of arguments for 'get' command\r\n$1\r\nb\r\n$1\r\nc\r\n";
  assert.ok(await writer.until((received) => received === before + after, PATIENCE), writer.received);
  writer.close();
  reader.close();
});

testBoth(
  "a client that goes during a pause is gone, and what waited is not run",
  async ({ server, observer }) => {
    const [closed, half, killed] = [
      await StreamingClient.connect(server.port),
      await StreamingClient.connect(server.port),
      await StreamingClient.connect(server.port),
    ];
    const id = await idOf(killed);
    await observer.text("CLIENT", "PAUSE", "600000", "WRITE");
    for (const [client, key] of [[closed, "a"], [half, "b"], [killed, "c"]] as const) {
      await client.send(requests(`SET ${key} v`));
    }
    // Until they wait: the observer's second reply comes from a later turn of the event loop.
    for (let i = 0; i < 5; i++) await observer.text("PING");
    closed.close();
    await half.closeWrite();
    await observer.text("CLIENT", "KILL", "ID", id);
    assert.ok(await half.untilEnded(PATIENCE));
    assert.ok(await killed.untilEnded(PATIENCE));
    await observer.alone();
    await observer.text("CLIENT", "UNPAUSE");
    assert.equal(await observer.text("EXISTS", "a", "b", "c"), "0");
    half.close();
    killed.close();
  },
);

testBoth("CLIENT PAUSE ALL holds everything back for its time", async ({ server, observer }) => {
  const client = await StreamingClient.connect(server.port);
  const start = performance.now();
  await observer.text("CLIENT", "PAUSE", "300");
  await client.send(requests("PING", "INCR n", "INCR n"));
  assert.ok(await client.until((received) => received === "+PONG\r\n:1\r\n:2\r\n", PATIENCE));
  assert.ok(performance.now() - start >= 299);
  client.close();
});

testBoth(
  "while DEBUG SLEEP blocks the server everybody waits, and then everybody is served",
  async ({ server }) => {
    const clients: StreamingClient[] = [];
    for (let i = 0; i < 20; i++) clients.push(await StreamingClient.connect(server.port));
    const start = performance.now();
    await clients[0].send(requests("DEBUG SLEEP 0.5", "PING"));
    await delay(50);
    for (const client of clients.slice(1)) await client.send(PING.repeat(100));
    const late = StreamingClient.connect(server.port);
    for (const client of clients.slice(1)) {
      assert.ok(await client.until((received) => received === "+PONG\r\n".repeat(100), PATIENCE));
    }
    assert.ok(performance.now() - start >= 499);
    assert.ok(await clients[0].until((received) => received === "+OK\r\n+PONG\r\n", PATIENCE));
    const newcomer = await late;
    await newcomer.send(PING);
    assert.ok(await newcomer.until((received) => received === "+PONG\r\n", PATIENCE));
    for (const client of [...clients, newcomer]) client.close();
  },
  ["--enable-debug-command", "yes"],
);

async function until(condition: () => boolean): Promise<void> {
  const limit = performance.now() + PATIENCE;
  while (!condition() && performance.now() < limit) await delay(10);
}
