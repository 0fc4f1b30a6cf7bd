/**
 * INCR, DECR, INCRBY, DECRBY and INCRBYFLOAT: 64-bit arithmetic to its edges, and how floats are read and printed.
 *
 * @module
 */

import { approximate, caseGroup, type ParityCase, wrongArity } from "../case.ts";

/** Values that are, look like, or just miss being 64-bit integers. */
const integers = [
  "0",
  "-1",
  "1",
  "41",
  "9223372036854775806",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775807",
  "-9223372036854775808",
  "-9223372036854775809",
  "18446744073709551616",
  "123456789012345678901234567890",
  "9007199254740991",
  "9007199254740993",
  "-9007199254740993",
  "",
  " ",
  " 1",
  "1 ",
  "1\n",
  "1\x00",
  "+1",
  "-0",
  "00",
  "01",
  "-01",
  "--1",
  "-",
  "1.0",
  "1e3",
  "0x10",
  "abc",
  "1a",
  "\xff",
];

const increments = [
  "0",
  "1",
  "-1",
  "100",
  "-100",
  "9223372036854775807",
  "-9223372036854775808",
  "-9223372036854775807",
  "9223372036854775808",
  "",
  " 1",
  "01",
  "+5",
  "1.5",
  "abc",
];

const starts = [undefined, "10", "-10", "9223372036854775807", "-9223372036854775808", "-1", "0"];

function integerCases(): ParityCase[] {
  const cases: ParityCase[] = [];
  for (const value of integers) {
    for (const command of ["INCR", "DECR"]) {
      cases.push({
        name: `${command} of ${JSON.stringify(value)}`,
        send: [["SET", "k", value], [command, "k"], "GET k", "OBJECT ENCODING k"],
      });
    }
  }
  for (const increment of increments) {
    for (const command of ["INCRBY", "DECRBY"]) {
      cases.push({
        name: `${command} ${JSON.stringify(increment)} from several starts`,
        send: starts.flatMap((start, index) => [
          ...(start === undefined ? [] : [["SET", `k${index}`, start]]),
          [command, `k${index}`, increment],
          ["GET", `k${index}`],
        ]),
      });
    }
  }
  return cases;
}

/** Values that INCRBYFLOAT reads or refuses. */
const floats = [
  "0",
  "-0",
  "1",
  "10.50",
  "5.0e3",
  "2.0e2",
  "3.0e3",
  "0.1",
  "0.2",
  "0.3",
  "-0.1",
  ".5",
  "5.",
  "1e2",
  "1E2",
  "1e-5",
  "1e-17",
  "1e-18",
  "5e-18",
  "1e17",
  "1e18",
  "1e20",
  "3.141592653589793238462643383279",
  "1.7976931348623157",
  "0.30000000000000004",
  "123456789.123456789",
  "9007199254740993",
  "9223372036854775807",
  "-9223372036854775808",
  "18446744073709551617",
  "99999999999999999.5",
  "inf",
  "+inf",
  "-inf",
  "Infinity",
  "INFINITY",
  "nan",
  "NaN",
  "-nan",
  "",
  " ",
  " 1.5",
  "1.5 ",
  "+1.5",
  "--1",
  "1.5.5",
  "1,5",
  "abc",
  "1.5abc",
  "e5",
  "1e",
  "0x10",
  "0x1p4",
  "1.5\x00",
  "\xff",
];

/** Sums whose digits show the width of the arithmetic: Redis adds in 80 bits and prints 17 decimals. */
const sums = [
  ["0.1", "0.2"],
  ["10.50", "0.1"],
  ["5.0e3", "2.0e2"],
  ["3.0", "1.1"],
  ["1", "-0.9"],
  ["0.3", "-0.1"],
  ["1e15", "0.1"],
  ["1e17", "0.1"],
  ["1e17", "1"],
  ["9007199254740992", "1"],
  ["9007199254740993", "2"],
  ["9223372036854775807", "1"],
  ["18446744073709551615", "1"],
  ["123456789.987654321", "987654321.123456789"],
  ["1e-17", "1e-17"],
  ["1e-16", "2e-16"],
  ["4e-18", "4e-18"],
  ["1e-10", "1"],
  ["3.14159265358979", "0.00000000000000323846"],
  ["0.7", "0.1"],
  ["2.675", "0.005"],
  ["100", "-100"],
  ["-0.5", "0.5"],
  ["1.1", "2.2"],
  ["1e21", "1"],
  ["1e25", "0.5"],
  ["-1e-18", "0"],
  ["1.005", "1000"],
  ["99.99", "0.01"],
  ["1234.5678", "-1234.5677"],
  ["0.000001", "0.0000001"],
  ["1e300", "1"],
  ["1.7e308", "1.7e308"],
];

function floatCases(): ParityCase[] {
  return [
    ...floats.map((value): ParityCase => ({
      name: `INCRBYFLOAT of ${JSON.stringify(value)}`,
      send: [["SET", "k", value], "INCRBYFLOAT k 1", "GET k"],
    })),
    ...floats.map((value): ParityCase => ({
      name: `INCRBYFLOAT by ${JSON.stringify(value)}`,
      send: [
        ["INCRBYFLOAT", "missing", value],
        "GET missing",
        "SET k 3",
        ["INCRBYFLOAT", "k", value],
        "GET k",
      ],
    })),
    ...sums.map(([start, increment]): ParityCase => ({
      name: `INCRBYFLOAT ${start} + ${increment}`,
      send: [["SET", "k", start], ["INCRBYFLOAT", "k", increment], "GET k", "STRLEN k"],
    })),
    {
      name: "INCRBYFLOAT a hundred times 0.1",
      send: [...Array.from({ length: 100 }, () => "INCRBYFLOAT k 0.1"), "GET k"],
    },
  ];
}

/** The cases of this file. */
export const counters = caseGroup("counters", [
  ...wrongArity("INCR", [0, 2]),
  ...wrongArity("DECR", [0, 2]),
  ...wrongArity("INCRBY", [1, 3]),
  ...wrongArity("DECRBY", [1, 3]),
  ...wrongArity("INCRBYFLOAT", [1, 3]),
  ...integerCases(),
  ...floatCases(),
  { name: "INCR from nothing", send: ["INCR k", "INCR k", "DECR k", "DECR k", "DECR k", "GET k"] },
  { name: "INCR keeps the expiry", send: ["SET k 1 EX 100", "INCR k", approximate("TTL k", 1)] },
  {
    name: "INCRBYFLOAT keeps the expiry",
    send: ["SET k 1 EX 100", "INCRBYFLOAT k 1.5", approximate("TTL k", 1)],
  },
  {
    name: "INCRBYFLOAT changes the encoding",
    send: ["SET k 1", "INCRBYFLOAT k 1", "OBJECT ENCODING k", "INCR k", "OBJECT ENCODING k"],
  },
  {
    name: "a failed INCR leaves the key",
    send: ["SET k abc EX 100", "INCR k", "GET k", approximate("TTL k", 1)],
  },
  { name: "a failed INCRBY creates no key", send: ["INCRBY k abc", "INCRBYFLOAT k abc", "EXISTS k"] },
]);
