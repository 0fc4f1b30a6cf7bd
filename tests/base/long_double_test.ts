import assert from "node:assert/strict";
import fc from "fast-check";
import { addLongDouble, formatLongDouble, parseLongDouble } from "../../src/base/long_double.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, parseReplies } from "../support/replies.ts";
import { startOracle } from "../support/servers.ts";

/** What INCRBYFLOAT answers, as its raw reply. */
function incrementByFloat(value: string, increment: string): string {
  const a = parseLongDouble(value);
  const b = parseLongDouble(increment);
  if (a === null || b === null) return "-ERR value is not a valid float\r\n";
  const sum = addLongDouble(a, b);
  if (sum.kind !== "finite") return "-ERR increment would produce NaN or Infinity\r\n";
  const text = formatLongDouble(sum);
  return `$${text.length}\r\n${text}\r\n`;
}

const edges = [
  ...[
    "",
    " ",
    " 1",
    "1 ",
    "\t1",
    "1\n",
    "1\x00",
    "\x00",
    ".",
    "-",
    "+",
    "+-1",
    "e5",
    ".e5",
    "1e",
    "1e+",
    "1,5",
    "0b1",
  ],
  ...[
    "nan",
    "-nan",
    "nan(1)",
    "inf",
    "-inf",
    "+inf",
    "INFINITY",
    "infinit",
    "infinity1",
    "0x",
    "0x.",
    "0xp1",
    "0x1p",
  ],
  ...[
    "0",
    "-0",
    "+0",
    "0.0",
    "0e999999999999999999",
    "-0e-999999999999999999",
    "5.",
    ".5",
    "1E5",
    "3.0",
    "0.1",
    "-0.1",
  ],
  ...["0x10", "-0X1.8P3", "0x.8", "0x8.", "0x1p-3", "0x00p5", "9223372036854775807", "-9223372036854775808"],
  ...["18446744073709551615", "18446744073709551616", "18446744073709551617", "36893488147419103233"],
  ...["1e4932", "1e4933", "-1e4933", "1e-4950", "1e-4951", "1e-4952", "1e99999999999999999999"],
  ...["1e-99999999999999999999", "0x1p99999999999999999999", "0x1p-99999999999999999999"],
  // The largest number, and what still rounds to it.
  ...["1.18973149535723176502e4932", "1.18973149535723176509e4932", "0x1.fffffffffffffffep16383"],
  ...["0x1.fffffffffffffffeffp16383", "0x1.ffffffffffffffffp16383", "0x1p16383", "0x1p16384"],
  // The smallest number, and what is half of it.
  ...["3.6451995318824746025e-4951", "1.82259976594123730126e-4951", "1.82259976594123730127e-4951"],
  ...["0x1p-16445", "0x1p-16446", "0x1.0000001p-16446", "3.3621031431120935063e-4932"],
  // The 18th decimal place, rounded.
  ...["0.000000000000000005", "0.000000000000000015", "-0.000000000000000004", "0.999999999999999995"],
  ...["0.00000762939453125", "0x1p-18", "0x3p-18"],
  // As long as Redis takes them, and longer.
  ...[
    "9".repeat(5119),
    "1" + "0".repeat(4932),
    "1" + "0".repeat(5000) + "e-5000",
    "0." + "0".repeat(5000) + "1e5001",
  ],
  ...[
    "0".repeat(5118) + "1",
    "0".repeat(5119) + "1",
    "1e" + "0".repeat(5116) + "1",
    "1e" + "0".repeat(5117) + "1",
  ],
  ...["0." + "0".repeat(4940) + "9".repeat(150), "0." + "3".repeat(5117), "0." + "3".repeat(5118)],
];

const digits = (maxLength: number) => fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength });

