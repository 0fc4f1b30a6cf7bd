/** What a client sends behind a blocked command, however much it is and however it is cut, runs when that has ended. */

import assert from "node:assert/strict";
import { startServer } from "../../src/mod.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest } from "../support/replies.ts";

/** Long enough that the server begins to watch the client meanwhile, which it does ten times a second. */
const WAIT_SECONDS = "0.25";

for (const following of [0, 10, 3000]) {
  Deno.test(`${following} requests behind each of three blocked commands run in their order`, async () => {
    const server = startServer();
    const client = await RawConnection.connect({ port: server.port });
    let requests = "";
    let expected = "";
    for (let round = 0; round < 3; round++) {
      requests += encodeRequest(["BLPOP", "nothing", WAIT_SECONDS]);
      expected += "*-1\r\n";
      for (let i = 0; i < following; i++) {
        const text = `${round}:${i}`;
        requests += encodeRequest(["ECHO", text]);
        expected += `$${text.length}\r\n${text}\r\n`;
      }
    }
    await client.write(requests);
    assert.equal(await client.readReplies(3 * (1 + following)), expected);
    client.close();
    await server.stop();
  });
}

Deno.test("A client that goes while it waits takes nothing, whatever it has sent behind the blocked command", async () => {
  const server = startServer();
  const pusher = await RawConnection.connect({ port: server.port });
  for (const following of [0, 1, 3000]) {
    const client = await RawConnection.connect({ port: server.port });
    await client.write(encodeRequest(["BLPOP", "list", "0"]) + encodeRequest(["PING"]).repeat(following));
    while (!(await pusher.command("INFO", "clients")).includes("blocked_clients:1")) { /* until it waits */ }
    client.close();
    while (!(await pusher.command("INFO", "clients")).includes("blocked_clients:0")) {
      /* until it is missed */
    }
    assert.equal(await pusher.command("RPUSH", "list", "element"), ":1\r\n");
    assert.equal(await pusher.command("LPOP", "list"), "$7\r\nelement\r\n");
  }
  pusher.close();
  await server.stop();
});
