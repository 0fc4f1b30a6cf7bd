import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import {
  formatDouble,
  integerLength,
  isInt64Text,
  parseDouble,
  parseInt64,
  parseInteger,
  writeInteger,
} from "../../src/base/numbers.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, parseReplies } from "../support/replies.ts";
import { startOracle } from "../support/servers.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** Starts the oracle and gives `use` a function that pipelines requests to it and returns their replies. */
async function withOracle(
  use: (ask: (requests: string[][]) => Promise<ReturnType<typeof parseReplies>>) => Promise<void>,
): Promise<void> {
  // In a listpack redis-server keeps a score of -0 as the integer 0; a skip list keeps the double.
  const oracle = await startOracle(["--zset-max-listpack-entries", "0"]);
  try {
    const connection = await RawConnection.connect({ port: oracle.port });
    try {
      await use(async (requests) => {
        await connection.write(requests.map(encodeRequest).join(""));
        return parseReplies(await connection.readReplies(requests.length));
      });
    } finally {
      connection.close();
    }
  } finally {
    await oracle.stop();
  }
}

/** Runs `parse` on a text that stands between other digits, which it must not look at. */
function within<T>(parse: (bytes: Uint8Array, start: number, end: number) => T, text: string): T {
  return parse(bytesOf(`-12${text}34`), 3, 3 + text.length);
}

const notIntegers = [
  ...["", "-", "+", "+1", "-0", "00", "01", "-01", "0x10", "1.0", "1e3", " 1", "1 ", "1\n", "\x001", "1\x00"],
  ...["--1", "1-", "1a", "a", "/", ":", "1/", "1:", "\xff", "12345678/", "123456789:", "123456789012345678:"],
  ...["9223372036854775808", "-9223372036854775809", "9223372036854775810", "9223372037000000000"],
  ...["9999999999999999999", "-9999999999999999999", "10000000000000000000", "-10000000000000000000"],
  ...[
    "18446744073709551616",
    "18446744073709551615",
    "100000000000000000000",
    "123456789012345678901234567890",
  ],
];

const integers = [
  ...[0n, 1n, -1n, 9n, 10n, -10n, 99999999n, 123456789n, 999999999n, -999999999n, 1000000000n, 1000000001n],
  ...[2n ** 31n - 1n, 2n ** 31n, -(2n ** 31n), 2n ** 32n, 999999999999999999n, 1000000000000000000n],
  ...[
    2n ** 53n - 2n,
    2n ** 53n - 1n,
    2n ** 53n,
    2n ** 53n + 1n,
    1n - 2n ** 53n,
    -(2n ** 53n),
    -(2n ** 53n) - 1n,
  ],
  ...[9223372035999999999n, 9223372036000000000n, 9223372036854775799n, INT64_MAX, INT64_MAX - 1n, INT64_MIN],
];

Deno.test("parseInteger and parseInt64 read what is a canonical int64", () => {
  for (const integer of integers) {
    const text = String(integer);
    const safe = integer >= Number.MIN_SAFE_INTEGER && integer <= Number.MAX_SAFE_INTEGER;
    const expected = safe ? Number(integer) : integer < 0n ? -Infinity : Infinity;
    assert.equal(within(parseInteger, text), expected, text);
    assert.equal(within(parseInt64, text), integer, text);
    assert.equal(within(isInt64Text, text), true, text);
  }
});

Deno.test("parseInteger and parseInt64 refuse everything else", () => {
  for (const text of notIntegers) {
    assert.equal(within(parseInteger, text), NaN, text);
    assert.equal(within(parseInt64, text), null, text);
    assert.equal(within(isInt64Text, text), false, text);
  }
});

/** Integers of any length up to a little over 64 bits, and texts that are nearly integers. */
const integerText = fc.oneof(
  fc.bigInt({ min: 2n * INT64_MIN, max: 2n * INT64_MAX }).map(String),
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }).map(String),
  fc.bigInt({ min: INT64_MAX - 20n, max: INT64_MAX + 20n }).map(String),
  fc.bigInt({ min: INT64_MIN - 20n, max: INT64_MIN + 20n }).map(String),
  fc.tuple(fc.nat(19), fc.nat(9)).map(([zeros, digit]) => digit + "0".repeat(zeros)),
  fc.integer().map(String),
  fc.string({ unit: fc.constantFrom(..."00123456789-+. "), maxLength: 22 }),
  fc.tuple(fc.integer(), fc.nat(11), fc.integer({ min: 0, max: 255 })).map(([integer, at, byte]) =>
    String(integer).slice(0, at) + String.fromCharCode(byte) + String(integer).slice(at)
  ),
);

