/**
 * The decoder: each vector whole, byte by byte and cut at random.
 *
 * What is expected is what redis-server 7.0.15 made of the same bytes on a socket: the errors are its texts, and where
 * nothing is expected it waited for more.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf } from "../../src/base/bytes.ts";
import { type DecoderLimits, RespDecoder } from "../../src/resp/decoder.ts";
import { runs, withSeed } from "../support/property.ts";
import { encodeRequest, printable } from "../support/replies.ts";
import { assertDecoded, chunksCutAt, chunksOf, type Decoded, feed, limits, requestsOf } from "./feeding.ts";

interface Vector {
  readonly input: string;
  readonly requests: string[][];
  /** The error after `ERR Protocol error: `. */
  readonly error?: string;
  readonly limits?: Partial<DecoderLimits>;
}

const PING = [["ping"]];
const LINE_MAX = 64 * 1024;
const NUL = "\0";

const vectors: Vector[] = [
  // Requests as arrays of bulk strings.
  { input: "*1\r\n$4\r\nping\r\n", requests: PING },
  { input: "*2\r\n$4\r\necho\r\n$0\r\n\r\n", requests: [["echo", ""]] },
  { input: "*1\r\n$0\r\n\r\n", requests: [[""]] },
  { input: "*3\r\n$3\r\nset\r\n$1\r\nk\r\n$3\r\n\0\r\n\r\n", requests: [["set", "k", "\0\r\n"]] },
  { input: "*1\r\n$4\r\nping\r\n*1\r\n$4\r\nPING\r\n", requests: [["ping"], ["PING"]] },
  { input: "*2\r\n$10\r\n*1\r\n$4\r\npi\r\n$1\r\n\xff\r\n", requests: [["*1\r\n$4\r\npi", "\xff"]] },
  {
    input: encodeRequest(Array.from({ length: 12 }, (_, i) => `${i}`)),
    requests: [[..."0123456789", "10", "11"]],
  },
  { input: encodeRequest(["x".repeat(20_000)]), requests: [["x".repeat(20_000)]] },
  // What ends a line or an argument is skipped, not looked at.
  { input: "*1\rX$4\rXpingYY", requests: PING },
  { input: "*1\r\n$4\r\npingXY*1\r\n$4\r\nPING\r\n", requests: [["ping"], ["PING"]] },

  // Empty requests.
  { input: "*0\r\nping\r\n", requests: PING },
  { input: "*-1\r\nping\r\n", requests: PING },
  { input: "*-9007199254740993\r\nping\r\n", requests: PING },
  { input: "*-9223372036854775808\r\nping\r\n", requests: PING },
  { input: "*0\r\n*0\r\n*-1\r\n\r\n*1\r\n$4\r\nping\r\n", requests: PING },
  { input: "*1\r\n$4\r\nping\r\n\r\n*1\r\n$4\r\nping\r\n", requests: [["ping"], ["ping"]] },

  // Counts that are none.
  { input: "*-9223372036854775809\r\n", requests: [], error: "invalid multibulk length" },
  { input: "*-0\r\n", requests: [], error: "invalid multibulk length" },
  { input: "*\r\n", requests: [], error: "invalid multibulk length" },
  { input: "*+1\r\n", requests: [], error: "invalid multibulk length" },
  { input: "*01\r\n", requests: [], error: "invalid multibulk length" },
  { input: "*1x\r\n", requests: [], error: "invalid multibulk length" },
  { input: "*1 \r\n", requests: [], error: "invalid multibulk length" },
  { input: "* 1\r\n", requests: [], error: "invalid multibulk length" },
  { input: "*abc\r\n", requests: [], error: "invalid multibulk length" },
  { input: "*2147483648\r\n", requests: [], error: "invalid multibulk length" },
  { input: "*9223372036854775808\r\n", requests: [], error: "invalid multibulk length" },
  { input: "ping\r\n*x\r\nping\r\n", requests: PING, error: "invalid multibulk length" },
  { input: "*2147483647\r\n", requests: [] },
  { input: "*x\r", requests: [] },
  { input: "*1", requests: [] },
  { input: "*1\r", requests: [] },

  // Lengths that are none.
  { input: "*1\r\n$-1\r\n", requests: [], error: "invalid bulk length" },
  { input: "*1\r\n$-5\r\n", requests: [], error: "invalid bulk length" },
  { input: "*1\r\n$\r\n", requests: [], error: "invalid bulk length" },
  { input: "*1\r\n$x\r\n", requests: [], error: "invalid bulk length" },
  { input: "*1\r\n$04\r\nping\r\n", requests: [], error: "invalid bulk length" },
  { input: "*1\r\n$ 4\r\nping\r\n", requests: [], error: "invalid bulk length" },
  { input: "*1\r\n$536870913\r\n", requests: [], error: "invalid bulk length" },
  { input: "*1\r\n$99999999999999999999\r\n", requests: [], error: "invalid bulk length" },
  { input: "*2\r\n$1\r\na\r\n$x\r\n", requests: [], error: "invalid bulk length" },
  { input: "*1\r\n$536870912\r\n", requests: [] },
  { input: "*1\r\n$4\r\nping\r", requests: [] },
  { input: "*1\r\n$1001\r\n", requests: [], error: "invalid bulk length", limits: { maxBulkLength: 1000 } },
  {
    input: `*1\r\n$1000\r\n${"y".repeat(1000)}\r\n`,
    requests: [["y".repeat(1000)]],
    limits: { maxBulkLength: 1000 },
  },

  // Something else where an argument should be: said when the line is there.
  { input: "*1\r\nfoo\r\n", requests: [], error: "expected '$', got 'f'" },
  { input: "*1\r\n*1\r\n$4\r\nping\r\n", requests: [], error: "expected '$', got '*'" },
  { input: "*2\r\n$4\r\necho\r\n:1\r\n", requests: [], error: "expected '$', got ':'" },
  { input: "*1\r\n\xff\r\n", requests: [], error: "expected '$', got '\xff'" },
  { input: "*1\r\nfoo", requests: [] },
  { input: "*1\r\nfoo\r", requests: [] },

  // Lines are searched with strchr: what comes after a NUL is not seen.
  { input: "*\x001\r\n$4\r\nping\r\n", requests: [] },
  { input: "*1\0\r\n$4\r\nping\r\n", requests: [] },
  { input: "*1\r\n\0\r\n\r\n$4\r\nping\r\n", requests: [] },
  { input: "*1\r\n$4\0\r\nping\r\n", requests: [] },
  { input: "*1\r\n$\0\r\nping\r\n", requests: [] },
  { input: "ping\0\r\nping\r\n", requests: [] },
  { input: "echo a\0b\r\n", requests: [] },
  { input: "ping\r\n\0ping\r\n", requests: PING },
  { input: NUL.repeat(10), requests: [] },

  // Inline requests.
  { input: "ping\r\n", requests: PING },
  { input: "ping\n", requests: PING },
  { input: "ping", requests: [] },
  { input: "ping\r", requests: [] },
  { input: "\r\n\n  \r\nping\n", requests: PING },
  { input: "ping\r\n*1\r\n$4\r\nPING\r\nget  k \r\n", requests: [["ping"], ["PING"], ["get", "k"]] },
  { input: " set\tk  \t v \r\n", requests: [["set", "k", "v"]] },
  { input: "\x0b\x0c echo x\r\n", requests: [["echo", "x"]] },
  { input: "echo a\x0bb\r\n", requests: [["echo", "a\x0bb"]] },
  { input: "echo a\x0cb\r\n", requests: [["echo", "a\x0cb"]] },
  { input: "echo a\rb\r\n", requests: [["echo", "a", "b"]] },
  { input: "echo a\r\r\n", requests: [["echo", "a"]] },
  { input: "\r*1\r\n$4\r\nping\r\n", requests: [["*1"], ["$4"], ["ping"]] },
  { input: " *1\r\nping\r\n", requests: [["*1"], ["ping"]] },
  { input: "\xe4\xff \x80\r\n", requests: [["\xe4\xff", "\x80"]] },
  { input: '""\r\n', requests: [[""]] },
  { input: "set k ''\r\n", requests: [["set", "k", ""]] },
  { input: 'echo "a b"\r\n', requests: [["echo", "a b"]] },
  { input: 'echo "\\x41\\xfF\\n\\r\\t\\b\\a\\\\\\"\\q"\r\n', requests: [["echo", 'A\xff\n\r\t\b\x07\\"q']] },
  { input: 'echo "\\x4g\\x"\r\n', requests: [["echo", "x4gx"]] },
  { input: 'echo "\\x4"\r\n', requests: [["echo", "x4"]] },
  { input: "echo '\\x41\\n\\'\"'\r\n", requests: [["echo", "\\x41\\n'\""]] },
  { input: "echo \\x41 \\n\r\n", requests: [["echo", "\\x41", "\\n"]] },
  { input: "echo a\"b c\" d'e f'\r\n", requests: [["echo", "ab c", "de f"]] },
  { input: 'echo "a"\x0b\r\n', requests: [["echo", "a"]] },
  { input: 'echo "a" "b"\r\necho "c"\r\n', requests: [["echo", "a", "b"], ["echo", "c"]] },
  { input: 'echo "a"b\r\n', requests: [], error: "unbalanced quotes in request" },
  { input: "echo 'a'b\r\n", requests: [], error: "unbalanced quotes in request" },
  { input: 'echo "a\r\nb"\r\n', requests: [], error: "unbalanced quotes in request" },
  { input: 'echo "abc\\"\r\n', requests: [], error: "unbalanced quotes in request" },
  { input: "echo 'abc\\'\r\n", requests: [], error: "unbalanced quotes in request" },
  { input: 'echo "abc\\\r\n', requests: [], error: "unbalanced quotes in request" },
  { input: 'ping\r\necho "\r\nping\r\n', requests: PING, error: "unbalanced quotes in request" },

  // Lines that do not end.
  { input: "a".repeat(LINE_MAX + 1), requests: [], error: "too big inline request" },
  { input: "a".repeat(LINE_MAX), requests: [] },
  { input: `ping\r\n${"a".repeat(LINE_MAX + 1)}`, requests: PING, error: "too big inline request" },
  { input: NUL.repeat(LINE_MAX + 1), requests: [], error: "too big inline request" },
  { input: "*" + "1".repeat(LINE_MAX), requests: [], error: "too big mbulk count string" },
  { input: "*" + "1".repeat(LINE_MAX - 1), requests: [] },
  { input: "*\0\r\n" + "1".repeat(LINE_MAX), requests: [], error: "too big mbulk count string" },
  { input: "*1\r\n$" + "1".repeat(LINE_MAX), requests: [], error: "too big bulk count string" },
  { input: "*1\r\n$" + "1".repeat(LINE_MAX - 1), requests: [] },
  { input: "*1\r\nx" + "1".repeat(LINE_MAX), requests: [], error: "too big bulk count string" },

  // Limits before authentication.
  {
    input: encodeRequest([..."0123456789"]),
    requests: [[..."0123456789"]],
    limits: { authenticated: false },
  },
  {
    input: "*11\r\n",
    requests: [],
    error: "unauthenticated multibulk length",
    limits: { authenticated: false },
  },
  {
    input: "ping\r\n*2147483647\r\n$1\r\nx\r\n",
    requests: PING,
    error: "unauthenticated multibulk length",
    limits: { authenticated: false },
  },
  {
    input: `*1\r\n$16384\r\n${"z".repeat(16384)}\r\n`,
    requests: [["z".repeat(16384)]],
    limits: { authenticated: false },
  },
  {
    input: "*1\r\n$16385\r\n",
    requests: [],
    error: "unauthenticated bulk length",
    limits: { authenticated: false },
  },
  {
    input: "*2\r\n$4\r\nping\r\n$536870912\r\n",
    requests: [],
    error: "unauthenticated bulk length",
    limits: { authenticated: false },
  },
  {
    input: "*1\r\n$536870913\r\n",
    requests: [],
    error: "invalid bulk length",
    limits: { authenticated: false },
  },
];

