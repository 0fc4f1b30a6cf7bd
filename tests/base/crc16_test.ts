import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf } from "../../src/base/bytes.ts";
import { crc16, keySlot } from "../../src/base/crc16.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, parseReplies } from "../support/replies.ts";
import { freePort, startOracle } from "../support/servers.ts";

Deno.test("crc16 gives the check value of CRC-16/XMODEM", () => {
  const bytes = bytesOf("xx123456789yy");
  assert.equal(crc16(bytes, 2, 11), 0x31c3);
  assert.equal(crc16(bytes, 2, 2), 0);
});

const keys = [
  ...[
    "",
    "foo",
    "bar",
    "123456789",
    "{",
    "}",
    "{}",
    "{}x",
    "x{}",
    "a{b}c",
    "{b}",
    "b",
    "foo{}{bar}",
    "foo{{bar}}zap",
  ],
  ...[
    "foo{bar}{zap}",
    "{user1000}.following",
    "{user1000}.followers",
    "}{a}",
    "}a{b",
    "{a",
    "a}",
    "a{b}}",
    "{{}}",
  ],
  ...["\x00", "\xff\xfe{\x80}\xff", "k".repeat(1000), "{" + "k".repeat(1000) + "}tail"],
];

Deno.test("keySlot is redis-server's CLUSTER KEYSLOT", async () => {
  // The bus port is given because its default, the port and 10000, may be over 65535.
  const oracle = await startOracle(["--cluster-enabled", "yes", "--cluster-port", String(freePort())]);
  try {
    const connection = await RawConnection.connect({ port: oracle.port });
    const holds = async (texts: string[]) => {
      await connection.write(texts.map((text) => encodeRequest(["CLUSTER", "KEYSLOT", text])).join(""));
      const replies = parseReplies(await connection.readReplies(texts.length));
      texts.forEach((text, i) => {
        // Braces around the key, which do not belong to it.
        const slot = keySlot(bytesOf(`{${text}}`), 1, 1 + text.length);
        assert.equal(`:${slot}\r\n`, replies[i].raw, JSON.stringify(text));
      });
    };
    try {
      await holds(keys);
      const unit = fc.oneof(fc.constantFrom("{", "}"), fc.nat(255).map((byte) => String.fromCharCode(byte)));
      const key = fc.string({ unit, maxLength: 12 });
      await fc.assert(fc.asyncProperty(fc.array(key, { maxLength: 500, size: "max" }), holds), {
        numRuns: 6,
      });
    } finally {
      connection.close();
    }
  } finally {
    await oracle.stop();
  }
});
