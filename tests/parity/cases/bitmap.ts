/**
 * The group "bitmap".
 *
 * @module
 */

import { caseGroup, type Command, each, type ParityCase, wrongArity } from "../case.ts";

/** Bits 4 to 11 and 20 to 23 are set. */
const BITS: Command = ["SET", "k", "\x0f\xf0\x0f"];
/** Long enough for words, with single bits at both ends. */
const LONG: readonly Command[] = ["SETBIT k 3 1", "SETBIT k 10000 1", "SETBIT k 20007 1"];
const LIST: Command = "RPUSH list a";

const offsets = [
  "0",
  "7",
  "8",
  "4294967295",
  "4294967296",
  "9223372036854775807",
  "9223372036854775808",
  "-1",
  "abc",
  "1.0",
  "01",
  "",
  "#1",
];

const setbitCases: ParityCase[] = [
  ...wrongArity("SETBIT", [0, 1, 2, 4]),
  ...wrongArity("GETBIT", [0, 1, 3]),
  {
    name: "SETBIT makes, grows and changes",
    send: [
      "SETBIT k 7 1",
      "GET k",
      "SETBIT k 7 0",
      "SETBIT k 7 0",
      "SETBIT k 100 0",
      "STRLEN k",
      "SETBIT k 0 1",
      "GET k",
      "OBJECT ENCODING k",
    ],
  },
  {
    name: "SETBIT in a number makes it raw",
    send: ["SET k 123", "GETBIT k 2", "GETBIT k 3", "SETBIT k 3 1", "GET k", "OBJECT ENCODING k"],
  },
  { name: "SETBIT keeps the expiry", send: ["SET k v EXAT 33177117420", "SETBIT k 500 1", "EXPIRETIME k"] },
  ...each(offsets.filter((offset) => offset !== "4294967295").map((offset) => ["SETBIT", "k", offset, "1"])),
  ...each(offsets.map((offset) => ["GETBIT", "k", offset]), { before: [BITS] }),
  ...each(
    ["0", "1", "2", "-1", "abc", "9223372036854775808", "01", ""].map((bit) => ["SETBIT", "k", "1", bit]),
    {
      before: [BITS],
      after: ["GET k"],
    },
  ),
  ...each(["SETBIT list 0 1", "SETBIT list -1 1", "SETBIT list 0 2", "GETBIT list 0", "GETBIT list -1"], {
    before: [LIST],
  }),
];

const ranges = [
  "",
  "0 0",
  "1 1",
  "0 -1",
  "1 -1",
  "-2 -1",
  "-1 -2",
  "5 10",
  "-100 -50",
  "2 1",
  "0 100",
  "-100 1",
];
const wideRanges = [
  "9223372036854775807 9223372036854775807",
  "-9223372036854775808 9223372036854775807",
  "-9223372036854775807 -9223372036854775808",
  "9223372036854775808 0",
  "0 9223372036854775808",
  "abc 0",
  "0 abc",
];

/** BITCOUNT and BITPOS with each range, in bytes, in bits and in neither. */
function rangeCases(): ParityCase[] {
  const requests: string[][] = [];
  for (const command of ["BITCOUNT k", "BITPOS k 0", "BITPOS k 1"]) {
    for (const range of [...ranges, ...wideRanges]) {
      const words = [...command.split(" "), ...range.split(" ").filter((word) => word !== "")];
      requests.push(words);
      if (range === "") continue;
      for (const unit of ["BYTE", "bit", "JUNK"]) requests.push([...words, unit]);
    }
  }
  return [
    ...each(requests, { before: [BITS] }).map((one, i) => ({
      ...one,
      name: `${requests[i].join(" ")} of 3 bytes`,
    })),
    ...each(requests).map((one, i) => ({ ...one, name: `${requests[i].join(" ")} of nothing` })),
    ...each(requests.filter((words) => !words.includes("JUNK")), { before: LONG }).map((one) => ({
      ...one,
      name: `${(one.send.at(-1) as string[]).join(" ")} of 2501 bytes`,
    })),
  ];
}