/** Ways to cut some bytes: whole, into single bytes, and at random places. */
function* cutsOf(
  bytes: Uint8Array,
  random: { below(n: number): number },
): Generator<[string, Iterable<Uint8Array>]> {
  yield ["whole", [bytes]];
  // A line is searched again from its beginning whenever more of it comes.
  const fine = bytes.length > 10_000 ? 997 : 1;
  yield [`in pieces of ${fine}`, chunksOf(bytes, fine)];
  yield [`in pieces of ${2 * fine}`, chunksOf(bytes, 2 * fine)];
  for (let i = 0; i < 20; i++) {
    const cuts = Array.from({ length: 1 + random.below(6) }, () => random.below(bytes.length + 1));
    yield [`cut at ${cuts}`, chunksCutAt(bytes, cuts)];
  }
}

for (const vector of vectors) {
  const name = `${printable(vector.input, 120)}${
    vector.limits === undefined ? "" : ` with ${JSON.stringify(vector.limits)}`
  }`;
  Deno.test(`Decodes ${name}`, () => {
    const { input, requests, error } = vector;
    const expected: Decoded = { requests, error: error === undefined ? "" : `ERR Protocol error: ${error}` };
    withSeed((random) => {
      for (const [how, chunks] of cutsOf(bytesOf(input), random)) {
        const decoder = new RespDecoder(limits(vector.limits));
        assertDecoded(feed(decoder, chunks), expected, how);
      }
    });
  });
}

