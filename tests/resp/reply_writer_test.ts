/** Replies as bytes, in both versions of the protocol; the forms are those of Redis's protocol specification. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { type OutputBuffer, ReplyWriter, SharedBuffer } from "../../src/resp/reply_writer.ts";
import { runs } from "../support/property.ts";

/** Takes what was written, as a byte string, and gives the buffers back. */
function taken(reply: ReplyWriter): string {
  const chunks: OutputBuffer[] = [];
  reply.take(chunks);
  const text = chunks.map((chunk) => byteString(chunk.view(0))).join("");
  for (const chunk of chunks) chunk.release();
  return text;
}

type Write = (reply: ReplyWriter) => void;

const forms: [name: string, write: Write, resp2: string, resp3?: string][] = [
  ["OK", (r) => r.ok(), "+OK\r\n"],
  ["a simple string", (r) => r.simple("PONG"), "+PONG\r\n"],
  ["an error", (r) => r.error("ERR syntax error"), "-ERR syntax error\r\n"],
  ["an error with line breaks inside", (r) => r.error("ERR a\r\nb\nc"), "-ERR a  b c\r\n"],
  ["zero", (r) => r.integer(0), ":0\r\n"],
  ["a digit", (r) => r.integer(9), ":9\r\n"],
  ["ten", (r) => r.integer(10), ":10\r\n"],
  ["minus one", (r) => r.integer(-1), ":-1\r\n"],
  ["2^31", (r) => r.integer(2 ** 31), ":2147483648\r\n"],
  ["2^53 - 1", (r) => r.integer(2 ** 53 - 1), ":9007199254740991\r\n"],
  ["-(2^53 - 1)", (r) => r.integer(-(2 ** 53 - 1)), ":-9007199254740991\r\n"],
  ["-2^63", (r) => r.int64(-(2n ** 63n)), ":-9223372036854775808\r\n"],
  ["a bulk string", (r) => r.bulk(bytesOf("<hello>"), 1, 6), "$5\r\nhello\r\n"],
  ["an empty bulk string", (r) => r.bulk(bytesOf("abc"), 2, 2), "$0\r\n\r\n"],
  ["a bulk string of any bytes", (r) => r.bulk(bytesOf("\0\r\n\xff"), 0, 4), "$4\r\n\0\r\n\xff\r\n"],
  ["a bulk string from text", (r) => r.bulkText("a\xe4"), "$2\r\na\xe4\r\n"],
  ["a bulk string with an integer", (r) => r.bulkInteger(-120), "$4\r\n-120\r\n"],
  ["null", (r) => r.null(), "$-1\r\n", "_\r\n"],
  ["a null array", (r) => r.nullArray(), "*-1\r\n", "_\r\n"],
  ["an empty array", (r) => r.array(0), "*0\r\n"],
  ["an array", (r) => r.array(12), "*12\r\n"],
  ["a map", (r) => r.map(7), "*14\r\n", "%7\r\n"],
  ["an empty map", (r) => r.map(0), "*0\r\n", "%0\r\n"],
  ["a set", (r) => r.set(3), "*3\r\n", "~3\r\n"],
  ["a push message", (r) => r.push(3), "*3\r\n", ">3\r\n"],
  ["a double", (r) => r.doubleText("3.25"), "$4\r\n3.25\r\n", ",3.25\r\n"],
  ["an infinite double", (r) => r.doubleText("inf"), "$3\r\ninf\r\n", ",inf\r\n"],
  ["true", (r) => r.boolean(true), ":1\r\n", "#t\r\n"],
  ["false", (r) => r.boolean(false), ":0\r\n", "#f\r\n"],
  ["text for people", (r) => r.verbatim("hi"), "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"],
  ["Markdown", (r) => r.verbatim("# x", "mkd"), "$3\r\n# x\r\n", "=7\r\nmkd:# x\r\n"],
  ["prepared bytes", (r) => r.raw(":1\r\n"), ":1\r\n"],
  ["a part of prepared bytes", (r) => r.rawBytes(bytesOf("xx:1\r\nxx"), 2, 6), ":1\r\n"],
];

for (const [name, write, resp2, resp3] of forms) {
  Deno.test(`Writes ${name}`, () => {
    const reply = new ReplyWriter();
    assert.equal(reply.protocol, 2);
    write(reply);
    assert.equal(reply.size, resp2.length);
    assert.equal(taken(reply), resp2);
    reply.protocol = 3;
    write(reply);
    assert.equal(taken(reply), resp3 ?? resp2);
  });
}

