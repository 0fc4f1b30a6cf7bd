/**
 * The wire itself: inline commands, lengths of every kind, pipelines, requests in pieces, and what is no request.
 *
 * @module
 */

import { encodeRequest } from "../../support/replies.ts";
import { caseGroup, closed, hangUp, on, type ParityCase, raw, silent } from "../case.ts";

/** The request that follows one without a reply, to see where the server stands. */
const PING = "*1\r\n$4\r\nPING\r\n";

function wellFormed(name: string, bytes: string, count: number): ParityCase[] {
  return [
    { name, send: [raw(bytes, { replies: count })] },
    { name: `${name}, byte by byte`, send: [raw(bytes, { replies: count, byteByByte: true })] },
  ];
}

/** A request after which the server says why and closes. */
function fatal(name: string, bytes: string): ParityCase[] {
  return [
    { name, send: [raw(bytes), closed(), on(2, "PING")] },
    { name: `${name}, after a pipeline`, send: [raw(`${PING}PING x\r\n${bytes}`, { replies: 3 }), closed()] },
  ];
}

const inline: ParityCase[] = [
  ...wellFormed("inline PING", "PING\r\n", 1),
  ...wellFormed("inline, line feed only", "PING\nPING x\n", 2),
  ...wellFormed("inline, spaces around", "   PING   x   \r\n", 1),
  ...wellFormed("inline, tabs between", "PING\tx\r\n", 1),
  ...wellFormed("inline, empty lines", "\r\n\r\n\n\r\nPING\r\n", 1),
  ...wellFormed("inline, only spaces", "    \r\nPING\r\n", 1),
  ...wellFormed("inline, double quotes", 'SET k "a b"\r\nGET k\r\n', 2),
  ...wellFormed("inline, escapes", 'SET k "\\x41\\xff\\n\\r\\t\\b\\a\\"\\\\\\q"\r\nGET k\r\n', 2),
  ...wellFormed("inline, single quotes", "SET k 'a \\'b\\n'\r\nGET k\r\n", 2),
  ...wellFormed("inline, empty quotes", "SET k \"\"\r\nGET k\r\nECHO ''\r\n", 3),
  ...wellFormed("inline, a broken hexadecimal escape", 'ECHO "\\xzz\\x4"\r\n', 1),
  ...wellFormed("inline, quotes inside a word", 'ECHO a"b c"\r\n', 1),
  ...wellFormed("inline, quote at a word's end", 'ECHO a""\r\n', 1),
  ...wellFormed("inline, high bytes", "ECHO \xff\xfe\xc3\xa9\r\n", 1),
  ...wellFormed("inline, an unknown command", "JUNK a b\r\n", 1),
  ...wellFormed("inline, wrong arity", "GET\r\n", 1),
  ...wellFormed("inline, a carriage return inside", "ECHO a\rb\r\n", 1),
  ...wellFormed("inline, two carriage returns", "PING\r\r\n", 1),
  ...wellFormed("inline, a dollar first", "$4\r\nPING\r\n", 2),
  ...wellFormed("inline, a plus first", "+PING\r\n", 1),
  ...fatal("inline, an open double quote", 'SET k "abc\r\n'),
  ...fatal("inline, an open single quote", "SET k 'abc\r\n"),
  ...fatal("inline, text after a closing quote", 'SET k "a"b\r\n'),
  ...fatal("inline, text after a closing single quote", "SET k 'a'b\r\n"),
  { name: "inline of 60,000 bytes", send: [raw(`ECHO ${"x".repeat(60_000)}\r\n`)] },
  { name: "inline of 70,000 bytes without an end", send: [raw("x".repeat(70_000)), closed()] },
  {
    name: "inline of 65,536 bytes without an end",
    send: [silent(raw("x".repeat(65_536))), on(2, "PING"), raw("\r\n"), raw(PING)],
  },
  { name: "inline with 1,000 arguments", send: [raw(`EXISTS ${"k ".repeat(1000)}\r\n`)] },
];