const countCases: ParityCase[] = [
  ...wrongArity("BITCOUNT", [0]),
  ...wrongArity("BITPOS", [0, 1]),
  ...rangeCases(),
  ...each(["BITCOUNT k 0", "BITCOUNT k 0 -1 BIT BIT", "BITPOS k 1 0 -1 BIT BIT", "BITPOS k 1 0 BIT"], {
    before: [BITS],
  }),
  ...each(["BITCOUNT list", "BITCOUNT list a b", "BITPOS list 1", "BITPOS list 2", "BITPOS list 1 a"], {
    before: [LIST],
  }),
  ...each(["2", "-1", "abc", "", "9223372036854775808"].map((bit) => ["BITPOS", "k", bit]), {
    before: [BITS],
  }),
  ...[
    "BITPOS k 0",
    "BITPOS k 0 0",
    "BITPOS k 0 0 -1",
    "BITPOS k 0 4",
    "BITPOS k 0 2 2",
    "BITPOS k 0 3 20 BIT",
  ].map((
    request,
  ) => ({ name: `${request} of ones`, send: [["SET", "k", "\xff\xff\xff"], request] })),
  ...["BITPOS k 0", "BITPOS k 1", "BITPOS k 0 0", "BITPOS k 0 0 -1", "BITCOUNT k"].map((request) => ({
    name: `${request} of an empty string`,
    send: [["SET", "k", ""], request],
  })),
  {
    name: "BITCOUNT of a number",
    send: ["SET k 12345678", "BITCOUNT k", "BITCOUNT k 3 9 BIT", "BITPOS k 1"],
  },
  {
    name: "BITPOS in a long run",
    send: [
      ["SET", "k", "\xff".repeat(1000) + "\xfe" + "\xff".repeat(999)],
      "BITPOS k 0",
      "BITPOS k 0 1001",
      "BITPOS k 0 1001 -1",
      "BITPOS k 0 8007 8007 BIT",
      "BITPOS k 0 3 8006 BIT",
    ],
  },
];

const A: Command = ["SET", "a", "\x0f\x33\x55 and more of it"];
const B: Command = ["SET", "b", "\xff\x0f"];
const C: Command = ["SET", "c", "\x81\x42\x24\x18".repeat(30)];

const operationCases: ParityCase[] = [
  ...wrongArity("BITOP", [0, 1, 2]),
  ...each(
    ["AND", "or", "XoR"].flatMap((operation) =>
      ["a", "a b", "b a", "a b c", "c missing", "missing c", "a a", "c c c", "d a"].map((sources) =>
        `BITOP ${operation} d ${sources}`
      )
    ),
    { before: [A, B, C], after: ["GET d", "OBJECT ENCODING d"] },
  ),
  ...each(["BITOP NOT d a", "BITOP NOT a a", "BITOP not d missing", "BITOP NOT d a b", "BITOP NOT d"], {
    before: [A, B, "SET d old"],
    after: ["GET d", "GET a"],
  }),
  ...each([
    "BITOP JUNK d a",
    "BITOP JUNK list list",
    "BITOP AND d a list",
    "BITOP AND d list a",
    "BITOP NOT d list a",
  ], {
    before: [A, LIST],
    after: ["EXISTS d"],
  }),
  {
    name: "BITOP over another type and an expiry",
    send: [A, LIST, "BITOP OR list a", "GET list", "SET e x EX 100", "BITOP OR e a", "TTL e", "TYPE list"],
  },
  {
    name: "BITOP of nothing removes",
    send: ["SET d old", "BITOP AND d x y", "EXISTS d", "BITOP OR d x", ["SET", "x", ""], "BITOP XOR d x x"],
  },
  {
    name: "BITOP over one of its own long sources",
    send: [
      "SETRANGE x 70000 abc",
      ["SETRANGE", "y", "30000", "\xff\x0f"],
      "BITOP XOR x y x",
      "BITCOUNT x",
      "STRLEN x",
      "BITOP OR y x y",
      "STRLEN y",
      "BITCOUNT y",
      "GETRANGE y 29998 30004",
      "BITOP NOT y y",
      "BITCOUNT y",
      "BITOP AND z x y",
      "BITCOUNT z",
    ],
  },
  {
    name: "BITOP DIFF, DIFF1, ANDOR and ONE",
    send: [
      ["SET", "x", "\x0f\xff"],
      ["SET", "y", "\x33"],
      ["SET", "z", "\x55\x01\x80"],
      "BITOP DIFF d x y z",
      "GET d",
      "BITOP DIFF1 d x y z",
      "GET d",
      "BITOP ANDOR d x y z",
      "GET d",
      "BITOP ONE d x y z",
      "GET d",
      "BITOP ONE d x",
      "BITOP diff d x",
      "BITOP DIFF1 d x",
      "BITOP andor d x",
    ],
    // By hand: x is 00001111 11111111, y 00110011, z 01010101 00000001 10000000.
    expect: {
      since: "8.2",
      resp2: [
        "+OK\r\n",
        "+OK\r\n",
        "+OK\r\n",
        ":3\r\n",
        "$3\r\n\x08\xfe\x00\r\n",
        ":3\r\n",
        "$3\r\n\x70\x00\x80\r\n",
        ":3\r\n",
        "$3\r\n\x07\x01\x00\r\n",
        ":3\r\n",
        "$3\r\n\x68\xfe\x80\r\n",
        ":2\r\n",
        "-ERR BITOP DIFF must be called with at least two source keys.\r\n",
        "-ERR BITOP DIFF1 must be called with at least two source keys.\r\n",
        "-ERR BITOP ANDOR must be called with at least two source keys.\r\n",
      ],
    },
  },
];

