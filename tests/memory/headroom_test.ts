/** Asking the system for more than is taken. */

import assert from "node:assert/strict";
import { hasHeadroom, roomFor, takePage } from "../../src/memory/headroom.ts";

const MIB = 1024 * 1024;

/** Has the system give up to `bytes` at once while `run` runs. */
function withSystem(bytes: number, run: () => void): void {
  const { resize } = ArrayBuffer.prototype;
  ArrayBuffer.prototype.resize = function (length) {
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
    assert.equal(takePage(4 * MIB)?.byteLength, 4 * MIB);
    assert.ok(hasHeadroom());
    assert.equal(roomFor(123 * MIB), 123 * MIB);
  });
  withSystem(180 * MIB, () => {
    assert.equal(takePage(4 * MIB), null);
    assert.equal(roomFor(64 * MIB), 64 * MIB);
    assert.throws(() => roomFor(70 * MIB), RangeError);
  });
  withSystem(100 * MIB, () => {
    assert.throws(() => roomFor(8 * MIB), RangeError);
    assert.ok(hasHeadroom());
    roomFor(1000);
  });
  withSystem(60 * MIB, () => {
    assert.ok(!hasHeadroom());
    takeSmall();
  });
  withSystem(40 * MIB, () => {
    assert.throws(takeSmall, RangeError);
    assert.throws(() => roomFor(1), RangeError, "What comes next asks again");
  });
  withSystem(Infinity, () => roomFor(8 * MIB));
});

/** Takes 16 MiB in small pieces. */
function takeSmall(): void {
  for (let taken = 0; taken < 16 * MIB; taken += 64 * 1024) roomFor(64 * 1024);
}