const argument = fc.oneof(
  { weight: 10, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 20 }) },
  { weight: 3, arbitrary: fc.constantFrom("", "\r\n", "*1\r\n$1\r\n", "\0", "\xff", "$", "*") },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 5000 }).map((length) => "v".repeat(length)) },
  { weight: 1, arbitrary: fc.constantFrom(65_000, 65_536, 140_000).map((length) => "w".repeat(length)) },
);

const words = fc.array(fc.stringMatching(/^[a-z0-9]{1,9}$/), { minLength: 1, maxLength: 4 });

/** A request and its bytes. */
const request = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(argument, { minLength: 1, maxLength: 6 }).map((args) => ({
      args,
      text: encodeRequest(args),
    })),
  },
  { weight: 1, arbitrary: words.map((args) => ({ args, text: args.join(" ") + "\r\n" })) },
);

const stream = fc.record({
  requests: fc.array(request, { maxLength: 12, size: "max" }),
  cuts: fc.array(fc.nat(2 ** 30), { maxLength: 30, size: "max" }),
  /** Bytes of a chunk at the most: small ones make requests lie in many chunks. */
  size: fc.constantFrom(1 << 20, 1 << 20, 16_384, 1000, 37),
});

function* cutFurther(chunks: Iterable<Uint8Array>, size: number): Generator<Uint8Array> {
  for (const chunk of chunks) yield* chunksOf(chunk, size);
}

