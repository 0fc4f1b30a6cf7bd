/** `rename-command`: what both servers make of renamed and removed commands, byte for byte. */

import assert from "node:assert/strict";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, printable } from "../support/replies.ts";
import { startDenodis, startOracle } from "../support/servers.ts";

const { available } = await oracleState();

const RENAMED = [
  ["GET", "FOO"],
  ["KEYS", ""],
  ["MULTI", "M2"],
  ["EXEC", "E2"],
  ["SET", "Set2"],
  ["CLIENT", "CL"],
  ["SUBSCRIBE", "SUB"],
];

/** Each has one reply. */
const REQUESTS = [
  ...["GET a", "FOO a", "foo", "KEYS *", "SET a b", "SET2 a b"],
  ...["MULTI", "M2", "FOO a", "SET2 a c", "E2", "M2", "GET a", "EXEC", "KEYS *", "E2", "E2", "M2", "DISCARD"],
  ...["CLIENT ID", "CL FOO", "CL GETNAME", "CL SETNAME", "CL NO-EVICT"],
  ...["COMMAND INFO foo", "COMMAND INFO get keys", "COMMAND DOCS foo", "COMMAND DOCS get"],
  ...["COMMAND GETKEYS foo x", "COMMAND GETKEYS get x", "COMMAND INFO client|id"],
  ...["foo get multi m2 keys".split(" ").map((name) => `COMMAND LIST FILTERBY PATTERN ${name}`)].flat(),
  ...["SUB x", "FOO a", "SUBSCRIBE y", "PING", "UNSUBSCRIBE"],
];

Deno.test("renamed commands", { ignore: !available }, async () => {
  const args = RENAMED.flatMap(([name, newName]) => ["--rename-command", name, newName]);
  const logs: string[][] = [];
  for (const start of [startDenodis, startOracle]) {
    const server = await start(args);
    try {
      logs.push(await converse(server.port));
    } finally {
      await server.stop();
    }
  }
  assert.deepEqual(logs[0], logs[1]);
});

async function converse(port: number): Promise<string[]> {
  const log: string[] = [];
  const [client, monitor] = [await RawConnection.connect({ port }), await RawConnection.connect({ port })];
  assert.equal(await monitor.command("MONITOR"), "+OK\r\n");
  for (const request of REQUESTS) {
    await client.write(encodeRequest(request.split(" ")));
    log.push(`${request} > ${printable(await client.readReplies(1), 4000)}`);
  }
  await client.command("ECHO", "the end");
  let monitored = "";
  while (!monitored.includes("the end")) monitored += await monitor.readReplies(1);
  log.push(monitored.replace(/\+[\d.]+ \[0 [\d.:]+\]/g, "+"));
  for (const connection of [client, monitor]) connection.close();
  return log;
}