const lengths: ParityCase[] = [
  ...wellFormed("multibulk PING", PING, 1),
  ...wellFormed("multibulk of 0 arguments", `*0\r\n${PING}`, 1),
  ...wellFormed("multibulk of -1 arguments", `*-1\r\n${PING}`, 1),
  ...wellFormed("multibulk of -100 arguments", `*-100\r\n*0\r\n${PING}`, 1),
  ...wellFormed("multibulk of -0 arguments", `*0\r\n*0\r\n*0\r\n${PING}${PING}`, 2),
  ...wellFormed("empty bulk", encodeRequest(["SET", "", ""]) + encodeRequest(["GET", ""]), 2),
  ...wellFormed("an empty command name", encodeRequest([""]), 1),
  ...wellFormed(
    "binary arguments",
    encodeRequest(["SET", "\x00\r\n", "\xff\r\n*1\r\n"]) + encodeRequest(["GET", "\x00\r\n"]),
    2,
  ),
  ...wellFormed(
    "whatever stands after a bulk is skipped as its line end",
    "*1\r\n$4\r\nPINGab*1\r\n$4\r\nPING\r\n",
    2,
  ),
  ...wellFormed("inline and multibulk in turn", `PING a\r\n${PING}\r\nPING b\n${PING}`, 4),
  ...wellFormed("empty lines between requests", `\r\n${PING}\r\n\r\n${PING}`, 2),
  ...wellFormed("any byte stands for a header's line feed", "*1\rx$4\ryPING\r\n", 1),
  ...fatal("multibulk length of letters", "*abc\r\n"),
  ...fatal("multibulk length of nothing", "*\r\n"),
  ...fatal("multibulk length with a sign", "*+1\r\n"),
  ...fatal("multibulk length with a leading zero", "*01\r\n"),
  ...fatal("multibulk length with a space", "* 1\r\n"),
  ...fatal("multibulk length with a fraction", "*1.0\r\n"),
  ...fatal("multibulk length without carriage return", "*1\n$4\r\n"),
  ...fatal("multibulk length of 2147483648", "*2147483648\r\n"),
  ...fatal("multibulk length beyond 64 bits", "*99999999999999999999\r\n"),
  ...fatal("multibulk length of -99999999999999999999", "*-99999999999999999999\r\n"),
  ...fatal("no dollar before a bulk", "*1\r\nPING\r\n"),
  ...fatal("a colon before a bulk", "*1\r\n:4\r\n"),
  ...fatal("a high byte before a bulk", "*1\r\n\xff4\r\n"),
  ...fatal("a line end before a bulk", "*1\r\n\r\n"),
  ...fatal("a nested array", "*1\r\n*1\r\n"),
  ...fatal("bulk length of -1", "*1\r\n$-1\r\n"),
  ...fatal("bulk length of -5", "*2\r\n$3\r\nGET\r\n$-5\r\n"),
  ...fatal("bulk length of letters", "*1\r\n$abc\r\n"),
  ...fatal("bulk length of nothing", "*1\r\n$\r\n"),
  ...fatal("bulk length with a sign", "*1\r\n$+4\r\n"),
  ...fatal("bulk length with a leading zero", "*1\r\n$04\r\n"),
  ...fatal("bulk length with a space", "*1\r\n$ 4\r\n"),
  ...fatal("bulk length of 536870913", "*2\r\n$3\r\nGET\r\n$536870913\r\n"),
  ...fatal("bulk length beyond 64 bits", "*1\r\n$99999999999999999999\r\n"),
  ...fatal("the second of two bulks is wrong", "*2\r\n$4\r\nPING\r\n+x\r\n"),
  { name: "multibulk length of 70,000 digits", send: [raw(`*${"1".repeat(70_000)}`), closed()] },
  { name: "bulk length of 70,000 digits", send: [raw(`*1\r\n$${"1".repeat(70_000)}`), closed()] },
  ...["1048577", "2147483647"].map((length): ParityCase => ({
    name: `multibulk length of ${length} is waited for`,
    send: [silent(raw(`*${length}\r\n$4\r\nPING\r\n`)), on(2, "PING"), hangUp(), on(2, "PING")],
  })),
  {
    name: "a bulk just beyond proto-max-bulk-len",
    prepare: ["CONFIG SET proto-max-bulk-len 1mb"],
    send: [raw("*2\r\n$4\r\nECHO\r\n$1048577\r\n"), closed()],
    cleanup: ["CONFIG SET proto-max-bulk-len 512mb"],
  },
  {
    name: "a bulk of exactly proto-max-bulk-len",
    prepare: ["CONFIG SET proto-max-bulk-len 1mb"],
    send: [["SET", "k", "x".repeat(1_048_576)], "STRLEN k"],
    cleanup: ["CONFIG SET proto-max-bulk-len 512mb"],
  },
  {
    name: "beyond client-query-buffer-limit",
    prepare: ["CONFIG SET client-query-buffer-limit 1mb"],
    send: [
      silent(raw(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$9000000\r\n${"x".repeat(3_000_000)}`)),
      closed(),
      on(2, "EXISTS k"),
    ],
    cleanup: ["CONFIG SET client-query-buffer-limit 1gb"],
  },
];

const pipelines: ParityCase[] = [
  {
    name: "1,000 commands in one write",
    send: [raw(encodeRequest(["INCR", "k"]).repeat(1000), { replies: 1000 }), "GET k"],
  },
  {
    name: "20,000 inline commands in one write",
    send: [raw("PING\r\n".repeat(20_000), { replies: 20_000 })],
  },
  {
    name: "errors do not stop a pipeline",
    send: [raw("SET k abc\r\nINCR k\r\nJUNK\r\nGET\r\nGET k\r\n", { replies: 5 })],
  },
  {
    name: "a pipeline of large replies",
    send: [["SET", "k", "v".repeat(50_000)], raw("GETRANGE k 0 9999\r\n".repeat(100), { replies: 100 })],
  },
  {
    name: "a value in many pieces",
    send: [
      silent(raw("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n")),
      ...Array.from({ length: 10 }, () => silent(raw("y".repeat(10_000)))),
      raw("\r\n"),
      "STRLEN k",
    ],
  },
  {
    name: "a pipeline byte by byte",
    send: [
      raw(encodeRequest(["SET", "key", "a\r\nb"]) + 'GET key\r\nECHO "x"\n' + PING, {
        replies: 4,
        byteByByte: true,
      }),
    ],
  },
  {
    name: "a half request is no request",
    send: [silent(raw("*2\r\n$3\r\nGET\r\n$1\r\n")), on(2, "PING"), raw("k\r\n")],
  },
  { name: "a connection that says nothing and goes", send: [silent(raw("")), on(2, "PING")] },
  {
    name: "a request of 10,000 arguments",
    send: [["MSET", ...Array.from({ length: 10_000 }, (_, i) => `x${i}`)], "DBSIZE"],
  },
];

const strangers: ParityCase[] = [
  { name: "an HTTP POST is cut off", send: [silent(raw("POST / HTTP/1.1\r\n")), closed(), on(2, "PING")] },
  {
    name: "an HTTP Host header is cut off",
    send: [silent(raw("GET / HTTP/1.1\r\nHost: localhost\r\n")), closed(), on(2, "PING")],
  },
  { name: "an HTTP GET line is a command with too many arguments", send: [raw("GET / HTTP/1.1\r\n")] },
  { name: "post and host: as multibulk", send: [silent(["post", "x"]), closed()] },
];

/** The cases of this file. */
export const protocol = caseGroup("protocol", [...inline, ...lengths, ...pipelines, ...strangers]);
