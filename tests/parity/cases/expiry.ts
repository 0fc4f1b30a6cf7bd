/**
 * Times to live: setting, asking, taking away, and what a key that expired looks like to every command.
 *
 * @module
 */

import {
  approximate,
  caseGroup,
  clockBased,
  type Command,
  each,
  type ParityCase,
  pause,
  type SendStep,
  type Step,
  wrongArity,
} from "../case.ts";

/** Far in the future, in seconds: the year 3021. */
const FUTURE = 33177117420;

const setters = ["EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT"];

/** Times for a command: sooner and later than the key's, and in the past. */
function times(command: string): { sooner: string; later: string; past: string } {
  switch (command) {
    case "EXPIRE":
      return { sooner: "500", later: "5000", past: "-1" };
    case "PEXPIRE":
      return { sooner: "500000", later: "5000000", past: "-1" };
    case "EXPIREAT":
      return { sooner: `${FUTURE - 1000}`, later: `${FUTURE + 1000}`, past: "1" };
    default:
      return { sooner: `${FUTURE - 1000}000`, later: `${FUTURE + 1000}000`, past: "1000" };
  }
}

/** The key's own time: on the scale of the command, so that sooner and later are. */
function states(command: string): Record<string, readonly Command[]> {
  const own = command.endsWith("AT") ? `SET k v EXAT ${FUTURE}` : "SET k v EX 1000";
  return { missing: [], "without expiry": ["SET k v"], "with expiry": [own] };
}

function left(command: string): Command | SendStep {
  return command.endsWith("AT") ? "PEXPIRETIME k" : approximate("TTL k", 1);
}

function conditionMatrix(): ParityCase[] {
  const cases: ParityCase[] = [];
  for (const command of setters) {
    for (const [state, prepare] of Object.entries(states(command))) {
      for (const [when, time] of Object.entries(times(command))) {
        for (const condition of ["", "NX", "XX", "GT", "LT"]) {
          const request = [command, "k", time, condition].filter((word) => word !== "").join(" ");
          cases.push({
            name: `${request}, ${when}, key ${state}`,
            send: [...prepare, request, "EXISTS k", left(command)],
          });
        }
      }
    }
  }
  return cases;
}

function conditionPairs(): ParityCase[] {
  const conditions = ["NX", "XX", "GT", "LT", "JUNK"];
  return setters.flatMap((command) =>
    conditions.flatMap((first) =>
      conditions.map((second): ParityCase => ({
        name: `pair: ${command} ${first} ${second}`,
        send: [
          ...states(command)["with expiry"],
          [command, "k", times(command).later, first, second],
          left(command),
          [command, "missing", times(command).later, first, second],
        ],
      }))
    )
  );
}

const badTimes = [
  "abc",
  "",
  " 1",
  "1.5",
  "1e3",
  "+1",
  "01",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775808",
  "-9223372036854775809",
  "9223372036854775",
  "9223372036854776",
  "-9223372036854775",
  "-9223372036854776",
  "9223370000000000",
];

function badTimeCases(): ParityCase[] {
  return setters.flatMap((command) =>
    badTimes.map((time): ParityCase => ({
      name: `${command} ${JSON.stringify(time)}`,
      send: [
        "SET k v",
        [command, "k", time],
        "EXISTS k",
        // A time that was taken relative to now moves with the clock.
        !command.endsWith("AT") ? clockBased("PEXPIRETIME k", 2000) : Math.abs(Number(time)) > 1e15
          // Permitted: times over 2^53 ms are rounded to a double (docs/differences.md).
          ? approximate("PEXPIRETIME k", 1024)
          : "PEXPIRETIME k",
        [command, "missing", time],
        [command, "missing", time, "JUNK"],
      ],
    }))
  );
}

/** What every command makes of a key whose time has passed and that nothing has removed yet. */
const onExpired: readonly (Command | Step)[] = [
  "GET k",
  "EXISTS k",
  "TYPE k",
  "TTL k",
  "PTTL k",
  "EXPIRETIME k",
  "PERSIST k",
  "EXPIRE k 100",
  "EXPIRE k 100 XX",
  "EXPIRE k 100 NX",
  "PEXPIREAT k 1",
  "TOUCH k",
  "STRLEN k",
  "GETRANGE k 0 -1",
  "SETRANGE k 2 x",
  "APPEND k x",
  "INCR k",
  "INCRBYFLOAT k 1",
  "SETNX k x",
  "MSETNX k x",
  "SET k x XX",
  "SET k x NX",
  "SET k x GET",
  "SET k x KEEPTTL",
  "SET k x XX KEEPTTL",
  "GETSET k x",
  "GETDEL k",
  "GETEX k",
  "GETEX k PERSIST",
  "GETEX k EX 100",
  "MGET k k",
  "LCS k k",
  "DEL k",
  "UNLINK k",
  "RENAME k l",
  "RENAMENX k l",
  "COPY k l",
  "MOVE k 1",
  "OBJECT ENCODING k",
  "OBJECT REFCOUNT k",
  "OBJECT IDLETIME k",
  "KEYS *",
  "SCAN 0",
  "RANDOMKEY",
];