for (const reading of ["at once", "late"] as const) {
  Deno.test(`Requests come out as they went in, wherever the chunks end, if batches are read ${reading}`, () => {
    fc.assert(
      fc.property(stream, ({ requests, cuts, size }) => {
        const bytes = bytesOf(requests.map(({ text }) => text).join(""));
        const decoder = new RespDecoder(limits());
        const decoded = feed(decoder, cutFurther(chunksCutAt(bytes, cuts), size), reading);
        assertDecoded(decoded, { requests: requests.map(({ args }) => args), error: "" }, reading);
        assert.equal(decoder.pending, 0);
      }),
      runs(300),
    );
  });
}

/** Three requests of which each chunk holds an end and a beginning, so that all of them pass through a carry. */
function straddling(): { chunks: Uint8Array[]; requests: string[][] } {
  const requests = ["a", "b", "c", "d", "e"].map((letter) => ["set", letter, letter.repeat(100)]);
  const texts = requests.map((request) => encodeRequest(request));
  const chunks = [texts[0].slice(0, 50)];
  for (let i = 1; i < texts.length; i++) chunks.push(texts[i - 1].slice(50) + texts[i].slice(0, 50));
  chunks.push(texts[texts.length - 1].slice(50));
  return { chunks: chunks.map(bytesOf), requests };
}

for (const reading of ["at once", "late"] as const) {
  Deno.test(`Batches that all lie in carried bytes are intact if they are read ${reading}`, () => {
    const { chunks, requests } = straddling();
    const decoded = feed(new RespDecoder(limits()), chunks, reading);
    assertDecoded(decoded, { requests, error: "" }, reading);
  });
}

