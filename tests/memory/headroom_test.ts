/** Asking the system for more than is taken. */

import assert from "node:assert/strict";
import { hasHeadroom, roomFor, takePage } from "../../src/memory/headroom.ts";

const MIB = 1024 * 1024;

/** Has the system give up to `bytes` at once while `run` runs; what it is asked for is added to `asked`. */
function withSystem(bytes: number, run: () => void, asked: number[] = []): void {
  const { resize } = ArrayBuffer.prototype;
  ArrayBuffer.prototype.resize = function (length) {
    asked.push(length!);
    if (length! > bytes) throw new RangeError("ArrayBuffer.prototype.resize: Invalid length parameter");
    // What would be committed is not touched, so there is no need for it.
  };
  try {
    run();
  } finally {
    ArrayBuffer.prototype.resize = resize;
  }
}

Deno.test("pages leave more than large buffers, these more than the heap, and that more than small buffers", () => {
  withSystem(Infinity, () => {
    assert.ok(hasHeadroom(0));
    assert.equal(takePage(4 * MIB)?.byteLength, 4 * MIB);
    assert.equal(roomFor(123 * MIB), 123 * MIB);
  });
  withSystem(180 * MIB, () => {
    spendAll();
    assert.equal(takePage(4 * MIB), null);
    assert.equal(roomFor(64 * MIB), 64 * MIB);
    assert.throws(() => roomFor(70 * MIB), RangeError);
  });
  withSystem(100 * MIB, () => {
    spendAll();
    assert.ok(hasHeadroom(0));
    assert.throws(() => roomFor(MIB), RangeError);
    assert.equal(roomFor(MIB - 1), MIB - 1);
  });
  withSystem(60 * MIB, () => {
    spendAll();
    assert.ok(!hasHeadroom(0));
    assert.equal(roomFor(MIB - 1), MIB - 1);
  });
  withSystem(40 * MIB, () => {
    spendAll();
    assert.ok(!hasHeadroom(0));
    assert.throws(() => roomFor(1), RangeError);
  });
});

Deno.test("what the system would have given is spent before it is asked again", () => {
  const asked: number[] = [];
  withSystem(Infinity, () => {
    spendAll();
    assert.ok(hasHeadroom(0));
    asked.length = 0;
    for (let taken = 0; taken < 400 * MIB; taken += 10 * MIB) roomFor(10 * MIB);
    assert.deepEqual(asked, []);
    for (let taken = 0; taken < 200 * MIB; taken += 10 * MIB) roomFor(10 * MIB);
    assert.equal(asked.length, 1);
  }, asked);
});

let heapUsed = 0;

/** Has all that is known to be left be spent, by a heap that has grown. */
function spendAll(): void {
  hasHeadroom(heapUsed += 1024 * MIB);
}
