/**
 * The group "connection": PING, HELLO, AUTH, SELECT, CLIENT and its subcommands, QUIT and RESET.
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
  pause,
  raw,
  type SendStep,
  silent,
  wrongArity,
} from "../case.ts";

const OK = "+OK\r\n";

/** A line of CLIENT LIST: Redis 7.0's fields in their order, and those that 7.2 and 7.4 put between and after. */
const CLIENT_LINE = [
  "id=\\d+ addr=127\\.0\\.0\\.1:\\d+ laddr=127\\.0\\.0\\.1:\\d+ fd=-?\\d+ name=\\S* age=\\d+ idle=\\d+ flags=[A-Za-z]+",
  "db=\\d+ sub=0 psub=0 ssub=0 multi=-1( watch=0)? qbuf=\\d+ qbuf-free=\\d+ argv-mem=\\d+ multi-mem=0 rbs=\\d+ rbp=\\d+",
  "obl=\\d+ oll=\\d+ omem=\\d+ tot-mem=\\d+ events=\\w+ cmd=\\S+ user=default redir=-1 resp=[23]",
].join(" ") + "( lib-name=\\S* lib-ver=\\S*)?\\n";

/** A bulk (RESP2) or verbatim (RESP3) string of that many client lines. */
function clientLines(count: string): RegExp {
  return new RegExp(`^(\\$|=)\\d+\\r\\n(txt:)?(${CLIENT_LINE}){${count}}\\r\\n$`);
}

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

const names: ParityCase[] = [
  ...wrongArity("CLIENT", [0]),
  ...wrongArity("CLIENT SETNAME", [0, 2]),
  ...wrongArity("CLIENT GETNAME", [1]),
  ...wrongArity("CLIENT ID", [1]),
  ...wrongArity("CLIENT INFO", [1]),
  ...wrongArity("CLIENT HELP", [1]),
  {
    send: [
      "CLIENT GETNAME",
      "CLIENT SETNAME me",
      "CLIENT GETNAME",
      ["CLIENT", "SETNAME", ""],
      "CLIENT GETNAME",
    ],
  },
  ...each(
    [
      ["CLIENT", "SETNAME", "a b"],
      ["CLIENT", "SETNAME", "a\n"],
      ["CLIENT", "SETNAME", "a\tb"],
      ["CLIENT", "SETNAME", "\x00"],
      ["CLIENT", "SETNAME", "\xc3\xa9"],
      ["CLIENT", "SETNAME", "\x7f"],
      ["CLIENT", "SETNAME", "a~!b"],
    ],
    { before: ["CLIENT SETNAME before"], after: ["CLIENT GETNAME"] },
  ),
  { send: [like("CLIENT ID", /^:[1-9]\d*\r\n$/, "ids are the server's own")] },
  {
    name: "CLIENT INFO",
    send: ["CLIENT SETNAME me", "SELECT 3", like("CLIENT INFO", clientLines("1"), "figures")],
  },
  { send: [["CLIENT", ""], "CLIENT JUNK", "CLIENT JUNK a b c", ["CLIENT", "\xff\n"], "client getname"] },
  {
    name: "CLIENT HELP",
    send: [
      like(
        "CLIENT HELP",
        /^\*\d+\r\n\+CLIENT <subcommand> [^\r]+\r\n(\+[^\r]*\r\n)+$/,
        "later versions have more to say",
      ),
    ],
  },
];

const list: ParityCase[] = [
  { send: [like("CLIENT LIST", clientLines("2,"), "figures")] },
  { send: [like("CLIENT LIST ID {id1}", clientLines("1"), "figures")] },
  { send: [like("CLIENT LIST ID {id1} {id2}", clientLines("2"), "figures")] },
  { send: [like("CLIENT LIST ID {id1} 999999999", clientLines("1"), "figures")] },
  { send: [like("CLIENT LIST TYPE normal", clientLines("2,"), "figures")] },
  { send: [like("client list type NORMAL", clientLines("2,"), "figures")] },
  ...each([
    "CLIENT LIST ID",
    "CLIENT LIST ID 999999999",
    "CLIENT LIST ID abc",
    "CLIENT LIST ID 1 abc",
    "CLIENT LIST ID 0",
    "CLIENT LIST ID -1",
    "CLIENT LIST TYPE",
    "CLIENT LIST TYPE junk",
    "CLIENT LIST TYPE pubsub",
    "CLIENT LIST TYPE replica",
    "CLIENT LIST TYPE slave",
    "CLIENT LIST TYPE master",
    "CLIENT LIST TYPE normal extra",
    "CLIENT LIST JUNK",
    "CLIENT LIST JUNK a",
  ]),
];

