/** CLIENT KILL, LIST and PAUSE: what requests in the same packet find is what redis-server's find. */

import assert from "node:assert/strict";
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

/** What `victim` does, and what a client that asks in one packet is told; `{id}` and `{address}` are the victim's. */
function test(name: string, victim: readonly string[], packet: readonly string[]): void {
  Deno.test(name, { ignore: !available }, async () => {
    assert.ok(denodis && oracle);
    const [ours, theirs] = [await play(denodis, victim, packet), await play(oracle, victim, packet)];
    assert.equal(ours, theirs);
  });
}

async function play(
  { port }: RunningServer,
  requests: readonly string[],
  packet: readonly string[],
): Promise<string> {
  const victim = await RawConnection.connect({ port });
  const asker = await RawConnection.connect({ port });
  try {
    const id = (await victim.command("CLIENT", "ID")).slice(1, -2);
    const address = / addr=(\S+)/.exec(await asker.command("CLIENT", "LIST", "ID", id))![1];
    for (const request of requests) await victim.write(encodeRequest(request.split(" ")));
    if (requests.some((request) => request.startsWith("BLPOP"))) await untilBlocked(asker, id);
    else for (const _ of requests) await victim.readReplies(1);
    const bytes = packet.map((request) =>
      encodeRequest(request.replace("{id}", id).replace("{address}", address).split(" "))
    );
    await asker.write(bytes.join(""));
    // Figures of buffers and fields that Redis 7.0 does not have are each server's own.
    const figures = /id=(\d+) .* flags=(\w+) .* multi=(\S+) .* events=(\w+) cmd=(\S+) .*\n/g;
    const received = (await asker.readReplies(packet.length)).replaceAll(
      figures,
      (_, who, ...fields) => `${who === id ? "victim" : "asker"} ${fields.slice(0, 4).join(" ")}\n`,
    ).replace(/\$\d\d+\r\n/g, "$N\r\n");
    const rest = packet.some((request) => request.startsWith("CLIENT KILL")) ? await victim.readToEnd() : "";
    return printable(`${received} | ${rest}`, 4000);
  } finally {
    victim.close();
    await asker.command("CLIENT", "UNPAUSE");
    asker.close();
  }
}

async function untilBlocked(asker: RawConnection, id: string): Promise<void> {
  while (!/ flags=\w*b/.test(await asker.command("CLIENT", "LIST", "ID", id)));
}

test("who is killed is gone for the next request", [], [
  "CLIENT KILL ID {id}",
  "CLIENT LIST ID {id}",
  "CLIENT KILL ID {id}",
  "CLIENT KILL {address}",
  "CLIENT UNBLOCK {id}",
  "CLIENT TRACKING on REDIRECT {id}",
]);

test("a killed subscriber gets no message", ["SUBSCRIBE news", "PSUBSCRIBE n*"], [
  "CLIENT KILL TYPE pubsub",
  "PUBLISH news x",
  "PUBSUB CHANNELS",
  "PUBSUB NUMPAT",
]);

test("a killed client that waits takes nothing", ["BLPOP killed 0"], [
  "CLIENT LIST ID {id}",
  "CLIENT KILL ID {id}",
  "RPUSH killed x",
  "LRANGE killed 0 -1",
  "DEL killed",
]);

test("a killed client's transaction is forgotten", ["WATCH k", "MULTI", "SET k v"], [
  "CLIENT LIST ID {id}",
  "CLIENT KILL ID {id} TYPE normal USER default",
  "GET k",
]);

const LIBRARY = `#!lua name=paused
redis.register_function{function_name="reads", callback=function() return 1 end, flags={"no-writes"}}
redis.register_function("writes", function() return 1 end)`;
const READS = "#!lua flags=no-writes\nreturn 2";
const WRITES = "#!lua\nreturn 2";

Deno.test(
  "scripts that say they write nothing run during a pause of writes",
  { ignore: !available },
  async () => {
    const found = [];
    for (const server of [denodis, oracle]) {
      assert.ok(server);
      const asker = await RawConnection.connect({ port: server.port });
      await asker.command("FUNCTION", "LOAD", "REPLACE", LIBRARY);
      const shas: string[] = [];
      for (const script of [READS, WRITES]) {
        shas.push((await asker.command("SCRIPT", "LOAD", script)).split("\r\n")[1]);
      }
      await asker.command("CLIENT", "PAUSE", "100000", "WRITE");
      const held: Record<string, boolean> = {};
      for (
        const request of [
          ["FCALL", "reads", "0"],
          ["FCALL", "writes", "0"],
          ["FCALL", "missing", "0"],
          ["FCALL_RO", "reads", "0"],
          ["EVAL", READS, "0"],
          ["EVAL", WRITES, "0"],
          ["EVAL", "return 2", "0"],
          ["EVAL", "#!lua flags=missing\nreturn 2", "0"],
          ["EVAL_RO", "return 2", "0"],
          ["EVALSHA", shas[0], "0"],
          ["EVALSHA", shas[1], "0"],
          ["EVALSHA", "f".repeat(40), "0"],
        ]
      ) {
        const writer = await RawConnection.connect({ port: server.port });
        const id = (await writer.command("CLIENT", "ID")).slice(1, -2);
        let isAnswered = false;
        let isHeld = false;
        const answered = writer.command(...request).then(() => isAnswered = true, () => {});
        while (!isAnswered && !isHeld) {
          isHeld = / flags=\w*b/.test(await asker.command("CLIENT", "LIST", "ID", id));
        }
        held[request.join(" ")] = isHeld;
        writer.close();
        await answered;
      }
      await asker.command("CLIENT", "UNPAUSE");
      asker.close();
      found.push(held);
    }
    assert.deepEqual(found[0], found[1]);
  },
);

Deno.test("who waits for the end of a pause is listed as blocked", { ignore: !available }, async () => {
  for (const server of [denodis, oracle]) {
    assert.ok(server);
    const [asker, writer] = [
      await RawConnection.connect({ port: server.port }),
      await RawConnection.connect({ port: server.port }),
    ];
    const id = (await writer.command("CLIENT", "ID")).slice(1, -2);
    assert.equal(await asker.command("CLIENT", "PAUSE", "100000", "WRITE"), "+OK\r\n");
    await writer.write(encodeRequest(["SET", "k", "v"]));
    await untilBlocked(asker, id);
    assert.equal(await asker.command("CLIENT", "UNPAUSE"), "+OK\r\n");
    assert.equal(await writer.readReplies(1), "+OK\r\n");
    assert.match(await asker.command("CLIENT", "LIST", "ID", id), / flags=N /);
    for (const client of [asker, writer]) client.close();
  }
});
