/** When pages are vacated, how eagerly, and that it happens in a running server. */

import assert from "node:assert/strict";
import { defragmentationEffort } from "../../src/server/active_defragmentation.ts";
import { encodeRequest } from "../support/executor.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { startDenodis } from "../support/servers.ts";

const MIB = 1024 * 1024;

Deno.test("the effort rises from cycle-min to cycle-max between the thresholds", () => {
  const settings = {
    enabled: true,
    ignoreBytes: 100 * MIB,
    thresholdLower: 10,
    thresholdUpper: 100,
    cycleMin: 1,
    cycleMax: 25,
  };
  const effort = (percent: number, more = {}) =>
    defragmentationEffort({ ...settings, ...more }, 1000 * MIB, (1000 + 10 * percent) * MIB);
  assert.equal(effort(9), 0, "Below the threshold");
  assert.equal(effort(10), 1);
  assert.equal(effort(55), 13, "Half-way");
  assert.equal(effort(100), 25);
  assert.equal(effort(900), 25);
  assert.equal(effort(55, { ignoreBytes: 551 * MIB }), 0, "Not enough bytes");
  assert.equal(effort(900, { enabled: false }), 0);
  assert.equal(effort(10, { thresholdLower: 10, thresholdUpper: 10 }), 25);
  assert.equal(effort(50, { cycleMin: 30, cycleMax: 20 }), 20);
  assert.equal(defragmentationEffort(settings, 0, 0), 0);
});

Deno.test("activedefrag gives back what deleted keys have left, and INFO tells of it", async () => {
  const server = await startDenodis(["--active-defrag-ignore-bytes", "1mb"]);
  const connection = await RawConnection.connect({ port: server.port });
  const figure = async (name: string) => {
    const info = await connection.command("INFO", "everything");
    return Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)![1]);
  };
  const send = async (make: (i: number) => string[] | null) => {
    for (let next = 0; next < 200_000; next += 1000) {
      const requests = Array.from({ length: 1000 }, (_, i) => make(next + i)).filter((words) =>
        words !== null
      );
      await connection.write(requests.map(encodeRequest).join(""));
      await connection.readReplies(requests.length);
    }
  };
  try {
    await send((i) => ["SET", `key:${i}`, `${i}`.padEnd(600, ".")]);
    await send((i) => (i * 7919) % 1009 < 100 ? null : ["DEL", `key:${i}`]);
    const before = await figure("allocator_active");
    assert.ok(before > 100 * MIB, `${before} bytes are kept by a tenth of the keys`);
    assert.equal(await figure("active_defrag_hits"), 0);
    await connection.command("CONFIG", "SET", "activedefrag", "yes");
    for (let i = 0; await figure("allocator_active") > 50 * MIB && i < 300; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const after = await figure("allocator_active");
    assert.ok(after <= 50 * MIB, `${after} bytes`);
    assert.ok(await figure("active_defrag_hits") > 0);
    assert.ok(await figure("active_defrag_key_hits") > 0);
    assert.ok(await figure("active_defrag_misses") > 0);
    await connection.command("CONFIG", "SET", "activedefrag", "no");
    // A pass that is under way ends with the next tick.
    for (let i = 0; await figure("active_defrag_running") > 0 && i < 300; i++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await connection.command("CONFIG", "RESETSTAT");
    assert.equal(await figure("active_defrag_hits"), 0);
    assert.equal(await figure("total_active_defrag_time"), 0);
  } finally {
    connection.close();
    await server.stop();
  }
});