Deno.test("integers are what redis-server takes for integers", async () => {
  await withOracle(async (ask) => {
    const holds = async (texts: string[]) => {
      const replies = await ask(texts.flatMap((text) => [
        ["SET", "k", text],
        ["OBJECT", "ENCODING", "k"],
        ["SET", "n", "0"],
        ["INCRBY", "n", text],
      ]));
      texts.forEach((text, i) => {
        const encoding = replies[4 * i + 1].text;
        const sum = replies[4 * i + 3];
        assert.equal(within(isInt64Text, text), encoding === "int", JSON.stringify(text));
        const exact = within(parseInt64, text);
        assert.equal(
          exact === null ? "error" : `:${exact}`,
          sum.type === "-" ? "error" : `:${sum.text}`,
          text,
        );
        const value = within(parseInteger, text);
        if (exact === null) assert.equal(value, NaN);
        else if (Number.isSafeInteger(Number(exact))) assert.equal(value, Number(exact));
        else assert.equal(value, exact < 0n ? -Infinity : Infinity);
      });
    };
    await holds([...notIntegers, ...integers.map(String)]);
    await fc.assert(fc.asyncProperty(fc.array(integerText, { maxLength: 500, size: "max" }), holds), {
      numRuns: 10,
    });
  });
});

/** What writeInteger writes; checks that it leaves its surroundings alone and that integerLength agrees. */
function written(value: number): string {
  const target = new Uint8Array(30).fill(33);
  const end = writeInteger(target, 5, value);
  assert.equal(byteString(target, 0, 5), "!!!!!");
  assert.equal(byteString(target, end), "!".repeat(30 - end));
  assert.equal(integerLength(value), end - 5, String(value));
  return byteString(target, 5, end);
}

Deno.test("writeInteger writes every number of digits, and both sides of every boundary", () => {
  const near = [0, 2 ** 31, 2 ** 32, 2 ** 52, Number.MAX_SAFE_INTEGER];
  for (let power = 0; power <= 15; power++) near.push(10 ** power);
  // Quotients by 10^9 that are hardest to round down: just under an integer, as large as they get.
  for (let high = 9007190; high < 9007199; high++) near.push(high * 1e9);
  for (const middle of near) {
    for (let offset = -12; offset <= 12; offset++) {
      const value = middle + offset;
      if (!Number.isSafeInteger(value)) continue;
      assert.equal(written(value), String(value));
      assert.equal(written(-value), String(-value));
    }
  }
  for (let value = -20000; value <= 20000; value++) assert.equal(written(value), String(value));
});

Deno.test("writeInteger writes what JavaScript prints, and parseInteger reads it back", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.integer({ min: -1000, max: 1000 })),
      (value) => {
        const text = written(value);
        assert.equal(text, String(value));
        assert.equal(within(parseInteger, text), Number(text));
      },
    ),
    { numRuns: 5000 },
  );
});

const notDoubles = [
  ...[
    "",
    " ",
    " 1",
    "1 ",
    "\t1",
    "\n1",
    "1\n",
    "1\x00",
    "\x00",
    ".",
    "-",
    "+",
    "-.",
    "+-1",
    "--1",
    "e5",
    ".e5",
    "1e",
  ],
  ...[
    "1e+",
    "1e5.5",
    "1.1.1",
    "1,5",
    "1_0",
    "1n",
    "1d5",
    "0b1",
    "0o7",
    "0x",
    "0x.",
    "0xp1",
    "0x1p",
    "0x1g",
    "nan",
  ],
  ...[
    "NaN",
    "-nan",
    "nan(1)",
    "infinit",
    "infinity1",
    "in",
    "true",
    "1e309",
    "-1e309",
    "1e400",
    "1e-400",
    "1e-324",
  ],
  ...[
    "1.7976931348623159e308",
    "2.4703282292062327e-324",
    "0x1p1024",
    "0x1p-1075",
    "0x1.fffffffffffff8p1023",
  ],
  ...[
    "1e99999999999999999999",
    "1e-99999999999999999999",
    "0x1p99999999999999999999",
    "0x1p-99999999999999999999",
  ],
];

