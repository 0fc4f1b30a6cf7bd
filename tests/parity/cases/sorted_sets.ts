/**
 * The group "sorted-set".
 *
 * @module
 */

import {
  approximate,
  caseGroup,
  type Command,
  each,
  on,
  type ParityCase,
  pause,
  raw,
  silent,
  sorted,
  wrongArity,
} from "../case.ts";

/** Scores with ties, fractions and infinities. */
const SOME = "ZADD z 1 a 2 b 2 bb 2.5 c -inf low inf high 10 10 -0.1 minus";
const EQUAL = ["ZADD", "z", ...["", "a", "aa", "b", "c", "10", "9", "\xff", "\x00"].flatMap((m) => ["0", m])];
/** A member too long for a listpack. */
const LONG = `ZADD z 2 ${"long".repeat(17)}`;
/** Too many for a listpack. */
const MANY = ["ZADD", "z", ...Array.from({ length: 200 }, (_, i) => [String(i % 7), `m${i}`]).flat()];
const ALL = "ZRANGE z 0 -1 WITHSCORES";

const states: Record<string, readonly Command[]> = {
  missing: [],
  small: [SOME],
  "with long members": [SOME, LONG],
  large: [MANY],
  "a string": ["SET z value"],
};

/** Each request on a key in each state, and what is there then. */
function inStates(requests: readonly Command[], after: readonly Command[] = [ALL]): ParityCase[] {
  return Object.entries(states).flatMap(([state, before]) =>
    requests.map((request) => ({
      name: `${state}: ${typeof request === "string" ? request : request.join(" ")}`,
      send: [...before, request, ...after],
    }))
  );
}

function addOptions(): ParityCase[] {
  const options = ["", "NX", "XX", "GT", "LT", "CH", "INCR"];
  return options.flatMap((first) =>
    options.flatMap((second) =>
      ["0.5 a", "1 a", "5 a", "3 new", "nan a", "1 a 2 b"].map((pair) => {
        const request = ["ZADD z", first, second, pair].filter((word) => word !== "").join(" ");
        return { name: `${first || "-"} ${second || "-"}: ${request}`, send: [SOME, request, ALL] };
      })
    )
  );
}

const scoreTexts = [
  "0",
  "-0",
  "1",
  "-1.5",
  "3.0",
  "0.1",
  "1e10",
  "1e17",
  "1e-7",
  "123456789.123456789",
  "9007199254740993",
  "4611686018427387904",
  "9223372036854775807",
  "1.7976931348623157e308",
  "5e-324",
  "inf",
  "+inf",
  "-Infinity",
  "0x1p4",
  ".5",
  "5.",
  "1e400",
  "1e-400",
  "nan",
  "",
  " 1",
  "1 ",
  "abc",
  "1e",
  "--1",
];

function scores(): ParityCase[] {
  return scoreTexts.flatMap((text) =>
    ["m", "long ".repeat(20)].map((member, i) => ({
      name: `score ${JSON.stringify(text)} in a ${i === 0 ? "listpack" : "skiplist"}`,
      send: [
        ["ZADD", "z", text, member],
        ["ZSCORE", "z", member],
        ["ZINCRBY", "z", "1", member],
        ["ZRANGE", "z", "0", "-1", "WITHSCORES"],
        ["ZSCAN", "z", "0"],
        "OBJECT ENCODING z",
      ],
    }))
  );
}

const bounds = ["-inf", "+inf", "1", "2", "(2", "(inf", "(", " 1", "1e999", "x"];

function scoreRanges(): ParityCase[] {
  return [[SOME], [SOME, LONG]].flatMap((before, i) =>
    bounds.flatMap((min) =>
      bounds.map((max): ParityCase => ({
        name: `${i === 0 ? "listpack" : "skiplist"}: from ${JSON.stringify(min)} to ${JSON.stringify(max)}`,
        send: [
          ...before,
          ["ZCOUNT", "z", min, max],
          ["ZRANGEBYSCORE", "z", min, max],
          ["ZREVRANGEBYSCORE", "z", max, min, "WITHSCORES"],
          ["ZRANGE", "z", max, min, "BYSCORE", "REV", "LIMIT", "1", "2"],
          ["ZREMRANGEBYSCORE", "z", min, max],
          "ZCARD z",
        ],
      }))
    )
  );
}

