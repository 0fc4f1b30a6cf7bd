import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf } from "../../src/base/bytes.ts";
import { type Crc64, crc64 } from "../../src/base/crc64.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { parseReplies } from "../support/replies.ts";
import { startOracle } from "../support/servers.ts";
import { runs } from "../support/property.ts";

function hex({ high, low }: Crc64): string {
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}

Deno.test("crc64 gives the check value of Redis's crc64.c", () => {
  const bytes = bytesOf("xx123456789yy");
  assert.equal(hex(crc64(bytes, 2, 11)), "e9c6d914c4b8d9ca");
  assert.equal(hex(crc64(bytes, 2, 2)), "0000000000000000");
});

Deno.test("crc64 of two parts is crc64 of the whole", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
      const at = Math.min(cut, bytes.length);
      const whole = crc64(bytes, 0, bytes.length);
      assert.deepEqual(crc64(bytes, at, bytes.length, crc64(bytes, 0, at)), whole);
      let each: Crc64 = { high: 0, low: 0 };
      for (let i = 0; i < bytes.length; i++) each = crc64(bytes, i, i + 1, each);
      assert.deepEqual(each, whole);
    }),
    runs(200),
  );
});

Deno.test("crc64 is at the end of what redis-server dumps", async () => {
  const oracle = await startOracle();
  const connection = await RawConnection.connect({ port: oracle.port });
  try {
    for (const value of ["", "1", "value", "\x00\xff".repeat(1000), "ab\r\nc".repeat(41)]) {
      await connection.command("SET", "key", value);
      const dump = bytesOf(parseReplies(await connection.command("DUMP", "key"))[0].text!);
      const view = new DataView(dump.buffer);
      const end = dump.length - 8;
      assert.deepEqual(crc64(dump, 0, end), {
        low: view.getUint32(end, true),
        high: view.getUint32(end + 4, true),
      });
    }
  } finally {
    connection.close();
    await oracle.stop();
  }
});