const doubles = [
  ...[
    "0",
    "-0",
    "+0",
    "0.0",
    "-0.0",
    "0e999999999999999999",
    "3.0",
    "1",
    "-1",
    "+1",
    ".5",
    "5.",
    "1E5",
    "1e-7",
    "0.1",
  ],
  ...[
    "1e15",
    "1e16",
    "1e17",
    "1e20",
    "1e21",
    "1e22",
    "1e23",
    "123456789012345680",
    "0.0001",
    "0.00001",
    "0.000012345",
  ],
  ...[
    "72057594037927936",
    "9007199254740993",
    "100000000000000000000000",
    "1.5e300",
    "-2.5e-300",
    "3.14159265358979",
  ],
  ...[
    "inf",
    "-inf",
    "+inf",
    "INF",
    "Infinity",
    "-iNfInItY",
    "0x10",
    "-0X1.8P3",
    "0x.8",
    "0x8.",
    "0x1p-3",
    "0x00p5",
  ],
  ...[
    "5e-324",
    "2.4703282292062328e-324",
    "2.2250738585072011e-308",
    "2.2250738585072014e-308",
    "0x1.00001p-1075",
  ],
  ...[
    "1.7976931348623157e308",
    "1.7976931348623158e308",
    "0x1.fffffffffffffp1023",
    "0x1.fffffffffffff7p1023",
  ],
  ...[
    "0x1.00000000000008p0",
    "0x1.00000000000018p0",
    "0x1.000000000000080000000001p0",
    "0x123456789abcdef01234",
  ],
  // 18 digits of which the last is a 5: halves, which printf rounds to the even digit.
  ...[
    "1125899906842624.25",
    "1125899906842624.75",
    "-1125899906842625.25",
    "562949953421312.125",
    "562949953421313.375",
  ],
  "9".repeat(400) + "e-390",
  "0." + "0".repeat(350) + "1e351",
  "179769313486231580793" + "0".repeat(288),
];

/** Texts of doubles from all over their range, halves of the 17th digit, and texts that are nearly doubles. */
const doubleText = fc.oneof(
  fc.double({ noNaN: true }).map((value) => String(value).replace("Infinity", "inf")),
  fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((value) => value.toPrecision(6)),
  fc.double({ noNaN: true, min: -5e-308, max: 5e-308 }).map(String),
  fc.tuple(fc.maxSafeInteger(), fc.nat(60)).map(([mantissa, shift]) => String(mantissa / 2 ** shift)),
  fc.tuple(fc.integer({ min: 2 ** 52, max: 2 ** 53 - 1 }), fc.constantFrom(4, 8)).map(([mantissa, divisor]) =>
    String(mantissa / divisor)
  ),
  fc.tuple(fc.nat(), fc.nat({ max: 999999 }), fc.integer({ min: -345, max: 320 })).map(
    ([integer, fraction, power]) => `${integer}.${fraction}e${power}`,
  ),
  fc.tuple(fc.bigInt({ min: 1n, max: 2n ** 80n }), fc.nat(20), fc.integer({ min: -1160, max: 1030 })).map(
    ([mantissa, point, power]) => {
      const digits = mantissa.toString(16);
      return `-0x${digits.slice(0, point)}.${digits.slice(point)}p${power}`;
    },
  ),
  fc.string({ unit: fc.constantFrom(..."0123456789..eE+-xXpPinfa "), maxLength: 9 }),
);

Deno.test("doubles are read and printed as redis-server reads and prints scores", async () => {
  await withOracle(async (ask) => {
    const holds = async (texts: string[]) => {
      const replies = await ask(texts.flatMap((text) => [
        ["DEL", "z"],
        ["ZADD", "z", text, "m"],
        ["ZSCORE", "z", "m"],
      ]));
      texts.forEach((text, i) => {
        const value = parseDouble(text);
        const expected = replies[3 * i + 1].type === "-" ? "refused" : replies[3 * i + 2].text;
        assert.equal(Number.isNaN(value) ? "refused" : formatDouble(value), expected, JSON.stringify(text));
      });
    };
    await holds([...notDoubles, ...doubles]);
    for (const text of notDoubles) assert.equal(parseDouble(text), NaN, JSON.stringify(text));
    for (const text of doubles) assert.notEqual(parseDouble(text), NaN, text);
    await fc.assert(fc.asyncProperty(fc.array(doubleText, { maxLength: 500, size: "max" }), holds), {
      numRuns: 12,
    });

    await ask([["HELLO", "3"]]);
    const printed = doubles.map((text) => `,${formatDouble(parseDouble(text))}\r\n`);
    const replies = await ask(
      doubles.flatMap((text) => [["DEL", "z"], ["ZADD", "z", text, "m"], ["ZSCORE", "z", "m"]]),
    );
    assert.deepEqual(replies.filter((_, i) => i % 3 === 2).map((reply) => reply.raw), printed);
  });
});

Deno.test("formatDouble prints printf's %.17g", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [-0, "-0"],
    [3, "3"],
    [-7, "-7"],
    [0.1, "0.10000000000000001"],
    [1e-7, "9.9999999999999995e-08"],
    [0.00001, "1.0000000000000001e-05"],
    [1e16, "10000000000000000"],
    [1e17, "1e+17"],
    [1e21, "1e+21"],
    [123456789012345680, "1.2345678901234568e+17"],
    [72057594037927936, "72057594037927936"],
    [1125899906842624.25, "1125899906842624.2"],
    [1125899906842624.75, "1125899906842624.8"],
    [5e-324, "4.9406564584124654e-324"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [NaN, "nan"],
  ];
  for (const [value, text] of cases) assert.equal(formatDouble(value), text);
});