const lexBounds = ["-", "+", "[a", "(a", "(c", "[", "[\xff", "", "+x", "-\x00"];

function lexRanges(): ParityCase[] {
  const long = ["ZADD", "z", "0", "long ".repeat(20)];
  return [[EQUAL], [EQUAL, long]].flatMap((before, i) =>
    lexBounds.flatMap((min) =>
      lexBounds.map((max): ParityCase => ({
        name: `${i === 0 ? "listpack" : "skiplist"}: from ${JSON.stringify(min)} to ${JSON.stringify(max)}`,
        send: [
          ...before,
          ["ZLEXCOUNT", "z", min, max],
          ["ZRANGEBYLEX", "z", min, max],
          ["ZREVRANGEBYLEX", "z", max, min],
          ["ZRANGE", "z", min, max, "BYLEX", "LIMIT", "1", "2"],
          ["ZREMRANGEBYLEX", "z", min, max],
          "ZCARD z",
        ],
      }))
    )
  );
}

const indexes = ["0", "-1", "2", "-3", "100", "-100", "9223372036854775807", "abc"];

function ranks(): ParityCase[] {
  return [[SOME], [SOME, LONG]].flatMap((before, i) =>
    indexes.flatMap((start) =>
      indexes.map((stop): ParityCase => ({
        name: `${i === 0 ? "listpack" : "skiplist"}: from ${start} to ${stop}`,
        send: [
          ...before,
          ["ZRANGE", "z", start, stop],
          ["ZREVRANGE", "z", start, stop, "WITHSCORES"],
          ["ZRANGE", "z", start, stop, "REV"],
          ["ZRANGESTORE", "d", "z", start, stop],
          "ZRANGE d 0 -1 WITHSCORES",
          ["ZREMRANGEBYRANK", "z", start, stop],
          "ZCARD z",
        ],
      }))
    )
  );
}

const rangeRequests = [
  "ZRANGE z 0 -1 LIMIT 0 1",
  "ZRANGE z 0 -1 LIMIT 0 -1",
  "ZRANGE z 0 -1 BYSCORE BYLEX",
  "ZRANGE z - + BYLEX WITHSCORES",
  "ZRANGE z 0 5 BYSCORE LIMIT -1 5",
  "ZRANGE z 0 5 BYSCORE LIMIT 1 -5",
  "ZRANGE z 0 5 BYSCORE LIMIT 0 0",
  "ZRANGE z 0 5 BYSCORE LIMIT 1",
  "ZRANGE z 0 5 BYSCORE LIMIT a b",
  "ZRANGE z 5 0 byscore rev withscores limit 1 2",
  "ZRANGE z 0 -1 REV REV",
  "ZRANGE z 0 -1 JUNK",
  "ZREVRANGE z 0 -1 REV",
  "ZREVRANGE z 0 -1 BYSCORE",
  "ZRANGEBYSCORE z 0 5 REV",
  "ZRANGEBYSCORE z 0 5 WITHSCORES LIMIT 1 2",
  "ZREVRANGEBYSCORE z 5 0 LIMIT 1 2 WITHSCORES",
  "ZRANGEBYLEX z - + WITHSCORES",
  "ZRANGEBYLEX z - + LIMIT 1 2",
  "ZREVRANGEBYLEX z + - LIMIT 1 2",
  "ZRANGESTORE d z 0 -1 WITHSCORES",
  "ZRANGESTORE d z 0 5 BYSCORE LIMIT 1 2",
  "ZRANGESTORE z z 0 2 REV",
  "ZRANGESTORE d z 5 6",
  "ZRANGESTORE d none 0 -1",
];

