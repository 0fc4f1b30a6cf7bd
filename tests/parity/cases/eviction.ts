/**
 * The group "eviction": what counts as use of a key, which commands are refused when memory runs out, and what happens
 * when keys are evicted.
 *
 * Whether LFU counts a use is left to chance, but with `lfu-log-factor 0` it counts each.
 *
 * @module
 */

import { allCommands } from "../../../src/commands/mod.ts";
import type { CommandDefinition } from "../../../src/commands/define.ts";
import { payload, string } from "../../persistence/rdb_payloads.ts";
import {
  approximate,
  caseGroup,
  closed,
  type Command,
  like,
  on,
  type ParityCase,
  type Step,
} from "../case.ts";

const HELLO = payload(0, string("hello"));

/** Directives set for one case. */
function configured(directives: readonly string[], cases: readonly ParityCase[]): ParityCase[] {
  return cases.map((one) => ({
    ...one,
    prepare: directives.length === 0 ? [] : [["CONFIG", "SET", ...directives]],
    cleanup: ["CONFIG SET maxmemory 0 maxmemory-policy noeviction lfu-log-factor 10 lfu-decay-time 1"],
  }));
}

const LFU = ["maxmemory-policy", "allkeys-lfu", "lfu-log-factor", "0", "lfu-decay-time", "0"];

/** Small integers are left out: Redis shares them between keys, and with them the counter.
 *
 * What is there before each request whose uses are counted. */
const FIXTURE: readonly Command[] = [
  "SET s value",
  "SET n 100000",
  "SET long " + "x".repeat(100),
  "HSET h f v g 1",
  "RPUSH l c a b",
  "SADD t 1 2 3",
  "SADD u 2 3 4",
  "ZADD z 1 a 2 b",
  "GEOADD g 1 1 p",
  "XADD x 1-1 f v",
  "PFADD p a b",
  "SET dst old",
  "SET e v EX 1000",
];

/** The keys of the fixture, and one that is not there at first. */
const KEYS = "s n long h l t u z g x p dst e new".split(" ");

