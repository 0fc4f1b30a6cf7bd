/** Clients over TLS, with certificates of their own: ioredis, node-redis and redis-cli. */

import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import { redisCliAvailable } from "../support/oracle.ts";
import { freePort, type RunningServer, startDenodis } from "../support/servers.ts";

let certificates: Certificates;
let server: RunningServer;
const tlsPort = freePort();

Deno.test.beforeAll(async () => {
  certificates = await makeCertificates();
  server = await startDenodis(["--tls-port", String(tlsPort), ...certificates.serverFlags()]);
});

Deno.test.afterAll(async () => {
  // Undefined where it did not start.
  await server?.stop();
  await certificates?.remove();
});

function identity(name: "client" | "foreign") {
  return { ca: certificates.text("ca.crt"), ...certificates.pair(name) };
}

Deno.test("ioredis: commands, a subscriber and a large value over TLS with a client certificate", async () => {
  const options = { host: "localhost", port: tlsPort, tls: identity("client") };
  const [client, subscriber] = [new Redis(options), new Redis(options)];
  try {
    await client.set("key", "v".repeat(3_000_000));
    assert.equal((await client.get("key"))?.length, 3_000_000);
    await subscriber.subscribe("channel");
    const message = new Promise((resolve) => subscriber.once("message", (...args) => resolve(args)));
    assert.equal(await client.publish("channel", "hello"), 1);
    assert.deepEqual(await message, ["channel", "hello"]);
    const replies = await Promise.all(Array.from({ length: 1000 }, () => client.incr("n")));
    assert.deepEqual(replies, Array.from({ length: 1000 }, (_, index) => index + 1));
  } finally {
    client.disconnect();
    subscriber.disconnect();
  }
});

Deno.test("ioredis: a foreign certificate is not let in", async () => {
  const client = new Redis({
    host: "localhost",
    port: tlsPort,
    tls: identity("foreign"),
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  client.on("error", () => {});
  try {
    await assert.rejects(client.connect().then(() => client.ping()));
  } finally {
    client.disconnect();
  }
});

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis over RESP${RESP}: commands over TLS with a client certificate`, async () => {
    const client = createClient({
      RESP,
      socket: { tls: true, host: "localhost", port: tlsPort, ...identity("client") },
    });
    client.on("error", () => {});
    try {
      await client.connect();
      assert.equal(await client.set("key", "value"), "OK");
      assert.deepEqual(await client.mGet(["key", "missing"]), ["value", null]);
      const [line] = (await client.clientList()).filter(({ laddr }) => laddr?.endsWith(`:${tlsPort}`));
      assert.equal(line.resp, RESP);
    } finally {
      client.destroy();
    }
  });
}

const hasCli = await redisCliAvailable();

Deno.test({
  name: "redis-cli: --tls with --cert, --key and --cacert",
  ignore: !hasCli,
  fn: async () => {
    const cli = async (...args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command("redis-cli", {
        args: ["-p", String(tlsPort), "--tls", "--cacert", certificates.path("ca.crt"), ...args],
      }).output();
      return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    };
    const pair = (name: string) => [
      ...["--cert", certificates.path(`${name}.crt`)],
      ...["--key", certificates.path(`${name}.key`)],
    ];
    assert.deepEqual(await cli(...pair("client"), "SET", "k", "v"), { code: 0, stdout: "OK\n", stderr: "" });
    assert.deepEqual(await cli(...pair("client"), "GET", "k"), { code: 0, stdout: "v\n", stderr: "" });
    for (const args of [pair("foreign"), []]) {
      const refused = await cli(...args, "GET", "k");
      // 1, or SIGPIPE's where the server was quicker to close than redis-cli to write.
      assert.notEqual(refused.code, 0);
      assert.equal(refused.stdout, "");
    }
    const lists = await cli(...pair("client"), "-r", "3", "-i", "0.01", "CLIENT", "LIST");
    // Connections of before may still be listed: they are not the ones that list.
    assert.equal(lists.stdout.match(/^id=\d+ addr=127\.0\.0\.1:\d+ .* cmd=client\|list /gm)?.length, 3);
  },
});
