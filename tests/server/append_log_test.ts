/** Appending to a disk that fails. */

import assert from "node:assert/strict";
import { ManualClock } from "../../src/base/clock.ts";
import { AppendLog, type LogFile } from "../../src/server/append_log.ts";
import { OutputGate } from "../../src/server/output_gate.ts";
import { ServerLog } from "../../src/server/log.ts";

/** A disk with room for so many bytes. */
class Disk implements LogFile {
  room = Infinity;
  syncs = true;
  content: number[] = [];

  writeSync(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room - this.content.length);
    if (count <= 0) throw new Error("No space left on device (os error 28)");
    this.content.push(...bytes.subarray(0, count));
    return count;
  }

  truncateSync(length: number): void {
    this.content.length = length;
  }

  syncDataSync(): void {
    if (!this.syncs) throw new Error("Input/output error (os error 5)");
  }

  close(): void {}
}

function setUp() {
  const disk = new Disk();
  const clock = new ManualClock(1_700_000_000_000);
  let changes = 0;
  const log = new AppendLog({
    disk: { open: () => disk, sync: () => Promise.resolve() },
    clock,
    log: new ServerLog({ id: "test", clock }),
    skipsSync: () => false,
    onStatus: () => changes++,
    onLatency() {},
  });
  log.policy = "always";
  log.open("file", 0);
  const append = (text: string) => log.append(new TextEncoder().encode(text), text.length);
  return { append, changes: () => changes, disk, log };
}

Deno.test("What a full disk took of a write is cut off, and all of it is written when there is room", () => {
  const { append, changes, disk, log } = setUp();
  append("one");
  assert.equal(log.flush(), true);
  disk.room = 5;
  append("second");
  assert.equal(log.flush(), false);
  assert.equal(log.error, "No space left on device");
  assert.equal(String.fromCharCode(...disk.content), "one");
  assert.equal(changes(), 1);
  append("third");
  disk.room = Infinity;
  assert.equal(log.flush(), true);
  assert.equal(log.error, null);
  assert.equal(String.fromCharCode(...disk.content), "onesecondthird");
  assert.equal(log.size, 14);
  assert.equal(changes(), 2);
});

Deno.test("A sync that has failed with always is not made good by a later one", () => {
  const { append, disk, log } = setUp();
  disk.syncs = false;
  append("one");
  assert.equal(log.flush(), false);
  disk.syncs = true;
  assert.equal(log.flush(), false);
  assert.equal(log.error, "Input/output error");
});

Deno.test("While the disk fails, the gate lets only those through that acknowledge nothing", () => {
  const gate = new OutputGate();
  const passed: string[] = [];
  const output = (name: string) => ({ acknowledges: false, pass: () => void passed.push(name) });
  const [writer, reader] = [output("writer"), output("reader")];
  gate.active = true;
  gate.close();
  gate.acknowledges(writer);
  assert.ok(gate.holds(writer));
  assert.ok(gate.holds(reader));
  gate.fail();
  assert.ok(gate.closed);
  // Both are asked again; only the reader may go.
  assert.deepEqual(passed.splice(0).sort(), ["reader", "writer"]);
  assert.ok(gate.holds(writer));
  assert.ok(!gate.holds(reader));
  gate.open();
  assert.deepEqual(passed, ["writer"]);
  assert.ok(!gate.closed);
});