const combineRequests = [
  "2 z y",
  "3 z y z",
  "2 z z",
  "1 z",
  "2 z none",
  "2 none z",
  "2 z s",
  "2 s z",
  "2 z text",
  "0 z",
  "-1 z",
  "abc z",
  "3 z y",
  "2 z y WEIGHTS 2 3",
  "2 z y WEIGHTS 2",
  "2 z y WEIGHTS 2 abc",
  "2 z y WEIGHTS inf -inf",
  "2 z y WEIGHTS 0 0",
  "2 z y WEIGHTS -1 1",
  "2 z y AGGREGATE SUM",
  "2 z y aggregate min",
  "2 z y AGGREGATE MAX WEIGHTS 1 -1",
  "2 z y AGGREGATE JUNK",
  "2 z y AGGREGATE",
  "2 z y WITHSCORES",
  "2 z y WITHSCORES WEIGHTS 1 2 AGGREGATE MIN WEIGHTS 3 4",
  "2 z y JUNK",
];

function combinations(): ParityCase[] {
  const before = [
    "ZADD y 1 a 3 c 0.1 bb -inf high inf low 4 only",
    "SADD s a c only 10",
    "SET text value",
    "ZADD d 1 old",
  ];
  return [[SOME], [SOME, LONG]].flatMap((first, i) =>
    ["ZUNION", "ZINTER", "ZDIFF", "ZUNIONSTORE d", "ZINTERSTORE d", "ZDIFFSTORE d", "ZINTERSTORE z"].flatMap((
      name,
    ) =>
      combineRequests.map((request): ParityCase => ({
        name: `${i === 0 ? "listpack" : "skiplist"}: ${name} ${request}`,
        send: [
          ...first,
          ...before,
          `${name} ${request}`,
          "ZRANGE d 0 -1 WITHSCORES",
          "ZRANGE z 0 -1 WITHSCORES",
          "OBJECT ENCODING d",
        ],
      }))
    )
  );
}

const cardinalities = each(
  [
    "ZINTERCARD 2 z y",
    "ZINTERCARD 2 z y LIMIT 1",
    "ZINTERCARD 2 z y LIMIT 0",
    "ZINTERCARD 2 z y LIMIT -1",
    "ZINTERCARD 2 z y LIMIT abc",
    "ZINTERCARD 2 z y LIMIT",
    "ZINTERCARD 2 z y WITHSCORES",
    "ZINTERCARD 2 z none",
    "ZINTERCARD 0 z",
    "ZINTERCARD 3 z y",
    "ZINTERCARD 2 z s",
    "ZINTERCARD 2 z z",
  ],
  { before: [SOME, "ZADD y 1 a 2 b 3 c", "SADD s a b low"] },
);

const popRequests = [
  "ZPOPMIN z",
  "ZPOPMAX z",
  "ZPOPMIN z 0",
  "ZPOPMIN z 2",
  "ZPOPMAX z 3",
  "ZPOPMIN z 1000",
  "ZPOPMAX z -1",
  "ZPOPMAX z abc",
  "ZPOPMIN z 1 2",
  "ZMPOP 1 z MIN",
  "ZMPOP 2 none z max COUNT 2",
  "ZMPOP 1 z MIN COUNT 1000",
  "ZMPOP 1 z MIN COUNT 0",
  "ZMPOP 1 z MIN COUNT 1 COUNT 2",
  "ZMPOP 1 z MIN COUNT",
  "ZMPOP 0 z MIN",
  "ZMPOP abc z MIN",
  "ZMPOP 2 z MIN",
  "ZMPOP 1 z JUNK",
  "BZPOPMIN z 0",
  "BZPOPMAX none z 0",
  "BZPOPMIN z abc",
  "BZPOPMIN z -1",
  "BZPOPMIN z inf",
  "BZPOPMIN none 0.001",
  "BZMPOP 0.001 2 none z MAX COUNT 2",
  "BZMPOP 0.001 1 none MIN",
  "BZMPOP abc 1 z MIN",
  "BZMPOP 0 0 z MIN",
];