Deno.test("A request that is too large before authentication waits, and goes on after it", () => {
  const large = ["set", "k", "v".repeat(20_000)];
  const long = Array.from({ length: 100 }, (_, i) => `argument ${i}`);
  for (const [request, message] of [[large, "bulk length"], [long, "multibulk length"]] as const) {
    const bytes = bytesOf(encodeRequest(["auth", "x"]) + encodeRequest(request) + "ping\r\n");
    const auth = encodeRequest(["auth", "x"]).length;
    // Cut nowhere, behind AUTH, in the large request's head, in its arguments, and before PING.
    for (const cut of [bytes.length, auth, auth + 2, auth + 5, auth + 20, auth + 2000, bytes.length - 6]) {
      const limitsOfClient = limits({ authenticated: false });
      const decoder = new RespDecoder(limitsOfClient);
      const requests: string[][] = [];
      for (const chunk of [bytes.slice(0, cut), bytes.slice(cut)]) {
        if (chunk.length === 0) continue;
        const batch = decoder.decode(chunk);
        requests.push(...requestsOf(batch));
        if (requests.length === 0) continue;
        // Redis authenticates the client before it looks at the next request.
        limitsOfClient.authenticated = true;
        assert.equal(batch.held, batch.error !== "");
        if (!batch.held) continue;
        assert.equal(batch.error, `ERR Protocol error: unauthenticated ${message}`);
        const rest = decoder.resume();
        assert.equal(rest.held, false);
        assert.equal(rest.error, "");
        requests.push(...requestsOf(rest));
      }
      assert.deepEqual(requests, [["auth", "x"], [...request], ["ping"]], `Cut at ${cut}`);
    }
  }
});

Deno.test("A held request stays held as long as the client is not authenticated, whatever else arrives", () => {
  const decoder = new RespDecoder(limits({ authenticated: false }));
  const first = decoder.decode(bytesOf(encodeRequest(["ping"]) + "*11\r\n$1\r\na"));
  assert.deepEqual(requestsOf(first), [["ping"]]);
  assert.ok(first.held);
  const second = decoder.decode(bytesOf("\r\n$1\r\nb\r\n"));
  assert.deepEqual(requestsOf(second), []);
  assert.ok(second.held);
  const third = decoder.resume();
  assert.ok(third.held);
  assert.equal(third.error, "ERR Protocol error: unauthenticated multibulk length");
  decoder.limits.authenticated = true;
  const rest = decoder.resume();
  assert.equal(rest.held, false);
  assert.equal(rest.error, "");
  const last = decoder.decode(bytesOf("$1\r\nc\r\n".repeat(9)));
  assert.deepEqual(requestsOf(last), [["a", "b", ..."ccccccccc"]]);
});

Deno.test("An unfinished request larger than the query buffer is the end, after the requests before it", () => {
  const unfinished = "*1\r\n$5000\r\n" + "x".repeat(989);
  const whole = encodeRequest(["ping"]);
  for (const size of [1 << 20, 100, 1]) {
    const within = feed(
      new RespDecoder(limits({ maxQueryBuffer: 1000 })),
      chunksOf(bytesOf(whole + unfinished), size),
    );
    assertDecoded(within, { requests: PING, error: "" }, `Chunks of ${size}`);
    const beyond = feed(
      new RespDecoder(limits({ maxQueryBuffer: 1000 })),
      chunksOf(bytesOf(whole + unfinished + "x"), size),
    );
    assertDecoded(beyond, { requests: PING, error: "query buffer limit" }, `Chunks of ${size}`);
  }
});

Deno.test("Limits that change apply to the next request", () => {
  const decoder = new RespDecoder(limits({ maxBulkLength: 3 }));
  assert.deepEqual(requestsOf(decoder.decode(bytesOf("*1\r\n$3\r\nabc\r\n"))), [["abc"]]);
  decoder.limits.maxBulkLength = 4;
  assert.deepEqual(requestsOf(decoder.decode(bytesOf("*1\r\n$4\r\nping\r\n"))), [["ping"]]);
  decoder.limits.maxBulkLength = 2;
  assert.equal(
    decoder.decode(bytesOf("*1\r\n$3\r\nabc\r\n")).error,
    "ERR Protocol error: invalid bulk length",
  );
});