const USES: readonly Command[] = [
  "GET s",
  "GET missing",
  "SET s other",
  "SET s " + "y".repeat(200),
  "SET s v KEEPTTL",
  "SET s v XX",
  "SET s v NX",
  "SET s v GET",
  "SET new v GET",
  "SETEX s 100 v",
  "SETNX s v",
  "SETNX new v",
  "GETSET s v",
  "GETDEL s",
  "GETEX e PERSIST",
  "GETEX e",
  "GETEX s EX 100",
  "MSET s v n w new x",
  "MSETNX s v new w",
  "MSETNX new w",
  "MGET s s n missing",
  "APPEND s more",
  "APPEND s " + "z".repeat(300),
  "APPEND new x",
  "STRLEN s",
  "GETRANGE s 0 1",
  "SUBSTR s 0 1",
  "SETRANGE s 2 x",
  "SETRANGE s 200 x",
  "SETRANGE n 1 5",
  "INCR n",
  "INCRBY new 400000",
  "INCRBYFLOAT n 1.5",
  "DECR n",
  "LCS s long",
  "SETBIT s 3 1",
  "SETBIT n 300 1",
  "GETBIT s 3",
  "BITCOUNT s",
  "BITPOS s 1",
  "BITOP AND dst s long",
  "BITOP NOT new s",
  "BITFIELD s GET u8 0",
  "BITFIELD s SET u8 0 9",
  "BITFIELD_RO s GET u8 0",
  "TYPE s",
  "EXISTS s s n",
  "TTL s",
  "PTTL s",
  "EXPIRETIME s",
  "PEXPIRETIME s",
  "EXPIRE s 100",
  "EXPIRE e 100",
  "EXPIRE e 100 NX",
  "PEXPIRE s 100000 XX",
  "PERSIST e",
  "PERSIST s",
  "TOUCH s n missing",
  "OBJECT ENCODING s",
  "OBJECT REFCOUNT s",
  "OBJECT FREQ s",
  "MEMORY USAGE s",
  "DEBUG OBJECT s",
  "RENAME s new",
  "RENAME s dst",
  "RENAMENX s new",
  "RENAMENX s dst",
  "COPY s new",
  "COPY s dst",
  "COPY s dst REPLACE",
  "COPY e new",
  "MOVE s 1",
  "KEYS *",
  "SCAN 0 TYPE string COUNT 100",
  "RANDOMKEY",
  "DBSIZE",
  "HSET h f w",
  "HSET h new x",
  "HSETNX h f w",
  "HSET new f v",
  "HGET h f",
  "HMGET h f g",
  "HGETALL h",
  "HKEYS h",
  "HVALS h",
  "HLEN h",
  "HSTRLEN h f",
  "HEXISTS h f",
  "HINCRBY h g 1",
  "HINCRBYFLOAT h g 1.5",
  "HDEL h f",
  "HRANDFIELD h",
  "HSCAN h 0",
  "LPUSH l x",
  "RPUSHX l x",
  "LPUSHX new x",
  "LPOP l",
  "RPOP l 2",
  "LRANGE l 0 -1",
  "LINDEX l 0",
  "LLEN l",
  "LSET l 0 x",
  "LINSERT l BEFORE a x",
  "LREM l 0 a",
  "LTRIM l 0 1",
  "LPOS l a",
  "LMOVE l new LEFT RIGHT",
  "LMOVE l l LEFT RIGHT",
  "RPOPLPUSH l new",
  "LMPOP 2 missing l LEFT",
  "BLPOP l 0",
  "SADD t 9",
  "SADD t 1",
  "SREM t 1",
  "SISMEMBER t 1",
  "SMISMEMBER t 1 2",
  "SCARD t",
  "SMEMBERS t",
  "SRANDMEMBER t",
  "SRANDMEMBER t 2",
  "SPOP t",
  "SPOP t 2",
  "SMOVE t u 1",
  "SMOVE t new 1",
  "SINTER t u",
  "SINTERCARD 2 t u",
  "SUNION t u",
  "SDIFF t u",
  "SINTERSTORE dst t u",
  "SINTERSTORE new t u",
  "SUNIONSTORE dst t u",
  "SUNIONSTORE t t u",
  "SDIFFSTORE dst t u",
  "SSCAN t 0",
  "ZADD z 3 c",
  "ZADD z XX 5 a",
  "ZINCRBY z 1 a",
  "ZREM z a",
  "ZSCORE z a",
  "ZMSCORE z a b",
  "ZCARD z",
  "ZRANK z a",
  "ZCOUNT z 0 9",
  "ZRANGE z 0 -1",
  "ZRANGEBYSCORE z 0 9",
  "ZRANGEBYLEX z - +",
  "ZREVRANGE z 0 -1",
  "ZRANGESTORE dst z 0 -1",
  "ZRANGESTORE new z 0 -1",
  "ZRANDMEMBER z",
  "ZPOPMIN z",
  "ZMPOP 1 z MIN",
  "ZUNION 2 z t",
  "ZINTER 2 z t",
  "ZINTERCARD 2 z t",
  "ZDIFF 2 z t",
  "ZUNIONSTORE dst 2 z t",
  "ZINTERSTORE new 2 z z",
  "ZDIFFSTORE dst 1 z",
  "ZREMRANGEBYRANK z 0 0",
  "ZLEXCOUNT z - +",
  "ZSCAN z 0",
  "GEOADD g 2 2 q",
  "GEOPOS g p",
  "GEODIST g p p",
  "GEOHASH g p",
  "GEOSEARCH g FROMMEMBER p BYRADIUS 1 km",
  "GEOSEARCHSTORE dst g FROMMEMBER p BYRADIUS 1 km",
  "GEORADIUSBYMEMBER g p 1 km",
  "XADD x 2-1 f v",
  "XADD x NOMKSTREAM 2-1 f v",
  "XLEN x",
  "XRANGE x - +",
  "XREVRANGE x + -",
  "XDEL x 1-1",
  "XTRIM x MAXLEN 0",
  "XREAD STREAMS x 0",
  "XSETID x 5-1",
  "XINFO STREAM x",
  "XGROUP CREATE x grp 0",
  "PFADD p c",
  "PFCOUNT p",
  "PFCOUNT p new",
  "PFMERGE dst p",
  "PFMERGE new p",
  "SORT l ALPHA",
  "SORT_RO l ALPHA",
  "SORT l ALPHA STORE dst",
  "SORT l ALPHA STORE new",
  "SORT t BY nokey GET s",
  "DUMP s",
  ["RESTORE", "new", "0", HELLO],
  ["RESTORE", "new", "0", HELLO, "FREQ", "0"],
  ["RESTORE", "new", "0", HELLO, "FREQ", "255"],
  ["RESTORE", "new", "5000", HELLO, "FREQ", "77", "REPLACE"],
  ["RESTORE", "s", "0", HELLO, "REPLACE"],
  ["RESTORE", "s", "0", HELLO],
  ["RESTORE", "new", "0", HELLO, "IDLETIME", "100"],
  "WATCH s",
  "DEL s",
  "UNLINK s",
];

