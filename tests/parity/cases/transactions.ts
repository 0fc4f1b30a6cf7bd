/**
 * The group "transactions". What other clients do meanwhile is in tests/server/transactions_test.ts.
 *
 * @module
 */

import { caseGroup, closed, type Command, on, type ParityCase, wrongArity } from "../case.ts";

/** Requests in a transaction. */
function transaction(...requests: Command[]): ParityCase {
  return { send: ["MULTI", ...requests, "EXEC"] };
}

const queueing: ParityCase[] = [
  ...wrongArity("MULTI", [1]),
  ...wrongArity("EXEC", [1, 2]),
  ...wrongArity("DISCARD", [1]),
  ...wrongArity("WATCH", [0]),
  ...wrongArity("UNWATCH", [1]),
  { send: ["EXEC"] },
  { send: ["DISCARD"] },
  { send: ["UNWATCH"] },
  { send: ["WATCH k", "WATCH k l k", ["WATCH", "", "\xff\0"]] },
  transaction(),
  transaction("SET k 1", "INCR k", "GET k"),
  transaction("SET k a", "INCR k", "GET k", "LPUSH k x", "GET k"),
  transaction("MULTI", "SET k 1"),
  transaction("WATCH k", "SET k 1"),
  transaction("UNWATCH", "SET k 1"),
  transaction("GET", "SET k 1"),
  transaction("NOCOMMAND", "SET k 1"),
  transaction("NOCOMMAND a b c"),
  transaction("OBJECT", "OBJECT NOPE k", "OBJECT ENCODING", "SET k 1"),
  transaction("OBJECT HELP", "CONFIG GET maxclients"),
  transaction("SHUTDOWN NOSAVE"),
  transaction(["ECHO", "\xff\r\n\0"], ["ECHO", ""], ["ECHO", "x".repeat(100_000)]),
  { send: ["MULTI", "SET k 1", "DISCARD", "GET k", "EXEC"] },
  { send: ["MULTI", "NOCOMMAND", "DISCARD", "MULTI", "SET k 1", "EXEC", "GET k"] },
  { send: ["MULTI", "SET k 1", "EXEC x", "EXEC", "GET k"] },
  { send: ["MULTI", "EXEC x y", "DISCARD"] },
  { send: ["MULTI", "SET k 1", "RESET", "EXEC", "GET k"] },
  { send: ["MULTI", "SET k 1", "QUIT", closed()] },
  {
    send: [
      "MULTI",
      "SELECT 1",
      "SET k 1",
      "SELECT 0",
      "GET k",
      "SELECT 99",
      "EXEC",
      "GET k",
      "SELECT 1",
      "GET k",
    ],
  },
  { send: ["MULTI", "BLPOP none 0", "BZPOPMIN none 0", "BLMOVE none other LEFT LEFT 0", "EXEC"] },
  {
    send: [
      "MULTI",
      "XREAD BLOCK 0 STREAMS none $",
      "BLMPOP 0 1 none LEFT",
      "BRPOPLPUSH none other 0",
      "EXEC",
    ],
  },
];

const watching: ParityCase[] = [
  { send: ["WATCH k", "SET k 1", "MULTI", "PING", "EXEC", "MULTI", "PING", "EXEC"] },
  { send: ["WATCH k", on(2, "SET k 1"), "MULTI", "PING", "EXEC"] },
  { send: ["WATCH k", on(2, "SET l 1"), "MULTI", "PING", "EXEC"] },
  { send: ["WATCH k", on(2, "SET k 1"), "UNWATCH", "MULTI", "PING", "EXEC"] },
  { send: ["WATCH k", on(2, "SET k 1"), "MULTI", "PING", "DISCARD", "MULTI", "PING", "EXEC"] },
  { send: ["WATCH k", "MULTI", "PING", on(2, "SET k 1"), "PING", "EXEC"] },
  { send: ["WATCH k", on(2, "SET k 1"), "MULTI", "GET", "EXEC"] },
  { send: ["WATCH k", on(2, "SELECT 1"), on(2, "SET k 1"), "MULTI", "PING", "EXEC"] },
  { send: ["SELECT 1", "WATCH k", "SELECT 0", "SET k 1", "MULTI", "PING", "EXEC"] },
  { send: ["SADD k a", "WATCH k", on(2, "SADD k a"), "MULTI", "PING", "EXEC"] },
  { send: ["SADD k a", "WATCH k", on(2, "SADD k b"), "MULTI", "PING", "EXEC"] },
  { send: ["RPUSH k a", "WATCH k", on(2, "LREM k 0 b"), "MULTI", "PING", "EXEC"] },
  { send: ["RPUSH k a", "WATCH k", on(2, "LPOP k"), "MULTI", "PING", "EXEC"] },
  { send: ["ZADD k 1 a", "WATCH k", on(2, "ZADD k 1 a"), "MULTI", "PING", "EXEC"] },
  { send: ["ZADD k 1 a", "WATCH k", on(2, "ZADD k 2 a"), "MULTI", "PING", "EXEC"] },
  { send: ["HSET k f 1", "WATCH k", on(2, "HSET k f 1"), "MULTI", "PING", "EXEC"] },
  { send: ["HSET k f 1", "WATCH k", on(2, "HDEL k g"), "MULTI", "PING", "EXEC"] },
];

/** All cases of this file. */
export const transactions = caseGroup("transactions", [
  ...queueing,
  ...watching,
]);
