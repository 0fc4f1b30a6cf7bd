/**
 * The group "connection": PING, HELLO, AUTH, SELECT, QUIT and RESET, and what is no command at all.
 *
 * @module
 */

import {
  caseGroup,
  closed,
  type Command,
  each,
  like,
  on,
  type ParityCase,
  raw,
  type SendStep,
  silent,
  wrongArity,
} from "../case.ts";

/** The reply of HELLO: the fields in their order, without version and id. */
function helloReply(version: 2 | 3): RegExp {
  const [start, modules] = version === 3 ? ["%7", "*0"] : ["*14", "*0"];
  const fields = [
    `$6 server $5 redis $7 version $\\d+ [0-9.]+ $5 proto :${version} $2 id :\\d+ $4 mode $10 standalone`,
    "$4 role $6 master $7 modules",
  ].join(" ");
  const pattern = `${start} ${fields} ${modules} `.replaceAll(/[$*]/g, "\\$&").replaceAll(" ", "\\r\\n");
  return new RegExp(`^${pattern}$`);
}

function hello(command: Command, version: 2 | 3): SendStep {
  return like(command, helloReply(version), "the version and the id are the server's own");
}

/** Whether RESP2 or RESP3 is spoken: a null in one or the other. */
const PROBE = "GET missing";

const ping: ParityCase[] = [
  ...each(["PING", "PING hello", ["PING", ""], ["PING", "a b\r\n\xff"], "PING a b", "ping", "pInG x"]),
  ...each(["ECHO hello", ["ECHO", ""], ["ECHO", "\x00\xff\r\n"], "ECHO 12", "echo a"]),
  ...wrongArity("ECHO", [0, 2]),
  { name: "ECHO of 200,000 bytes", send: [["ECHO", "e".repeat(200_000)]] },
];

const select: ParityCase[] = [
  ...wrongArity("SELECT", [0, 2]),
  ...each(
    [
      "SELECT 0",
      "SELECT 1",
      "SELECT 15",
      "SELECT 16",
      "SELECT -1",
      "SELECT abc",
      "SELECT 1.5",
      "SELECT 01",
      "SELECT 99999999999",
      "SELECT 9223372036854775807",
      "SELECT 9223372036854775808",
      ["SELECT", ""],
      ["SELECT", " 1"],
    ],
    { before: ["SET a zero"], after: ["GET a"] },
  ),
];

const helloCases: ParityCase[] = [
  { send: [hello("HELLO", 2)], protocol: 2 },
  { name: "HELLO without version keeps RESP3", send: [hello("HELLO", 3), PROBE], protocol: 3 },
  { send: [hello("HELLO 2", 2), PROBE] },
  { send: [hello("HELLO 3", 3), PROBE] },
  { send: [hello("HELLO 3", 3), PROBE, hello("HELLO 2", 2), PROBE, hello("hello 3", 3), PROBE] },
  ...each(
    [
      "HELLO 1",
      "HELLO 4",
      "HELLO 0",
      "HELLO -1",
      "HELLO abc",
      "HELLO 2.0",
      ["HELLO", ""],
      "HELLO 99999999999999999999",
      "HELLO 3 JUNK",
      "HELLO 3 SETNAME",
      "HELLO 3 AUTH",
      "HELLO 3 AUTH default",
      "HELLO 3 AUTH nobody wrong",
      "HELLO 3 AUTH nobody wrong SETNAME x",
      "HELLO 4 AUTH nobody wrong",
      "HELLO AUTH default x",
      "HELLO 3 SETNAME a SETNAME",
      ["HELLO", "3", "SETNAME", "a b"],
      ["HELLO", "3", "SETNAME", "a\n"],
      ["HELLO", "3", "SETNAME", "\xff"],
    ],
    { after: [PROBE, "CLIENT GETNAME"] },
  ),
  { send: [hello("HELLO 3 SETNAME me", 3), "CLIENT GETNAME"] },
  { send: [hello("HELLO 2 setname me", 2), "CLIENT GETNAME"] },
  { send: ["CLIENT SETNAME before", hello(["HELLO", "3", "SETNAME", ""], 3), "CLIENT GETNAME"] },
  { send: [hello("HELLO 3 AUTH default anything", 3), PROBE] },
  { send: [hello("HELLO 3 AUTH default x SETNAME me", 3), "CLIENT GETNAME"] },
  { send: [hello("HELLO 2 SETNAME me AUTH default x", 2), "CLIENT GETNAME"] },
  { send: [hello("HELLO 3 SETNAME a SETNAME b", 3), "CLIENT GETNAME"] },
];

