import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { encodeRequest, parseReplies, printable, replyEnd } from "./replies.ts";

/** Whole replies as the protocol's documentation writes them. */
const wholeReplies = [
  "+OK\r\n",
  "-ERR no such key\r\n",
  ":-9223372036854775808\r\n",
  "$-1\r\n",
  "$0\r\n\r\n",
  "$5\r\na\r\nb\n\r\n",
  "*-1\r\n",
  "*0\r\n",
  "*2\r\n$1\r\na\r\n*1\r\n:1\r\n",
  "_\r\n",
  "#t\r\n",
  ",3.25\r\n",
  ",inf\r\n",
  "(12345678901234567890\r\n",
  "!8\r\nERR a\r\nb\r\n",
  "=7\r\ntxt:abc\r\n",
  "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n_\r\n",
  "~1\r\n+a\r\n",
  ">2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n",
  "|1\r\n+ttl\r\n:5\r\n$1\r\nv\r\n",
];

Deno.test("replyEnd finds the end of every type of reply, and no end in any part of one", () => {
  for (const reply of wholeReplies) {
    const bytes = Buffer.from(`xx${reply}+next\r\n`, "latin1");
    assert.equal(replyEnd(bytes, 2, bytes.length), 2 + reply.length, printable(reply));
    for (let part = 0; part < reply.length; part++) {
      assert.equal(replyEnd(bytes, 2, 2 + part), -1, `${part} bytes of ${printable(reply)}`);
    }
  }
});

Deno.test("replyEnd refuses what is no reply", () => {
  assert.throws(() => replyEnd(Buffer.from("PONG\r\n"), 0, 6), /Not a reply/);
  assert.throws(() => replyEnd(Buffer.from("$x\r\n"), 0, 4), /Not a reply length/);
});

Deno.test("parseReplies takes replies apart and keeps their bytes", () => {
  const replies = parseReplies(wholeReplies.join(""));
  assert.deepEqual(replies.map((reply) => reply.raw), wholeReplies);
  const [map] = parseReplies("%1\r\n$1\r\na\r\n~2\r\n:1\r\n_\r\n");
  assert.equal(map.type, "%");
  assert.equal(map.items?.length, 2);
  assert.equal(map.items?.[0].text, "a");
  assert.deepEqual(map.items?.[1].items?.map((item) => item.text), ["1", ""]);
  assert.equal(parseReplies("$-1\r\n")[0].text, undefined);
  assert.throws(() => parseReplies("$5\r\nabc\r\n"), /Not a whole reply/);
});

Deno.test("encodeRequest counts bytes, not characters of UTF-8", () => {
  assert.equal(encodeRequest(["SET", "k", "\xff\r\n"]), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\n\xff\r\n\r\n");
});

Deno.test("printable escapes what a terminal would swallow and shortens the middle", () => {
  assert.equal(printable('a\r\n\x00\xff"\\'), '"a\\r\\n\\x00\\xff\\"\\\\"');
  assert.equal(printable("x".repeat(700)).length < 700, true);
});
