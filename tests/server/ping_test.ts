import assert from "node:assert/strict";
import { parsePingTarget, ping } from "../../src/server/ping.ts";
import { denodisCommand, freePort, startDenodis } from "../support/servers.ts";

/** Runs `use` with the port of a server that answers each connection's first bytes with `chunks`, one write each. */
async function withPeer(
  chunks: readonly string[],
  use: (port: number) => Promise<void>,
): Promise<{ received: string }> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answered = (async () => {
    using conn = await listener.accept();
    const buffer = new Uint8Array(64);
    const read = await conn.read(buffer) ?? 0;
    for (const chunk of chunks) await conn.write(new TextEncoder().encode(chunk));
    return new TextDecoder().decode(buffer.subarray(0, read));
  })();
  try {
    await use(listener.addr.port);
    return { received: await answered };
  } finally {
    listener.close();
  }
}

/** What `denodis --ping ARGUMENTS` prints and ends with. */
async function runPing(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [program, ...first] = denodisCommand();
  const output = await new Deno.Command(program, { args: [...first, "--ping", ...args], stdin: "null" })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: text(output.stdout), stderr: text(output.stderr) };
}

Deno.test("A target is a port, or a host and a port", () => {
  assert.deepEqual(parsePingTarget("7000"), { hostname: "127.0.0.1", port: 7000 });
  assert.deepEqual(parsePingTarget("redis.example:6379"), { hostname: "redis.example", port: 6379 });
  assert.deepEqual(parsePingTarget("[::1]:6379"), { hostname: "::1", port: 6379 });
  for (
    const text of ["", "localhost", "localhost:", ":6379", "::1:6379", "a b:1", "0", "65536", "1.5", "[x]:1"]
  ) {
    assert.equal(parsePingTarget(text), undefined, text);
  }
});

/** Replies of redis-server to PING, and whether the server that sends them runs commands. */
const replies: [reply: string, serves: boolean][] = [
  ["+PONG\r\n", true],
  ["-NOAUTH Authentication required.\r\n", true],
  ["-NOPERM User default has no permissions to run the 'ping' command\r\n", true],
  ["-LOADING Redis is loading the dataset in memory\r\n", false],
  ["-ERR max number of clients reached\r\n", false],
  ["-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n", false],
  ["+PONGO\r\n", false],
];

for (const [reply, serves] of replies) {
  Deno.test(`A server that answers ${reply.trim()} ${serves ? "serves" : "does not serve"}`, async () => {
    for (const chunks of [[reply], [...reply]]) {
      const { received } = await withPeer(chunks, async (port) => {
        assert.deepEqual(await ping({ hostname: "127.0.0.1", port }), { serves, text: reply.slice(1, -2) });
      });
      assert.equal(received, "PING\r\n");
    }
  });
}

Deno.test("No reply, half a reply and no server are reported with the reason", async () => {
  await withPeer(["+PO"], async (port) => {
    assert.deepEqual(await ping({ hostname: "127.0.0.1", port }), {
      serves: false,
      text: `Could not ping 127.0.0.1:${port}: Connection closed`,
    });
  });
  await withPeer(["x".repeat(5000)], async (port) => {
    const { serves, text } = await ping({ hostname: "127.0.0.1", port });
    assert.equal(serves, false);
    assert.match(text, /: (Not the reply of a Redis server|Connection reset.*)$/);
  });
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr;
  assert.deepEqual(await ping({ hostname: "127.0.0.1", port }, 50), {
    serves: false,
    text: `Could not ping 127.0.0.1:${port}: No reply within 50 ms`,
  });
  silent.close();
  const refused = await ping({ hostname: "127.0.0.1", port });
  assert.equal(refused.serves, false);
  assert.match(refused.text, /^Could not ping 127\.0\.0\.1:\d+: .*refused/);
});

Deno.test("denodis --ping ends with 0 only where a server serves", async () => {
  const server = await startDenodis();
  try {
    assert.deepEqual(await runPing(`${server.port}`), { code: 0, stdout: "PONG\n", stderr: "" });
    assert.equal((await runPing(`127.0.0.1:${server.port}`)).code, 0);
  } finally {
    await server.stop();
  }
  const { code, stdout, stderr } = await runPing(`${freePort()}`);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^Could not ping 127\.0\.0\.1:\d+: .*refused.*\n$/);
  assert.deepEqual(await runPing("localhost", "6379"), {
    code: 1,
    stdout: "",
    stderr: "Not a server to ping: 'localhost 6379' (expected [host:]port)\n",
  });
});
