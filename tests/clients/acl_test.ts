/**
 * ioredis and node-redis as users with permissions.
 */

import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { type RunningServer, startDenodis } from "../support/servers.ts";

let server: RunningServer;

Deno.test.beforeAll(async () => {
  server = await startDenodis([]);
  const admin = new Redis({ host: "127.0.0.1", port: server.port });
  await admin.acl("SETUSER", "app", "on", ">secret", "~app:*", "&app:*", "+@all", "-@dangerous");
  // What a client library asks of a server before it does anything.
  await admin.acl("SETUSER", "app", "+info", "+client");
  admin.disconnect();
});

Deno.test.afterAll(async () => {
  await server.stop();
});

Deno.test("ioredis: a user with a password, its keys and its channels", async () => {
  const options = { host: "127.0.0.1", port: server.port, username: "app", password: "secret" };
  const client = new Redis(options);
  const subscriber = new Redis(options);
  try {
    assert.equal(await client.acl("WHOAMI"), "app");
    assert.equal(await client.set("app:a", "1"), "OK");
    await assert.rejects(client.get("other"), /^ReplyError: NOPERM .* keys used as arguments$/);
    await assert.rejects(client.flushall(), /^ReplyError: NOPERM .* run the 'flushall' command$/);
    await assert.rejects(subscriber.subscribe("other"), /^ReplyError: NOPERM .* channels used as arguments$/);
    const message = new Promise((resolve) => subscriber.on("message", (_, text) => resolve(text)));
    await subscriber.subscribe("app:news");
    await client.publish("app:news", "hello");
    assert.equal(await message, "hello");
    const replies = await client.pipeline().get("app:a").get("other").incr("app:a").exec();
    assert.deepEqual(replies?.map(([error, value]) => error?.message.slice(0, 6) ?? value), [
      "1",
      "NOPERM",
      2,
    ]);
    // A transaction of which one request is refused does not run.
    await assert.rejects(client.multi().incr("app:a").get("other").exec(), /EXECABORT/);
    assert.equal(await client.get("app:a"), "2");
  } finally {
    client.disconnect();
    subscriber.disconnect();
  }
});

Deno.test("ioredis: a wrong password is refused and logged", async () => {
  const stranger = new Redis({
    host: "127.0.0.1",
    port: server.port,
    username: "app",
    password: "wrong",
    lazyConnect: true,
    retryStrategy: () => null,
  });
  const errors: string[] = [];
  stranger.on("error", (error) => errors.push(String(error)));
  const admin = new Redis({ host: "127.0.0.1", port: server.port });
  try {
    await stranger.connect().then(() => stranger.get("app:a")).catch((error) => errors.push(String(error)));
    assert.match(errors.join("\n"), /WRONGPASS/);
    const [entry] = await admin.acl("LOG") as unknown as string[][];
    assert.equal(entry[entry.indexOf("reason") + 1], "auth");
    assert.equal(entry[entry.indexOf("username") + 1], "app");
  } finally {
    stranger.disconnect();
    admin.disconnect();
  }
});

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis (RESP${RESP}): a user in the URL, and ACL's replies`, async () => {
    const user = createClient({ RESP, url: `redis://app:secret@127.0.0.1:${server.port}` });
    const admin = createClient({ RESP, url: `redis://127.0.0.1:${server.port}` });
    await Promise.all([user.connect(), admin.connect()]);
    try {
      assert.equal(await user.aclWhoAmI(), "app");
      await assert.rejects(user.get("other"), /NOPERM/);
      assert.equal(await user.set("app:b", "1"), "OK");
      const described = await admin.aclGetUser("app");
      assert.equal(described?.keys, "~app:*");
      assert.equal(described?.channels, "&app:*");
      assert.equal(await admin.aclDryRun("app", ["GET", "app:x"]), "OK");
      assert.match(
        String(await admin.aclDryRun("app", ["GET", "x"])),
        /no permissions to access the 'x' key/,
      );
      assert.deepEqual(await admin.aclUsers(), ["app", "default"]);
      const [entry] = await admin.aclLog();
      assert.equal(entry.reason, "key");
      assert.equal(entry.object, "other");
      assert.ok((await admin.aclCat()).includes("dangerous"));
      assert.match(await admin.aclGenPass(), /^[0-9a-f]{64}$/);
    } finally {
      user.destroy();
      admin.destroy();
    }
  });
}