/** With nothing to pop these would wait for ever. */
const endless = ["BZPOPMIN z 0", "BZPOPMAX none z 0"];

const pops = Object.entries(states).flatMap(([state, before]) =>
  popRequests.filter((request) => state !== "missing" || !endless.includes(request)).map((request) => ({
    name: `${state}: ${request}`,
    send: [...before, request, ALL, "EXISTS z"],
  }))
);

const randomMembers = [
  "ZRANDMEMBER z 0",
  "ZRANDMEMBER z 1000",
  "ZRANDMEMBER z 1000 WITHSCORES",
  "ZRANDMEMBER z 1 JUNK",
  "ZRANDMEMBER z 1 WITHSCORES more",
  "ZRANDMEMBER z abc",
  "ZRANDMEMBER z -9223372036854775808",
  "ZRANDMEMBER z -9223372036854775807 WITHSCORES",
  "ZRANDMEMBER z 9223372036854775807 WITHSCORES",
];

/** What connection 1 is told at last. */
const LATE_REPLY = raw("");

const blocking: ParityCase[] = [
  {
    name: "BZPOPMIN waits for a member",
    send: [
      silent("BZPOPMIN z 5"),
      pause(50),
      on(2, "ZADD z 2 b 1 a"),
      LATE_REPLY,
      on(2, ALL),
    ],
  },
  {
    name: "BZMPOP waits for any of its keys, of the right type",
    send: [
      silent("BZMPOP 5 2 y z MAX COUNT 5"),
      pause(50),
      on(2, "SET y value"),
      on(2, "ZADD z 2 b 1 a"),
      LATE_REPLY,
      on(2, "EXISTS z"),
    ],
  },
];

