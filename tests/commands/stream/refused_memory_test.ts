/** What is told and recorded of a command on a stream when memory runs out. */

import assert from "node:assert/strict";
import { refuseAllocations } from "../../store/modelled_keyspace.ts";
import { Executor } from "../../support/executor.ts";

const LONG = "x".repeat(5000);
const requests: readonly string[] = [
  `XADD s * f ${LONG}`,
  `XADD s MAXLEN 3 * f ${LONG}`,
  "XADD s MAXLEN ~ 3 * other fields and values",
  "XADD new 1-1 f v",
  "XTRIM s MAXLEN 3",
  "XDEL s 1-1 2-0 3-0",
  "XGROUP CREATE s h 0",
  "XGROUP CREATE new h 0 MKSTREAM",
  "XGROUP CREATECONSUMER s g carol",
  "XREADGROUP GROUP g carol STREAMS s >",
  "XREADGROUP GROUP g carol NOACK STREAMS s >",
  "XREADGROUP GROUP g carol STREAMS s 0",
  "XCLAIM s g carol 0 1-0 2-0 9-0 FORCE",
  "XAUTOCLAIM s g carol 0 0",
];

function prepared(): Executor {
  const executor = new Executor();
  executor.keyspace.limits.streamNodeMaxEntries = 5;
  for (let i = 1; i <= 12; i++) executor.run("XADD", "s", `${i}-0`, "f", String(i));
  executor.run("XGROUP", "CREATE", "s", "g", "0");
  executor.run("XREADGROUP", "GROUP", "g", "alice", "COUNT", "4", "STREAMS", "s", ">");
  // A copy has no room to spare.
  executor.run("COPY", "s", "t");
  executor.run("RENAME", "t", "s");
  return executor;
}

/** Everything that a client can see of the streams, but for how much a group has read, which claims do not tell. */
function contents(executor: Executor): string {
  return ["s", "new"].map((key) =>
    executor.run("XINFO", "STREAM", key, "FULL", "COUNT", "0").replaceAll(/(entries-read|lag)\r\n.*\r\n/g, "")
  ).join("");
}

for (const request of requests) {
  Deno.test(request.slice(0, 50), () => {
    let failures = 0;
    for (let left = 0;; left++) {
      const executor = prepared();
      const effects = executor.recordEffects();
      const allow = refuseAllocations(executor.keyspace, left);
      const reply = executor.run(...request.split(" "));
      allow();
      executor.keyspace.check();
      if (reply.startsWith("-")) {
        assert.match(reply, /^-OOM/);
        failures++;
      }
      // Whoever follows the effects comes to the same streams.
      const follower = prepared();
      const stream = effects();
      if (stream !== "") follower.runBytes(stream);
      assert.equal(contents(follower), contents(executor), `allocation ${left + 1}: ${stream}`);
      if (!reply.startsWith("-")) {
        assert.notEqual(stream, "");
        break;
      }
    }
    assert.ok(failures > 0);
  });
}