const family: ParityCase[] = ["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"].flatMap((command): ParityCase[] => [
  ...wrongArity(command, [0, 2]),
  { send: [`${command} missing`, "SET k v", `${command} k`] },
  {
    name: `${command} of an absolute time`,
    send: [
      `SET k v PXAT ${FUTURE}789`,
      command.includes("EXPIRETIME")
        ? `${command} k`
        : clockBased(`${command} k`, command === "TTL" ? 1 : 1500),
    ],
  },
  {
    name: `${command} of a relative time`,
    send: [
      "SET k v EX 1000",
      command.includes("EXPIRETIME")
        ? clockBased(`${command} k`, command === "EXPIRETIME" ? 2 : 2000)
        : approximate(`${command} k`, command === "TTL" ? 1 : 1500),
    ],
  },
]);

/** The cases of this file. */
export const expiry = caseGroup("expiry", [
  ...setters.flatMap((command) => wrongArity(command, [0, 1])),
  ...conditionMatrix(),
  ...conditionPairs(),
  ...badTimeCases(),
  ...family,
  ...onExpired.map((step): ParityCase => ({
    name: `on a key that expired: ${step}`,
    send: ["SET k 5 PXAT 1", step, "EXISTS k l", "TTL k"],
  })),
  ...each([
    "EXPIRE k 100 nx",
    "EXPIRE k 100 Gt",
    "expire k 100 xx",
    "EXPIRE k 100 NX NX",
    "EXPIRE k 100 NX XX GT LT",
    ["EXPIRE", "k", "100", ""],
  ], {
    before: ["SET k v"],
    after: [approximate("TTL k", 1)],
  }),
  {
    name: "PERSIST",
    send: ["PERSIST missing", "SET k v", "PERSIST k", "EXPIRE k 100", "PERSIST k", "TTL k", "PERSIST k"],
  },
  { name: "EXPIRE 0 removes the key", send: ["SET k v", "EXPIRE k 0", "EXISTS k", "DBSIZE"] },
  { name: "PEXPIRE 0 removes the key", send: ["SET k v", "PEXPIRE k 0", "EXISTS k", "DBSIZE"] },
  { name: "EXPIREAT 0", send: ["SET k v", "EXPIREAT k 0", "EXISTS k"] },
  {
    name: "a later EXPIRE replaces an earlier one",
    send: ["SET k v", "EXPIRE k 100", "EXPIRE k 500", approximate("TTL k", 1)],
  },
  {
    name: "GT on a key without expiry",
    send: ["SET k v", "EXPIRE k 100 GT", "TTL k", "EXPIRE k 100 LT", approximate("TTL k", 1)],
  },
  {
    name: "equal times",
    send: [
      `SET k v EXAT ${FUTURE}`,
      `EXPIREAT k ${FUTURE} GT`,
      `EXPIREAT k ${FUTURE} LT`,
      `EXPIREAT k ${FUTURE}`,
    ],
  },
  {
    name: "a key goes when its time comes",
    send: ["SET k v PX 20", "SET l v", pause(60), "GET k", "TTL k", "EXISTS k l"],
  },
  {
    name: "SETEX, PEXPIRE and GETEX times come too",
    send: [
      "PSETEX a 20 v",
      "SET b v",
      "PEXPIRE b 20",
      "SET c v",
      "GETEX c PX 20",
      pause(60),
      "MGET a b c",
      "DBSIZE",
    ],
  },
  {
    name: "keys that nobody asks for are removed as well",
    send: ["SET a v PX 20", "SET b v PX 20", "SET c v", pause(1000), "DBSIZE"],
  },
  {
    name: "DEBUG SET-ACTIVE-EXPIRE 0 leaves them until they are asked for",
    send: [
      "DEBUG SET-ACTIVE-EXPIRE 0",
      "SET a v PX 20",
      pause(400),
      "DBSIZE",
      "GET a",
      "DBSIZE",
    ],
    cleanup: ["DEBUG SET-ACTIVE-EXPIRE 1"],
  },
]);