const auth: ParityCase[] = [
  ...wrongArity("AUTH", [0, 3]),
  ...each([
    "AUTH secret",
    ["AUTH", ""],
    "AUTH default secret",
    "AUTH default default",
    "AUTH nobody secret",
    ["AUTH", "", ""],
    "AUTH a b c d",
  ]),
  {
    name: "with requirepass, before and after AUTH",
    send: [
      "CONFIG SET requirepass secret",
      "CONFIG GET requirepass",
      "GET k",
      "RESET",
      "PING",
      "GET k",
      "SET k v",
      "UNKNOWN",
      "GET",
      "CLIENT ID",
      "COMMAND COUNT",
      "RESET",
      "HELLO",
      "HELLO 3",
      "HELLO 3 SETNAME me",
      "HELLO 4",
      "HELLO 3 JUNK",
      "HELLO 3 AUTH default wrong",
      "AUTH wrong",
      "AUTH default wrong",
      "AUTH nobody secret",
      "AUTH secret secret",
      ["AUTH", ""],
      "AUTH Secret",
      "PING",
      "AUTH secret",
      "PING",
      "SET k v",
      "GET k",
      "AUTH wrong",
      "GET k",
    ],
    cleanup: [["CONFIG", "SET", "requirepass", ""]],
  },
  {
    name: "with requirepass, AUTH in HELLO",
    send: [
      "CONFIG SET requirepass secret",
      "RESET",
      hello("HELLO 3 AUTH default secret SETNAME me", 3),
      "CLIENT GETNAME",
      PROBE,
      "RESET",
      PROBE,
      "AUTH default secret",
      PROBE,
    ],
    cleanup: [["CONFIG", "SET", "requirepass", ""]],
  },
  {
    name: "with requirepass, QUIT needs no AUTH",
    send: ["CONFIG SET requirepass secret", "RESET", "QUIT", closed()],
    cleanup: [["CONFIG", "SET", "requirepass", ""]],
  },
  ...[
    { what: "11 arguments", bytes: "*11\r\n" },
    { what: "10 arguments", bytes: "*10\r\n" + "$1\r\na\r\n".repeat(10) },
    { what: "a bulk of 16385 bytes", bytes: "*1\r\n$16385\r\n" },
    { what: "a bulk of 16384 bytes", bytes: `*1\r\n$16384\r\n${"a".repeat(16384)}\r\n` },
  ].map(({ what, bytes }): ParityCase => ({
    name: `before AUTH, ${what}`,
    send: [
      "CONFIG SET requirepass secret",
      "RESET",
      raw(bytes),
      ...(bytes.length < 20 ? [closed()] : ["AUTH secret"]),
    ],
    cleanup: [["CONFIG", "SET", "requirepass", ""]],
  })),
];

const endings: ParityCase[] = [
  { send: ["QUIT", closed()] },
  { send: ["quit now please", closed()] },
  {
    name: "nothing after QUIT runs",
    send: [raw("SET k v\r\nQUIT\r\nSET k w\r\nPING\r\n", { replies: 2 }), closed(), on(2, "GET k")],
  },
  { name: "replies before QUIT arrive", send: [raw("PING\r\nECHO a\r\nQUIT\r\n", { replies: 3 }), closed()] },
  ...wrongArity("RESET", [1]),
  {
    name: "RESET",
    send: ["SELECT 3", "SET a 1", "CLIENT SETNAME me", "RESET", "GET a", "CLIENT GETNAME", PROBE, "PING"],
  },
  { name: "RESET goes back to RESP2", send: [hello("HELLO 3", 3), PROBE, "RESET", PROBE] },
  {
    name: "RESET ends CLIENT REPLY OFF",
    send: [silent("CLIENT REPLY OFF"), silent("PING"), "RESET", "PING"],
  },
  { name: "RESET twice", send: ["RESET", "RESET", "PING"] },
];

const unknown: ParityCase[] = [
  ...each([
    "UNKNOWN",
    "unknown a",
    "UNKNOWN a b c",
    ["UNKNOWN", ""],
    ["UNKNOWN", "a b", "c'd", '"'],
    ["UNKNOWN", "\xff\x00\r\n", "x"],
    [""],
    ["", "a"],
    [" GET", "k"],
    ["GET ", "k"],
    ["G\x00T", "k"],
    ["GE\r\nT", "k"],
    ["UNKNOWN", "a".repeat(127)],
    ["UNKNOWN", "a".repeat(128), "b"],
    ["UNKNOWN", "a".repeat(129), "b"],
    ["UNKNOWN", "a".repeat(100), "b".repeat(100), "c"],
    ["UNKNOWN", ...Array.from({ length: 60 }, (_, i) => `a${i}`)],
    ["U".repeat(127)],
    ["U".repeat(128)],
    ["U".repeat(129)],
    ["U".repeat(300), "a"],
    ["CONFIG", "J".repeat(200)],
    ["OBJECT", "J".repeat(200), "k"],
    ["COMMAND", "JUNK", "a"],
    ["client|id"],
    ["config|get", "x"],
  ]),
];

/** The cases of this file. */
export const connection = caseGroup("connection", [
  ...ping,
  ...select,
  ...helloCases,
  ...auth,
  ...endings,
  ...unknown,
]);
