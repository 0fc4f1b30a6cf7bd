/**
 * CLIENT and its subcommands, but for tracking.
 *
 * @module
 */

import {
  caseGroup,
  closed,
  each,
  like,
  on,
  type ParityCase,
  pause,
  raw,
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

/** The cases of this file. */
export const client = caseGroup("client", [...names, ...list, ...kill, ...replyModes, ...pausing, ...others]);