Deno.test("An error does not begin or end with line breaks", () => {
  // redis-server 7.0.15 to EXPIRE with an option of "x\r\n": the text is trimmed before breaks become spaces.
  const reply = new ReplyWriter();
  reply.error("ERR Unsupported option x\r\n");
  assert.equal(taken(reply), "-ERR Unsupported option x\r\n");
});

Deno.test("Replies follow each other, across buffers, and leave in one go", () => {
  for (const protocol of [2, 3]) {
    const reply = new ReplyWriter();
    reply.protocol = protocol;
    let expected = "";
    for (let i = 0; i < 3000; i++) {
      for (const [, write, resp2, resp3] of forms) {
        write(reply);
        expected += protocol === 3 ? resp3 ?? resp2 : resp2;
      }
    }
    assert.equal(reply.size, expected.length);
    assert.ok(reply.held >= reply.size);
    assert.ok(taken(reply) === expected);
    assert.equal(reply.size, 0);
    assert.equal(reply.held, 0, "Who has nothing to say holds no buffer");
    assert.equal(taken(reply), "");
  }
});

Deno.test("Values of any size leave as they came, and later changes of theirs do not show", () => {
  for (const length of [0, 1, 127, 128, 16_000, 16_384, 16_385, 262_143, 262_144, 262_145, 3_000_000]) {
    const reply = new ReplyWriter();
    const text = "0123456789abcdef".repeat(Math.ceil(length / 16)).slice(0, length);
    const value = bytesOf(text);
    reply.ok();
    reply.bulk(value, 0, length);
    reply.bulkText(text);
    reply.bulk(value, 0, length);
    reply.ok();
    value.fill(120);
    const bulk = `$${length}\r\n${text}\r\n`;
    assert.ok(taken(reply) === `+OK\r\n${bulk.repeat(3)}+OK\r\n`, `${length} bytes`);
  }
});

type Step = { write: number } | { mark: true } | { rollback: true } | { take: true };

const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        write: fc.oneof(fc.nat(300), fc.nat(40_000), fc.constantFrom(262_144, 600_000)),
      }),
    },
    { weight: 3, arbitrary: fc.record({ mark: fc.constant(true as const) }) },
    { weight: 3, arbitrary: fc.record({ rollback: fc.constant(true as const) }) },
    { weight: 1, arbitrary: fc.record({ take: fc.constant(true as const) }) },
  ),
  { maxLength: 50, size: "max" },
);

Deno.test("What is rolled back is gone, however many buffers it lay in, and what came before it stays", () => {
  fc.assert(
    fc.property(steps, (steps: Step[]) => {
      const reply = new ReplyWriter();
      // Buffers that others have used come back with their bytes in them.
      const other = new ReplyWriter();
      let model = "";
      let mark = 0;
      steps.forEach((step, i) => {
        if ("write" in step) {
          const text = `${i}`.repeat(step.write).slice(0, step.write);
          if (i % 2 === 0) reply.bulkText(text);
          else reply.bulk(bytesOf(text), 0, text.length);
          model += `$${text.length}\r\n${text}\r\n`;
          other.bulkText("#".repeat(step.write % 20_000));
        } else if ("mark" in step) {
          mark = reply.size;
        } else if ("rollback" in step) {
          reply.rollback(mark);
          model = model.slice(0, mark);
        } else {
          assert.ok(taken(reply) === model);
          taken(other);
          model = "";
          mark = 0;
        }
        assert.equal(reply.size, model.length);
      });
      assert.ok(taken(reply) === model);
    }),
    runs(100),
  );
});

Deno.test("A reply that fails half-way is taken back, and the error stands in its place", () => {
  const reply = new ReplyWriter();
  reply.ok();
  const mark = reply.size;
  reply.array(100_000);
  for (let i = 0; i < 50_000; i++) reply.bulkText(`element ${i}`);
  reply.rollback(mark);
  reply.error("ERR failed");
  assert.equal(taken(reply), "+OK\r\n-ERR failed\r\n");
});

Deno.test("Taken bytes are left alone by what is written next", () => {
  const reply = new ReplyWriter();
  const chunks: OutputBuffer[] = [];
  reply.bulkText("first");
  reply.take(chunks);
  reply.bulkText("second".repeat(10_000));
  reply.take(chunks);
  reply.bulkText("third");
  reply.take(chunks);
  const text = chunks.map((chunk) => byteString(chunk.view(0))).join("");
  assert.equal(text, `$5\r\nfirst\r\n$60000\r\n${"second".repeat(10_000)}\r\n$5\r\nthird\r\n`);
});