const numberText = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
  fc.tuple(fc.integer({ min: -9999, max: 9999 }), fc.nat(999)).map(([integer, fraction]) =>
    `${integer}.${fraction}`
  ),
  fc.double({ noNaN: true }).map((value) => String(value).replace("Infinity", "inf")),
  fc.tuple(digits(21), digits(25)).map(([integer, fraction]) => `-${integer}.${fraction}`),
  fc.tuple(digits(21), digits(21), fc.integer({ min: -45, max: 30 })).map(([integer, fraction, power]) =>
    `${integer}.${fraction}e${power}`
  ),
  fc.tuple(digits(30), fc.integer({ min: -5000, max: 4950 })).map(([integer, power]) =>
    `${integer}e${power}`
  ),
  // Halves between two numbers with 64 bits, and their neighbours.
  fc.tuple(
    fc.bigInt({ min: 2n ** 63n, max: 2n ** 64n - 1n }),
    fc.constantFrom("", ".0", ".0000000000000000001"),
  ).map(
    ([mantissa, end]) => String(2n * mantissa + 1n) + end,
  ),
  fc.tuple(fc.bigInt({ min: 1n, max: 2n ** 80n }), fc.nat(20), fc.integer({ min: -16500, max: 16400 })).map(
    ([mantissa, point, power]) => {
      const hexadecimal = mantissa.toString(16);
      return `0x${hexadecimal.slice(0, point)}.${hexadecimal.slice(point)}p${power}`;
    },
  ),
  fc.string({ unit: fc.constantFrom(..."0123456789..eE+-xXpPinfa "), maxLength: 9 }),
  fc.constantFrom(...edges),
);

Deno.test("INCRBYFLOAT answers what redis-server answers", async () => {
  const oracle = await startOracle();
  try {
    const connection = await RawConnection.connect({ port: oracle.port });
    const holds = async (pairs: [string, string][]) => {
      const requests = pairs.flatMap(([value, increment]) => [
        ["SET", "k", value],
        ["INCRBYFLOAT", "k", increment],
      ]);
      await connection.write(requests.map(encodeRequest).join(""));
      const replies = parseReplies(await connection.readReplies(requests.length));
      pairs.forEach(([value, increment], i) => {
        assert.equal(
          incrementByFloat(value, increment),
          replies[2 * i + 1].raw,
          JSON.stringify([value, increment]),
        );
      });
    };
    try {
      const increments = ["0", "1", "-0.1", "1e4932", "-1e-4950", "inf", "-inf"];
      await holds(
        edges.flatMap((edge) => increments.map((increment): [string, string] => [edge, increment])),
      );
      const pairs = fc.array(fc.tuple(numberText, numberText), { maxLength: 400, size: "max" });
      await fc.assert(fc.asyncProperty(pairs, holds), { numRuns: 12 });
    } finally {
      connection.close();
    }
  } finally {
    await oracle.stop();
  }
});

Deno.test("the examples of Redis's documentation", () => {
  // https://redis.io/docs/latest/commands/incrbyfloat/ and hincrbyfloat/
  assert.equal(incrementByFloat("10.50", "0.1"), "$4\r\n10.6\r\n");
  assert.equal(incrementByFloat("10.6", "-5"), "$3\r\n5.6\r\n");
  assert.equal(incrementByFloat("5.0e3", "2.0e2"), "$4\r\n5200\r\n");
});

Deno.test("infinities and what comes of them", () => {
  const infinity = parseLongDouble("inf")!;
  const minusInfinity = parseLongDouble("-Infinity")!;
  const one = parseLongDouble("1")!;
  assert.equal(formatLongDouble(addLongDouble(infinity, one)), "inf");
  assert.equal(formatLongDouble(addLongDouble(one, minusInfinity)), "-inf");
  assert.equal(formatLongDouble(addLongDouble(infinity, infinity)), "inf");
  const undefinedSum = addLongDouble(infinity, minusInfinity);
  assert.equal(undefinedSum.kind, "nan");
  assert.equal(formatLongDouble(addLongDouble(undefinedSum, one)), "nan");
  const largest = parseLongDouble("0x1.fffffffffffffffep16383")!;
  assert.equal(addLongDouble(largest, largest).kind, "infinite");
  assert.equal(addLongDouble(largest, one).kind, "finite");
});
