/**
 * What the server says about its own commands: COMMAND INFO, DOCS, LIST, GETKEYS and GETKEYSANDFLAGS.
 *
 * @module
 */

import { caseGroup, each, like, type ParityCase, sorted, wrongArity } from "../case.ts";

/** Commands whose description is compared in full. */
const described = [
  "append decr decrby get getdel getex getrange getset incr incrby incrbyfloat lcs mget mset msetnx psetex set setex",
  "setnx setrange strlen substr",
  "copy del exists expire expireat expiretime keys move persist pexpire pexpireat pexpiretime pttl randomkey rename",
  "renamenx scan touch ttl type unlink object|encoding object|help object|idletime object|refcount",
  "auth echo hello ping quit reset select client|getname client|help client|id client|info",
  "client|list client|no-evict client|pause client|reply client|setname client|unblock",
  "client|unpause",
  "command|count command|docs command|getkeys command|getkeysandflags command|help command|info command|list",
  "config|get config|help config|resetstat config|rewrite config|set dbsize debug flushall flushdb info",
  "memory|usage shutdown swapdb time bgsave lastsave save",
].join(" ").split(" ");

/** Commands with subcommands, which come in the order of a hash table. */
const containers = ["command", "config"];

/** Requests and the keys in them, most of them the interesting ones. */
const getKeys = [
  "GET k",
  "get k",
  "SET k v",
  "SET k v EX 10",
  "SET k v GET",
  "MGET a b c",
  "MSET a 1 b 2",
  "MSETNX a 1 b 2",
  "DEL a b",
  "EXISTS a",
  "COPY a b",
  "COPY a b DB 1",
  "RENAME a b",
  "OBJECT ENCODING k",
  "object encoding k",
  "LCS a b",
  "EXPIRE k 1",
  "MEMORY USAGE k",
  "GETEX k",
  "GETEX k EX 5",
  "APPEND k v",
  "TOUCH a b",
  "MOVE k 1",
  "PING",
  "SELECT 1",
  "CLIENT ID",
  "CONFIG GET x",
  "KEYS *",
  "RANDOMKEY",
  "GET",
  "GET a b",
  "MSET",
  "MSET a",
  "NOSUCH k",
  "NOSUCH",
  "OBJECT",
  "OBJECT JUNK k",
  "OBJECT HELP",
  "MEMORY USAGE",
];

const lists: ParityCase[] = [
  ...each([
    "COMMAND LIST FILTERBY MODULE nosuch",
    "COMMAND LIST FILTERBY ACLCAT nosuch",
    "COMMAND LIST FILTERBY PATTERN nosuch*",
    "COMMAND LIST FILTERBY PATTERN append",
    "COMMAND LIST FILTERBY PATTERN APPEND",
    "command list filterby pattern Incr",
    "COMMAND LIST FILTERBY",
    "COMMAND LIST FILTERBY PATTERN",
    "COMMAND LIST FILTERBY JUNK x",
    "COMMAND LIST JUNK",
    "COMMAND LIST FILTERBY PATTERN a b",
  ]),
  ...["incr*", "p*expire*", "object|[eir]*", "config|*", "command|getkeys*", "decr*", "ge[tx]?x", "?ename*"]
    .map((
      pattern,
    ): ParityCase => ({
      send: [sorted(`COMMAND LIST FILTERBY PATTERN ${pattern}`, "commands come in no order")],
    })),
  { send: [like("COMMAND LIST", /^\*\d+\r\n(\$\d+\r\n[^\r]+\r\n)+$/, "commands are still being added")] },
  {
    send: [
      like(
        "COMMAND LIST FILTERBY ACLCAT string",
        /^\*\d+\r\n(\$\d+\r\n[^\r]+\r\n)+$/,
        "commands are still being added",
      ),
    ],
  },
];

/** The cases of this file. */
export const commands = caseGroup("commands", [
  ...wrongArity("COMMAND COUNT", [1]),
  ...wrongArity("COMMAND GETKEYS", [0]),
  ...wrongArity("COMMAND GETKEYSANDFLAGS", [0]),
  ...wrongArity("COMMAND HELP", [1]),
  ...each(["COMMAND HELP", "COMMAND JUNK", "COMMAND JUNK a", ["COMMAND", ""]]),
  ...described.flatMap((name) => each([`COMMAND INFO ${name}`, `COMMAND DOCS ${name}`])),
  ...containers.flatMap((name) =>
    each(
      [`COMMAND INFO ${name}`, `COMMAND DOCS ${name}`].map((command) =>
        sorted(command, "subcommands come in no order", 3)
      ),
    )
  ),
  ...each([
    "COMMAND INFO nosuch",
    "COMMAND INFO GET nosuch set",
    "COMMAND INFO GeT",
    "COMMAND INFO get|nosuch",
    "COMMAND INFO config|nosuch",
    "COMMAND INFO nosuch|get",
    ["COMMAND", "INFO", ""],
    "COMMAND INFO get get",
    "COMMAND INFO get|",
    "COMMAND DOCS nosuch",
    "COMMAND DOCS GET nosuch",
    "COMMAND DOCS get|nosuch",
    "COMMAND DOCS config|NOSUCH",
    "COMMAND DOCS get get",
  ]),
  ...getKeys.flatMap((request) => each([`COMMAND GETKEYS ${request}`, `COMMAND GETKEYSANDFLAGS ${request}`])),
  ...lists,
]);
