/** A server inside a program: what the public module promises. */

import assert from "node:assert/strict";
import { ManualClock, startServer } from "../src/mod.ts";
import { RawConnection } from "./support/raw_connection.ts";

Deno.test("A server in this process takes a free port and serves until it is stopped", async () => {
  const [first, second] = [startServer(), startServer({ directives: { databases: "2" } })];
  assert.ok(first.port > 0 && second.port > 0 && first.port !== second.port);
  const client = await RawConnection.connect({ port: second.port });
  assert.equal(
    await client.command("CONFIG", "GET", "port"),
    `*2\r\n$4\r\nport\r\n$${String(second.port).length}\r\n${second.port}\r\n`,
  );
  assert.equal(await client.command("SELECT", "2"), "-ERR DB index is out of range\r\n");
  client.close();
  const { port } = first;
  await Promise.all([first.stop(), second.stop(), first.stopped]);
  await assert.rejects(RawConnection.connect({ port }));
});

Deno.test("Keys expire when the program moves its clock", async () => {
  const clock = new ManualClock(1_700_000_000_000);
  const server = startServer({ clock });
  const client = await RawConnection.connect({ port: server.port });
  assert.equal(await client.command("SET", "key", "value", "EX", "60"), "+OK\r\n");
  clock.advance(59_999);
  assert.equal(await client.command("GET", "key"), "$5\r\nvalue\r\n");
  clock.advance(2);
  assert.equal(await client.command("GET", "key"), "$-1\r\n");
  client.close();
  await server.stop();
});

Deno.test("What a program asks for wrongly is refused with the reason", () => {
  assert.throws(() => startServer({ directives: { nonsense: "1" } }), /Unknown directive 'nonsense'/);
  assert.throws(() => startServer({ directives: { databases: "many" } }), /databases/);
});