const types = [
  "u1",
  "u8",
  "u63",
  "u64",
  "u0",
  "i1",
  "i64",
  "i65",
  "i0",
  "U8",
  "I8",
  "8",
  "u",
  "",
  "u08",
  "u-1",
  "ux",
];
const fieldOffsets = [
  "0",
  "#1",
  "#0",
  "-1",
  "#-1",
  "#",
  "",
  "abc",
  "4294967295",
  "4294967296",
  "#9223372036854775807",
];
const edges = [
  "127",
  "128",
  "-128",
  "-129",
  "255",
  "256",
  "-1",
  "9223372036854775807",
  "-9223372036854775808",
];

/** SET and INCRBY of values around the edges, with each way of overflowing. */
function overflowCases(): ParityCase[] {
  const cases: ParityCase[] = [];
  for (const overflow of ["WRAP", "SAT", "FAIL"]) {
    for (const type of ["u8", "i8", "u32", "i32", "u52", "i53", "u63", "i63", "i64"]) {
      cases.push({
        name: `BITFIELD ${type} overflows: ${overflow}`,
        send: edges.flatMap((value) => [
          ["SET", "k", "\x7f\xff\xff\x80\x01"],
          ["BITFIELD", "k", "OVERFLOW", overflow, "SET", type, "3", value, "GET", type, "3"],
          ["BITFIELD", "k", "overflow", overflow, "incrby", type, "#1", value, "incrby", type, "#1", value],
          "GET k",
        ]),
      });
    }
  }
  return cases;
}

const fieldCases: ParityCase[] = [
  ...wrongArity("BITFIELD", [0]),
  ...wrongArity("BITFIELD_RO", [0]),
  ...each(types.map((type) => ["BITFIELD", "k", "GET", type, "3", "SET", type, "1", "1"]), {
    before: [BITS],
    after: ["GET k"],
  }),
  ...each(fieldOffsets.map((offset) => ["BITFIELD", "k", "GET", "u4", offset]), { before: [BITS] }),
  ...each(
    ["abc", "", "1.0", "9223372036854775808"].map((value) => ["BITFIELD", "k", "INCRBY", "u4", "0", value]),
  ),
  ...overflowCases(),
  ...each(
    [
      "BITFIELD k",
      "BITFIELD_RO k",
      "BITFIELD missing",
      "BITFIELD missing GET u8 0 GET i64 100",
      "BITFIELD k GET u8",
      "BITFIELD k SET u8 0",
      "BITFIELD k JUNK u8 0",
      "BITFIELD k OVERFLOW",
      "BITFIELD k OVERFLOW JUNK",
      "BITFIELD k OVERFLOW SAT",
      "BITFIELD k SET u8 0 1 GET u65 0",
      "BITFIELD k GET u8 20 GET i16 16 GET u63 0 GET i64 0",
      "BITFIELD k SET u8 100 1 GET u8 96",
      "BITFIELD_RO k GET u8 0",
      "BITFIELD_RO k SET u8 0 1",
      "BITFIELD_RO k GET u8 0 INCRBY u8 0 1",
      "BITFIELD_RO k OVERFLOW SAT GET u8 0",
      "BITFIELD_RO k SET u8 0 abc",
      "BITFIELD k overflow fail INCRBY u2 100 5",
      "BITFIELD new overflow fail INCRBY u2 100 5",
    ],
    { before: [BITS], after: ["GET k", "STRLEN new", "OBJECT ENCODING k"] },
  ),
  ...each([
    "BITFIELD list",
    "BITFIELD list GET u8 0",
    "BITFIELD list SET u8 0 1",
    "BITFIELD list SET u8 0",
    "BITFIELD_RO list SET u8 0 1",
  ], { before: [LIST] }),
  ...[
    "BITFIELD k GET u8 0",
    "BITFIELD k GET u8 0 OVERFLOW SAT GET u8 0",
    "BITFIELD k GET u8 0 SET u8 0 1",
    "BITFIELD k INCRBY u8 0 1",
    "BITFIELD k GET u8",
    "BITFIELD k",
  ].map((request) => ({ send: [`COMMAND GETKEYSANDFLAGS ${request}`] })),
];

/** All cases. */
export const bitmap = caseGroup("bitmap", [...setbitCases, ...countCases, ...operationCases, ...fieldCases]);