const kill: ParityCase[] = [
  ...wrongArity("CLIENT KILL", [0]),
  { name: "CLIENT KILL of itself, old form", send: ["CLIENT KILL {address1}", closed()] },
  {
    name: "CLIENT KILL of another, old form",
    send: [on(2, "PING"), "CLIENT KILL {address2}", closed(2), "PING"],
  },
  { name: "CLIENT KILL ID of another", send: ["CLIENT KILL ID {id2}", closed(2)] },
  { name: "CLIENT KILL ADDR", send: [on(2, "PING"), "CLIENT KILL ADDR {address2}", closed(2)] },
  {
    name: "CLIENT KILL ID of itself",
    send: ["CLIENT KILL ID {id1}", "CLIENT KILL ID {id1} SKIPME YES", "PING"],
  },
  { name: "CLIENT KILL ID of itself, not skipped", send: ["CLIENT KILL ID {id1} SKIPME no", closed()] },
  {
    name: "CLIENT KILL with filters that agree",
    send: ["CLIENT KILL ID {id2} ADDR {address2} USER default TYPE normal SKIPME yes", closed(2)],
  },
  {
    name: "CLIENT KILL with filters that contradict",
    send: ["CLIENT KILL ID {id2} ADDR {address1}", "CLIENT KILL ID {id2} TYPE pubsub", on(2, "PING")],
  },
  ...each([
    "CLIENT KILL 127.0.0.1:1",
    "CLIENT KILL junk",
    ["CLIENT", "KILL", ""],
    "CLIENT KILL ID",
    "CLIENT KILL ID 999999999",
    "CLIENT KILL ID 0",
    "CLIENT KILL ID -1",
    "CLIENT KILL ID abc",
    "CLIENT KILL ADDR 127.0.0.1:1",
    "CLIENT KILL ADDR junk",
    "CLIENT KILL LADDR 127.0.0.1:1",
    "CLIENT KILL TYPE junk",
    "CLIENT KILL TYPE pubsub",
    "CLIENT KILL TYPE replica",
    "CLIENT KILL TYPE slave",
    "CLIENT KILL TYPE master",
    "CLIENT KILL USER nobody",
    "CLIENT KILL SKIPME maybe",
    "CLIENT KILL ID 999999999 SKIPME",
    "CLIENT KILL ID 999999999 SKIPME junk",
    "CLIENT KILL JUNK x",
    "CLIENT KILL ID 999999999 JUNK x",
    "CLIENT KILL ID 999999999 ADDR",
  ]),
];

const replyModes: ParityCase[] = [
  ...wrongArity("CLIENT REPLY", [0, 2]),
  ...each(["CLIENT REPLY ON", "CLIENT REPLY on", "CLIENT REPLY JUNK", ["CLIENT", "REPLY", ""]], {
    after: ["PING"],
  }),
  {
    name: "CLIENT REPLY OFF",
    send: [
      silent("CLIENT REPLY OFF"),
      silent("SET k v"),
      silent("PING"),
      silent("JUNK"),
      silent("CLIENT REPLY JUNK"),
      "CLIENT REPLY ON",
      "GET k",
    ],
  },
  { name: "CLIENT REPLY SKIP", send: [silent("CLIENT REPLY SKIP"), silent("SET k v"), "GET k"] },
  {
    name: "CLIENT REPLY SKIP, and an error is skipped too",
    send: [silent("CLIENT REPLY SKIP"), silent("JUNK"), "PING"],
  },
  {
    name: "CLIENT REPLY SKIP twice",
    send: [silent("CLIENT REPLY SKIP"), silent("CLIENT REPLY SKIP"), silent("PING"), "PING"],
  },
  {
    name: "CLIENT REPLY SKIP while OFF",
    send: [
      silent("CLIENT REPLY OFF"),
      silent("CLIENT REPLY SKIP"),
      silent("PING"),
      silent("PING"),
      "CLIENT REPLY ON",
      "PING",
    ],
  },
  { name: "CLIENT REPLY SKIP in a pipeline", send: [raw("CLIENT REPLY SKIP\r\nPING a\r\nPING b\r\n")] },
  {
    name: "CLIENT REPLY OFF and on in a pipeline",
    send: [raw("PING a\r\nCLIENT REPLY OFF\r\nPING b\r\nCLIENT REPLY ON\r\nPING c\r\n", { replies: 3 })],
  },
];

