/**
 * What operators and test suites ask a server about itself: SLOWLOG, LATENCY, MEMORY's reports, LOLWUT, and DEBUG for
 * those who test.
 *
 * @module
 */

import { caseGroup, type Command, each, like, on, type ParityCase, raw, wrongArity } from "../case.ts";

const SLOW = ["CONFIG SET slowlog-log-slower-than 0", "SLOWLOG RESET"];
const NORMAL = ["CONFIG SET slowlog-log-slower-than 10000", "SLOWLOG RESET"];
const DURATION = "durations, times and ids are each server's own";

/** The pattern of SLOWLOG GET's reply with these requests in it. */
function slowlogOf(...requests: readonly (readonly string[])[]): RegExp {
  const entries = requests.map((words) => {
    const bulks = words.map((word) => `\\$${word.length}\\r\\n${escaped(word)}\\r\\n`).join("");
    return `\\*6\\r\\n:\\d+\\r\\n:\\d+\\r\\n:\\d+\\r\\n\\*${words.length}\\r\\n${bulks}\\$\\d+\\r\\n127[^\\r]*\\r\\n\\$0\\r\\n\\r\\n`;
  });
  return new RegExp(`^\\*${requests.length}\\r\\n${entries.join("")}$`);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** A case in which these requests are logged; the log is read on another connection. */
function logged(name: string, requests: readonly Command[], ...expected: string[][]): ParityCase {
  return {
    name: `SLOWLOG ${name}`,
    prepare: SLOW,
    // The second connection introduces itself first.
    send: [
      on(2, "SLOWLOG RESET"),
      ...requests,
      on(2, like(`SLOWLOG GET ${expected.length}`, slowlogOf(...expected), DURATION)),
    ],
    cleanup: NORMAL,
  };
}

const words = Array.from({ length: 40 }, (_, i) => `w${i}`);

const slowlog: ParityCase[] = [
  ...wrongArity("SLOWLOG", [0]),
  ...each([
    "SLOWLOG GET a",
    "SLOWLOG GET -2",
    "SLOWLOG GET 1 2",
    "SLOWLOG GET 99999999999999999999",
    "SLOWLOG JUNK",
    "SLOWLOG LEN x",
    "SLOWLOG RESET x",
    "SLOWLOG HELP",
    "SLOWLOG RESET",
  ]),
  { send: ["SLOWLOG RESET", "SLOWLOG LEN", "SLOWLOG GET", "SLOWLOG GET -1", "SLOWLOG GET 0"] },
  logged("tells the request", ["SET k v", "GET k"], ["GET", "k"], ["SET", "k", "v"]),
  logged("tells requests that failed", ["SET k v", "LPUSH k a"], ["LPUSH", "k", "a"], ["SET", "k", "v"]),
  logged("does not tell requests that did not run", ["PING", "GET", "NOSUCH"], ["PING"]),
  logged("cuts long arguments", [["SET", "k", "x".repeat(128)], ["SET", "k", "x".repeat(131)]], [
    "SET",
    "k",
    "x".repeat(128) + "... (3 more bytes)",
  ], ["SET", "k", "x".repeat(128)]),
  logged("cuts long requests", [["DEL", ...words.slice(0, 31)], ["DEL", ...words.slice(0, 32)]], [
    "DEL",
    ...words.slice(0, 30),
    "... (2 more arguments)",
  ], ["DEL", ...words.slice(0, 31)]),
  logged("keeps passwords to itself", ["AUTH a b", "HELLO 2 AUTH u p SETNAME n"], [
    "HELLO",
    "2",
    "AUTH",
    "(redacted)",
    "(redacted)",
    "SETNAME",
    "n",
  ], ["AUTH", "(redacted)", "(redacted)"]),
  logged("keeps secret directives to itself", [["CONFIG", "SET", "masterauth", "x", "hz", "10"]], [
    "CONFIG",
    "SET",
    "masterauth",
    "(redacted)",
    "hz",
    "10",
  ]),
  logged("tells a transaction's requests and not EXEC", ["MULTI", "SET k v", "EXEC"], ["SET", "k", "v"], [
    "MULTI",
  ]),
  {
    name: "SLOWLOG keeps so many",
    prepare: [...SLOW, "CONFIG SET slowlog-max-len 3"],
    send: ["PING", "PING", "PING", "PING", "PING", "SLOWLOG LEN"],
    cleanup: [...NORMAL, "CONFIG SET slowlog-max-len 128"],
  },
];

const latency: ParityCase[] = [
  ...wrongArity("LATENCY", [0]),
  ...each([
    "LATENCY HELP",
    "LATENCY JUNK",
    "LATENCY GRAPH nosuch",
    "LATENCY GRAPH",
    "LATENCY HISTORY nosuch",
    "LATENCY HISTORY",
    "LATENCY LATEST",
    "LATENCY LATEST x",
    "LATENCY RESET",
    "LATENCY RESET nosuch command",
    "LATENCY DOCTOR",
    "LATENCY DOCTOR x",
    "LATENCY HISTOGRAM nosuch",
  ], { before: ["LATENCY RESET"] }),
  {
    name: "LATENCY sees a slow command",
    prepare: ["CONFIG SET latency-monitor-threshold 10", "LATENCY RESET"],
    send: [
      "DEBUG SLEEP 0.02",
      like(
        "LATENCY LATEST",
        /^\*1\r\n\*4\r\n\$7\r\ncommand\r\n:\d{10}\r\n:[2-9]\d+\r\n:[2-9]\d+\r\n$/,
        "times are each server's own",
      ),
      like("LATENCY HISTORY command", /^\*1\r\n\*2\r\n:\d{10}\r\n:[2-9]\d+\r\n$/, "times"),
      like("LATENCY DOCTOR", /1\. command: 1 latency spikes \(average \d+ms, mean deviation 0ms/, "times"),
      "LATENCY GRAPH COMMAND",
      "LATENCY HISTORY COMMAND",
      "LATENCY RESET COMMAND",
      "LATENCY LATEST",
    ],
    cleanup: ["CONFIG SET latency-monitor-threshold 0", "LATENCY RESET"],
  },
  {
    name: "LATENCY HISTOGRAM of what has been called",
    send: [
      "CONFIG RESETSTAT",
      "GET a",
      "LPUSH l a",
      ...["get", "GET", "get nosuch lpush", "config|resetstat", "config"].map((names) =>
        like(`LATENCY HISTOGRAM ${names}`, /calls\r\n:1\r\n\$14\r\nhistogram_usec\r\n/, "times")
      ),
      "LATENCY HISTOGRAM llen",
    ],
  },
  {
    name: "INFO latencystats and commandstats after CONFIG RESETSTAT",
    send: [
      "CONFIG RESETSTAT",
      "GET a",
      "GET",
      like(
        "INFO commandstats",
        /cmdstat_get:calls=1,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=1,failed_calls=0\r\n/,
        "times",
      ),
      like(
        "INFO latencystats",
        /percentiles_usec_get:p50=\d+\.\d{3},p99=\d+\.\d{3},p99\.9=\d+\.\d{3}\r\n/,
        "times",
      ),
      "CONFIG SET latency-tracking-info-percentiles 50.5",
      like("INFO latencystats", /percentiles_usec_get:p50\.5=\d+\.\d{3}\r\n/, "times"),
      "CONFIG SET latency-tracking no",
      "GET a",
      "INFO latencystats",
    ],
    cleanup: [
      "CONFIG SET latency-tracking yes",
      ["CONFIG", "SET", "latency-tracking-info-percentiles", "50 99 99.9"],
    ],
  },
];

const memory: ParityCase[] = each([
  "MEMORY PURGE",
  "MEMORY PURGE x",
  "MEMORY STATS x",
  "MEMORY DOCTOR x",
  "MEMORY MALLOC-STATS x",
]);

const lolwut: ParityCase[] = each([
  "LOLWUT",
  "LOLWUT 5",
  "LOLWUT VERSION",
  "LOLWUT VERSION a",
  "LOLWUT VERSION 4",
  "LOLWUT VERSION 5 a",
  "LOLWUT VERSION 6 1 a",
  // Beyond the second row chance comes in.
  "LOLWUT VERSION 5 10 3 2",
  "LOLWUT VERSION 5 66 8 2",
  "LOLWUT VERSION 5 77 13 1",
  "LOLWUT VERSION 5 0 0 0",
  "LOLWUT VERSION 5 2 9 2",
  "lolwut version 6 1 1",
]);

const PROTOCOL_TYPES =
  "string integer double bignum null array set map attrib verbatim true false String junk";

const debug: ParityCase[] = [
  ...each(PROTOCOL_TYPES.split(" ").map((type) => `DEBUG PROTOCOL ${type}`)),
  { protocol: 2, send: ["DEBUG PROTOCOL push"] },
  {
    name: "DEBUG PROTOCOL push, and the reply after it",
    protocol: 3,
    send: [raw("DEBUG PROTOCOL push\r\n", { replies: 2 })],
  },
  ...each([
    ["DEBUG", "ERROR", "ERR a\r\nb"],
    "DEBUG ERROR foo",
    "DEBUG ERROR",
    ["DEBUG", "LOG", "a message"],
    "DEBUG LOG",
    "DEBUG DIGEST",
    "DEBUG DIGEST-VALUE",
    "DEBUG DIGEST-VALUE a missing z",
    "DEBUG HTSTATS 5",
    "DEBUG HTSTATS 0 full",
    "DEBUG HTSTATS 16",
    "DEBUG HTSTATS -1",
    "DEBUG HTSTATS a",
    "DEBUG HTSTATS-KEY a",
    "DEBUG HTSTATS-KEY missing",
    "DEBUG LISTPACK z",
    "DEBUG LISTPACK a",
    "DEBUG LISTPACK missing",
    "DEBUG LISTPACK",
    "DEBUG QUICKLIST a",
    "DEBUG QUICKLIST missing 1",
    "DEBUG QUICKLIST-PACKED-THRESHOLD",
    "DEBUG QUICKLIST-PACKED-THRESHOLD 100b",
    "DEBUG QUICKLIST-PACKED-THRESHOLD junk",
    "DEBUG QUICKLIST-PACKED-THRESHOLD 4gb",
    "DEBUG QUICKLIST-PACKED-THRESHOLD 0",
    "DEBUG PAUSE-CRON",
    "DEBUG PAUSE-CRON junk",
    "DEBUG REPLYBUFFER",
    "DEBUG REPLYBUFFER JUNK 1",
    "DEBUG REPLYBUFFER RESIZING 1",
    "DEBUG REPLYBUFFER PEAK-RESET-TIME RESET",
    "DEBUG REPLYBUFFER PEAK-RESET-TIME never",
    "DEBUG REPLYBUFFER PEAK-RESET-TIME junk",
    "DEBUG CHANGE-REPL-ID",
    "DEBUG CHANGE-REPL-ID x",
    "DEBUG POPULATE",
    "DEBUG POPULATE -1",
    "DEBUG POPULATE junk",
    "DEBUG POPULATE 1 a 1 1",
    "DEBUG POPULATE 3 p -1",
    "DEBUG HELP x",
  ] as Command[], { before: ["SET a 1", "ZADD z 1 a"] }),
  {
    name: "DEBUG POPULATE",
    send: [
      "SET key:1 mine",
      "DEBUG POPULATE 3",
      "MGET key:0 key:1 key:2 key:3",
      "DEBUG POPULATE 2 p 10",
      "MGET p:0 p:1 p:2",
      "DEBUG POPULATE 1 q 3",
      "GET q:0",
      "DEBUG DIGEST",
    ],
  },
];

/** The cases of this file. */
export const introspection = caseGroup("introspection", [
  ...slowlog,
  ...latency,
  ...memory,
  ...lolwut,
  ...debug,
]);