/** All groups of cases of sorted sets. */
export const sortedSets = caseGroup("sorted-sets", [
  ...addOptions(),
  ...scores(),
  ...inStates([
    "ZADD z 5 a",
    "ZADD z 5",
    "ZADD z 5 a 6",
    "ZADD z NX XX 5 a",
    "ZADD z XX 1 new",
    "ZADD z INCR 1 a 2 b",
    "ZADD z JUNK 1 a",
    "ZADD z 1 same 2 same 3 same",
    "ZINCRBY z 2.5 a",
    "ZINCRBY z -inf high",
    "ZINCRBY z inf a",
    "ZINCRBY z abc a",
    "ZINCRBY z NX a",
    "ZREM z a",
    "ZREM z a none bb a",
    "ZREM z low high a b bb c 10 minus",
    "ZCARD z",
    "ZSCORE z a",
    "ZSCORE z none",
    "ZSCORE z 10",
    "ZMSCORE z a none high 10",
    "ZRANK z a",
    "ZRANK z 10",
    "ZRANK z none",
    "ZREVRANK z a",
    "ZREVRANK z m150",
    ...rangeRequests,
  ], [ALL, "ZRANGE d 0 -1 WITHSCORES", "OBJECT ENCODING z"]),
  ...scoreRanges(),
  ...lexRanges().map((one) => ({ ...one, name: `by string, ${one.name}` })),
  ...ranks().map((one) => ({ ...one, name: `by rank, ${one.name}` })),
  ...combinations().map((one) => ({ ...one, name: `combine, ${one.name}` })),
  ...cardinalities,
  ...pops.map((one) => ({ ...one, name: `pop, ${one.name}` })),
  ...inStates(randomMembers, []).map((one) => ({ ...one, name: `random, ${one.name}` })),
  {
    send: [
      "ZADD z 1 only",
      "ZRANDMEMBER z",
      "ZRANDMEMBER z -3",
      "ZRANDMEMBER z -2 WITHSCORES",
      "ZRANDMEMBER z 1",
    ],
  },
  ...["ZSCAN z 0", "ZSCAN z 0 MATCH m1* COUNT 1000", "ZSCAN z 0 COUNT 1000"].map((request): ParityCase => ({
    send: [SOME, request],
  })),
  { name: "ZSCAN of a large one", send: [MANY, sorted("ZSCAN z 0 COUNT 1000", "it has no order", 2)] },
  ...inStates([
    "ZSCAN z abc",
    "ZSCAN z 0 COUNT 0",
    "ZSCAN z 0 COUNT abc",
    "ZSCAN z 0 MATCH",
    "ZSCAN z 0 TYPE zset",
    "ZSCAN z 0 JUNK x",
    "ZSCAN z -1 MATCH none",
  ], []).map((one) => ({ ...one, name: `scan, ${one.name}` })),
  {
    name: "the limits of a listpack, and that it never comes back",
    prepare: ["CONFIG SET zset-max-listpack-entries 3 zset-max-listpack-value 5"],
    cleanup: ["CONFIG SET zset-max-listpack-entries 128 zset-max-listpack-value 64"],
    send: [
      "ZADD z 1 a 2 b 3 c",
      "OBJECT ENCODING z",
      "ZADD z 4 d",
      "OBJECT ENCODING z",
      "ZREM z d c b",
      "OBJECT ENCODING z",
      "ZADD y 1 12345",
      "OBJECT ENCODING y",
      "ZADD y 1 123456",
      "OBJECT ENCODING y",
      "ZADD x 1 123456",
      "OBJECT ENCODING x",
      "ZUNIONSTORE d 1 z",
      "OBJECT ENCODING d",
      "ZUNIONSTORE d 2 z y",
      "OBJECT ENCODING d",
      "ZRANGESTORE e x 0 -1",
      "OBJECT ENCODING e",
    ],
  },
  {
    name: "a store replaces a key of another type, and its expiry goes",
    send: [
      "SET d value EX 100",
      SOME,
      "ZUNIONSTORE d 1 z",
      "TTL d",
      "TYPE d",
      "ZADD e 1 a",
      approximate("EXPIRE e 50", 0),
      "ZADD e 2 b",
      approximate("TTL e", 1),
    ],
  },
  ...blocking,
  ...["ZADD", "ZINCRBY", "ZREM", "ZCARD", "ZSCORE", "ZMSCORE", "ZCOUNT", "ZLEXCOUNT", "ZRANGE", "ZREVRANGE"]
    .flatMap((
      name,
    ) => wrongArity(name, [0, 1])),
  ...["ZRANGEBYSCORE", "ZRANGEBYLEX", "ZRANGESTORE", "ZREMRANGEBYRANK", "ZREMRANGEBYSCORE", "ZREMRANGEBYLEX"]
    .flatMap((
      name,
    ) => wrongArity(name, [1, 2])),
  ...[
    "ZPOPMIN",
    "ZPOPMAX",
    "ZMPOP",
    "BZPOPMIN",
    "BZMPOP",
    "ZUNION",
    "ZINTER",
    "ZDIFF",
    "ZUNIONSTORE",
    "ZINTERCARD",
  ]
    .flatMap((name) => wrongArity(name, [0, 1]).slice(0, name.startsWith("ZPOP") ? 1 : 2)),
  ...["ZRANK", "ZREVRANK"].flatMap((name) => wrongArity(name, [0, 1, 4])),
  {
    name: "ZRANK and ZREVRANK WITHSCORE",
    send: [
      "ZADD z 1 a 2.5 b",
      "ZRANK z b WITHSCORE",
      "ZREVRANK z b withscore",
      "ZRANK z none WITHSCORE",
      "ZRANK none a WITHSCORE",
      "ZRANK z a JUNK",
    ],
    expect: {
      since: "7.2",
      resp2: [
        ":2\r\n",
        "*2\r\n:1\r\n$3\r\n2.5\r\n",
        "*2\r\n:0\r\n$3\r\n2.5\r\n",
        "*-1\r\n",
        "*-1\r\n",
        "-ERR syntax error\r\n",
      ],
      resp3: [
        ":2\r\n",
        "*2\r\n:1\r\n,2.5\r\n",
        "*2\r\n:0\r\n,2.5\r\n",
        "_\r\n",
        "_\r\n",
        "-ERR syntax error\r\n",
      ],
    },
  },
]);