const pausing: ParityCase[] = [
  ...wrongArity("CLIENT PAUSE", [0]),
  ...wrongArity("CLIENT UNPAUSE", [1]),
  ...each(
    [
      "CLIENT PAUSE abc",
      "CLIENT PAUSE -1",
      "CLIENT PAUSE 1.5",
      ["CLIENT", "PAUSE", ""],
      "CLIENT PAUSE 9223372036854775808",
      "CLIENT PAUSE 1 JUNK",
      "CLIENT PAUSE abc JUNK",
      "CLIENT PAUSE 0",
      "CLIENT PAUSE 1",
      "CLIENT PAUSE 1 ALL",
      "CLIENT PAUSE 1 write",
      "CLIENT PAUSE 1 WRITE ALL",
      "CLIENT UNPAUSE",
    ],
    { after: ["CLIENT UNPAUSE", "SET k v"] },
  ),
  {
    name: "CLIENT PAUSE WRITE lets reads through, and writes wait",
    send: ["SET k v", "CLIENT PAUSE 100 WRITE", "GET k", "PING", "SET k w", "GET k"],
  },
  {
    name: "CLIENT PAUSE ALL holds everything back for its time",
    send: ["CLIENT PAUSE 100", "GET k", "SET k v", "GET k"],
  },
  {
    name: "CLIENT UNPAUSE lets a waiting write go",
    send: ["CLIENT PAUSE 60000 WRITE", on(2, silent("SET k v")), on(3, "CLIENT UNPAUSE"), {
      ...on(2, "PING"),
      replies: 2,
    }, "GET k"],
  },
  { name: "a pause ends by itself", send: ["CLIENT PAUSE 50 WRITE", pause(80), "SET k v"] },
];

const others: ParityCase[] = [
  ...wrongArity("CLIENT NO-EVICT", [0, 2]),
  ...wrongArity("CLIENT UNBLOCK", [0]),
  ...each(["CLIENT NO-EVICT ON", "CLIENT NO-EVICT off", "CLIENT NO-EVICT junk", "CLIENT no-evict on"]),
  ...each([
    "CLIENT UNBLOCK {id1}",
    "CLIENT UNBLOCK {id2} ERROR",
    "CLIENT UNBLOCK {id2} timeout",
    "CLIENT UNBLOCK 999999999",
    "CLIENT UNBLOCK 0",
    "CLIENT UNBLOCK -1",
    "CLIENT UNBLOCK abc",
    "CLIENT UNBLOCK 999999999 JUNK",
    "CLIENT UNBLOCK abc JUNK",
    "CLIENT UNBLOCK 1 TIMEOUT ERROR",
  ]),
  {
    name: "CLIENT NO-TOUCH",
    send: ["CLIENT NO-TOUCH ON", "CLIENT NO-TOUCH off", "CLIENT NO-TOUCH junk", "CLIENT NO-TOUCH"],
    expect: {
      since: "7.2",
      resp2: [
        OK,
        OK,
        "-ERR syntax error\r\n",
        "-ERR wrong number of arguments for 'client|no-touch' command\r\n",
      ],
    },
  },
  {
    name: "CLIENT SETINFO",
    send: [
      "CLIENT SETINFO lib-name mine",
      "CLIENT SETINFO LIB-VER 1.2.3",
      like("CLIENT INFO", / lib-name=mine lib-ver=1\.2\.3\n\r\n$/, "figures"),
      ["CLIENT", "SETINFO", "lib-name", ""],
      ["CLIENT", "SETINFO", "lib-name", "a b"],
      ["CLIENT", "SETINFO", "lib-ver", "1\n2"],
      "CLIENT SETINFO junk x",
      "CLIENT SETINFO lib-name",
    ],
    expect: {
      since: "7.2",
      resp2: [
        OK,
        OK,
        "$34\r\nid=1 lib-name=mine lib-ver=1.2.3\n\r\n",
        OK,
        "-ERR lib-name cannot contain spaces, newlines or special characters.\r\n",
        "-ERR lib-ver cannot contain spaces, newlines or special characters.\r\n",
        "-ERR Unrecognized option 'junk'\r\n",
        "-ERR wrong number of arguments for 'client|setinfo' command\r\n",
      ],
    },
  },
  {
    name: "CLIENT KILL MAXAGE",
    send: [
      "CLIENT KILL MAXAGE 100000",
      "CLIENT KILL MAXAGE abc",
      "CLIENT KILL MAXAGE 0",
      "CLIENT KILL MAXAGE -1",
      "CLIENT KILL ID 999999999 MAXAGE 100000",
    ],
    expect: {
      since: "7.4",
      resp2: [
        ":0\r\n",
        "-ERR maxage is not an integer or out of range\r\n",
        "-ERR maxage should be greater than 0\r\n",
        "-ERR maxage should be greater than 0\r\n",
        ":0\r\n",
      ],
    },
  },
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
  ...names,
  ...list,
  ...kill,
  ...replyModes,
  ...pausing,
  ...others,
  ...endings,
  ...unknown,
]);