Deno.test("A buffer that was given back is used again, whole, and knows its new length", () => {
  const first = new ReplyWriter();
  first.raw("x".repeat(10_000));
  const chunks: OutputBuffer[] = [];
  first.take(chunks);
  assert.equal(chunks[0].view(0).length, 10_000);
  assert.equal(byteString(chunks[0].view(9_990)), "x".repeat(10));
  chunks[0].release();
  const second = new ReplyWriter();
  for (const text of ["y".repeat(16_000), "z", "y".repeat(10_000)]) {
    second.raw(text);
    assert.equal(taken(second), text);
  }
});

Deno.test("a message that several writers share is not changed by what they write after it", () => {
  const message = new SharedBuffer(bytesOf("+message\r\n-more"), 10);
  const [first, second] = [new ReplyWriter(), new ReplyWriter()];
  for (const writer of [first, second]) {
    writer.shared(message);
    assert.equal(writer.size, 10);
  }
  first.ok();
  const mark = first.size;
  first.error("ERR taken back");
  first.rollback(mark);
  first.shared(message);
  assert.equal(taken(first), "+message\r\n+OK\r\n+message\r\n");
  second.discard();
  second.ok();
  assert.equal(taken(second), "+OK\r\n");
  second.shared(message);
  assert.equal(taken(second), "+message\r\n");
});

Deno.test("messages that several writers share leave in their order, among other output, and are never changed", () => {
  const step = fc.oneof(
    // To whom a message goes, bit by bit, and how long it is.
    { weight: 6, arbitrary: fc.record({ to: fc.nat(15), length: fc.oneof(fc.nat(300), fc.nat(40_000)) }) },
    { weight: 1, arbitrary: fc.record({ own: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ take: fc.nat(3) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const writers = Array.from({ length: 4 }, () => ({
        reply: new ReplyWriter(),
        expected: "",
        chunks: [] as OutputBuffer[],
      }));
      for (const [i, step] of steps.entries()) {
        if ("own" in step) {
          const { reply } = writers[step.own];
          reply.integer(i);
          writers[step.own].expected += `:${i}\r\n`;
        } else if ("take" in step) {
          writers[step.take].reply.take(writers[step.take].chunks);
        } else {
          const text = `message ${i} `.padEnd(step.length, String(i));
          const message = new SharedBuffer(bytesOf(text), text.length);
          for (const [bit, writer] of writers.entries()) {
            if ((step.to & 1 << bit) === 0) continue;
            writer.reply.shared(message);
            writer.expected += text;
          }
        }
      }
      // What was taken early is looked at late.
      for (const { reply, expected, chunks } of writers) {
        reply.take(chunks);
        assert.equal(reply.size, 0);
        assert.ok(chunks.map((chunk) => byteString(chunk.view(0))).join("") === expected);
      }
    }),
    runs(200),
  );
});

Deno.test("messages that wait for several writers are joined once for all of them", () => {
  const writers = Array.from({ length: 3 }, () => new ReplyWriter());
  for (const text of ["first", "second", "third"]) {
    const message = new SharedBuffer(bytesOf(text), text.length);
    for (const writer of writers) writer.shared(message);
  }
  const chunks: OutputBuffer[] = [];
  for (const writer of writers) writer.take(chunks);
  assert.equal(chunks.length, 3);
  assert.equal(byteString(chunks[0].view(0)), "firstsecondthird");
  assert.ok(chunks.every((chunk) => chunk === chunks[0]));
});

Deno.test("a reply that there is no memory for leaves those before it, and nobody else's buffer", () => {
  const reply = new ReplyWriter();
  const other = new ReplyWriter();
  const before = "x".repeat(200_000);
  reply.raw(before);
  const mark = reply.size;
  reply.ok();
  const tooMuch = 2 ** 46;
  assert.throws(() => reply.rawBytes(new Uint8Array(0), 0, tooMuch), RangeError);
  reply.rollback(mark);
  other.raw("y".repeat(200_000));
  reply.error("OOM");
  assert.equal(taken(reply), `${before}-OOM\r\n`);
  assert.equal(taken(other), "y".repeat(200_000));
});