/** After each request, how often every key counts as used. */
const uses: ParityCase[] = configured(
  LFU,
  USES.map((request): ParityCase => ({
    name: `uses: ${typeof request === "string" ? request : request.map(escapeText).join(" ")}`.slice(0, 120),
    send: [
      ...FIXTURE.map(anyReply),
      anyReply(request),
      ...KEYS.map((key): Command => ["OBJECT", "FREQ", key]),
    ],
  })),
);

function escapeText(text: string): string {
  return /^[ -~]*$/.test(text) ? text : "...";
}

function anyReply(command: Command): Step {
  return like(command, /^/, "other cases compare it");
}

const POLICIES = [
  "noeviction",
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
];

const policies: ParityCase[] = POLICIES.flatMap((policy) =>
  configured(["maxmemory-policy", policy], [
    {
      name: `OBJECT under ${policy}`,
      send: ["SET k v", "OBJECT FREQ k", approximate("OBJECT IDLETIME k", 3)],
    },
    {
      name: `OBJECT on nothing under ${policy}`,
      send: ["OBJECT FREQ k", "OBJECT IDLETIME k", "OBJECT FREQ"],
    },
    {
      name: `RESTORE under ${policy}`,
      send: [
        ["RESTORE", "a", "0", HELLO, "IDLETIME", "1000"],
        ["RESTORE", "b", "0", HELLO, "FREQ", "9"],
        "OBJECT FREQ a",
        "OBJECT FREQ b",
        approximate("OBJECT IDLETIME a", 3),
        approximate("OBJECT IDLETIME b", 3),
      ],
    },
  ])
);

const REFUSED_SINCE_7 = /^(?:[1-6]\.|7\.0)/;

/** A request with as few arguments as the command takes, `x` each. */
function shortest({ name, arity }: CommandDefinition): Command {
  return [name, ...new Array(Math.abs(arity) - 1).fill("x")];
}

const withKeys = allCommands.filter(({ flags, since, run }) =>
  run !== null && (flags.includes("write") || flags.includes("readonly")) && REFUSED_SINCE_7.test(since)
);

const refusals: ParityCase[] = configured([], [
  ...withKeys.map((command): ParityCase => ({
    name: `out of memory: ${command.name}`,
    send: ["CONFIG SET maxmemory 1", shortest(command), "CONFIG SET maxmemory 0"],
  })),
  {
    name: "out of memory, no arguments",
    send: ["CONFIG SET maxmemory 1", "SET k", "NOCOMMAND", "GET", "PING", "PUBLISH a b", "ECHO x"],
  },
  {
    name: "out of memory in a transaction",
    send: [
      "SET k 1",
      "CONFIG SET maxmemory 1",
      "MULTI",
      "GET k",
      "SET k 2",
      "WATCH k",
      "MULTI",
      "EXEC",
      "GET k",
      "MULTI",
      "DISCARD",
      "MULTI",
      "QUIT",
      closed(),
    ],
  },
  {
    name: "a transaction queued before memory ran out",
    send: [
      "MULTI",
      "SET k 2",
      on(2, "CONFIG SET maxmemory 1"),
      "EXEC",
      "GET k",
      "EXEC",
      on(2, "CONFIG SET maxmemory 0"),
      "MULTI",
      "GET k",
      "DEL k",
      on(2, "CONFIG SET maxmemory 1"),
      "EXEC",
      on(2, "CONFIG SET maxmemory 0"),
      "MULTI",
      "SET k 3",
      on(2, "CONFIG SET maxmemory 1"),
      "GET k",
      on(2, "CONFIG SET maxmemory 0"),
      "EXEC",
      "GET k",
    ],
  },
  {
    name: "RESET when memory has run out",
    send: ["MULTI", "GET k", on(2, "CONFIG SET maxmemory 1"), "RESET", "PING"],
  },
]);

/** Evicts everything that the policy lets go: no data fits below one byte. */
function evictAll(policy: string, keys: readonly Command[]): ParityCase {
  return {
    name: `evict all: ${policy}`,
    send: [
      ...keys,
      ["CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", policy],
      "GET lasting",
      "GET volatile",
      "SET lasting w",
      "SET volatile w",
      "DBSIZE",
    ],
  };
}

const evictions: ParityCase[] = POLICIES.flatMap((policy) =>
  configured([], [evictAll(policy, ["SET lasting v", "SET volatile v EX 1000"])])
);

/** The cases of this file. */
export const eviction = caseGroup("eviction", [...policies, ...uses, ...refusals, ...evictions]);
