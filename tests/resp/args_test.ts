/** Arguments, seen in the middle of other bytes. */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { INVALID_CURSOR, WireError } from "../../src/base/errors.ts";
import { Args } from "../../src/resp/args.ts";
import { RespDecoder } from "../../src/resp/decoder.ts";
import { encodeRequest } from "../support/replies.ts";
import { limits } from "./feeding.ts";

/** Arguments as a command sees them: of the second of three requests. */
function argsOf(...texts: string[]): Args {
  const decoder = new RespDecoder(limits());
  const batch = decoder.decode(
    bytesOf(encodeRequest(["first", "9"]) + encodeRequest(texts) + encodeRequest(["third"])),
  );
  const args = new Args();
  const second = 1 + 2 * batch.table[0];
  args.attach(batch.bytes, batch.table, second + 1, batch.table[second]);
  return args;
}

Deno.test("Arguments are counted, measured and found", () => {
  const args = argsOf("set", "", "\0\xff\r\n");
  assert.equal(args.count, 3);
  assert.deepEqual([0, 1, 2].map((i) => args.length(i)), [3, 0, 4]);
  assert.deepEqual([0, 1, 2].map((i) => args.end(i) - args.start(i)), [3, 0, 4]);
  assert.deepEqual([0, 1, 2].map((i) => args.text(i)), ["set", "", "\0\xff\r\n"]);
  assert.deepEqual([...args.texts(1)], ["", "\0\xff\r\n"]);
  assert.deepEqual([...args.texts(3)], []);
  assert.deepEqual(args.view(0), bytesOf("set"));
});

Deno.test("A view shows what happens to the bytes, a copy does not", () => {
  const args = argsOf("get", "key");
  const [view, copy] = [args.view(1), args.copy(1)];
  args.bytes[args.start(1)] = 75;
  assert.equal(args.text(1), "Key");
  assert.deepEqual(view, bytesOf("Key"));
  assert.deepEqual(copy, bytesOf("key"));
});

Deno.test("Words are compared whatever their case", () => {
  for (const word of ["KEEPTTL", "keepttl", "KeepTtl"]) assert.ok(argsOf("set", word).is(1, "KEEPTTL"));
  for (const word of ["KEEPTT", "KEEPTTLX", "", "keepttl ", "\x0beepttl", "KEEPTTM"]) {
    assert.equal(argsOf("set", word).is(1, "KEEPTTL"), false, word);
  }
  // Only letters have a case: 0x5b and 0x7b differ by the same bit as "A" and "a".
  assert.equal(argsOf("x", "{").is(1, "["), false);
  assert.equal(argsOf("x", "[").is(1, "["), true);
});

const NOT_AN_INTEGER = "ERR value is not an integer or out of range";

/** Whether an error is the one that is sent with this text. */
function says(message: string): (error: unknown) => boolean {
  return (error) => error instanceof WireError && error.message === message;
}

Deno.test("Integers are those that Redis accepts, up to 64 bits", () => {
  const integers: [string, bigint][] = [
    ["0", 0n],
    ["7", 7n],
    ["-1", -1n],
    ["2147483648", 2147483648n],
    ["9007199254740991", 9007199254740991n],
    ["-9007199254740991", -9007199254740991n],
    ["9007199254740992", 9007199254740992n],
    ["9007199254740993", 9007199254740993n],
    ["9223372036854775807", 9223372036854775807n],
    ["-9223372036854775808", -9223372036854775808n],
  ];
  for (const [text, value] of integers) {
    const args = argsOf("x", text);
    assert.equal(args.int64(1), value);
    assert.equal(args.integer(1), Number(value));
  }
});

Deno.test("What is no integer is refused with Redis's error, or the command's own", () => {
  const others = [
    "",
    " 1",
    "1 ",
    "+1",
    "01",
    "-0",
    "1.0",
    "1e3",
    "0x1",
    "a",
    "-",
    "9223372036854775808",
    "-9223372036854775809",
  ];
  for (const text of others) {
    const args = argsOf("x", text);
    assert.throws(() => args.integer(1), says(NOT_AN_INTEGER), text);
    assert.throws(() => args.int64(1), says(NOT_AN_INTEGER), text);
    assert.throws(() => args.integerBetween(1, 0, 10), says(NOT_AN_INTEGER), text);
    assert.throws(() => args.integer(1, INVALID_CURSOR), says(INVALID_CURSOR.message), text);
  }
});

Deno.test("Integers outside of a range are refused, its ends are not", () => {
  for (
    const [text, ok] of [["-3", true], ["5", true], ["-4", false], ["6", false], [
      "9223372036854775807",
      false,
    ]] as const
  ) {
    const args = argsOf("x", text);
    if (ok) assert.equal(args.integerBetween(1, -3, 5), Number(text));
    else assert.throws(() => args.integerBetween(1, -3, 5, INVALID_CURSOR), says(INVALID_CURSOR.message));
  }
});
