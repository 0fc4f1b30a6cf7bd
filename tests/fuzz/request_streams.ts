/**
 * Streams of requests as no client sends them: valid ones, broken in every way that bytes can be, cut at any place.
 * A stream follows from its seed alone, so that a failure can be repeated.
 *
 * @module
 */

import { SeededRandom } from "../../src/base/random.ts";
import { encodeRequest } from "../support/replies.ts";

/** Bytes for one connection, in the pieces in which they are sent. */
export interface RequestStream {
  readonly seed: number;
  readonly pieces: readonly string[];
}

/** Longest stream, in bytes: below the longest line, which redis-server only notices when it has read on. */
const LONGEST = 40_000;

/** What the streams send where they authenticate. */
export const PASSWORD = "secret";

const KEYS = ["a", "b", "c", "list of words", "", "\x00\xff\r\n", "k".repeat(300)];

const VALUES = [
  "",
  "v",
  "0",
  "-1",
  "41",
  "9223372036854775807",
  "-9223372036854775808",
  "9223372036854775808",
  "3.25",
  "1e400",
  "nan",
  " 1",
  "\x00",
  "\xc3\x28\xff\xfe",
  "a\r\nb",
  "$5\r\n",
  '"quoted"',
  "x".repeat(100),
  "\xff".repeat(1500),
  "y".repeat(16_385),
];

/**
 * Commands whose replies follow from what was sent before; `k` stands for a key, `v` for a value, `n` for a number, `t`
 * for a time.
 */
const COMMANDS = [
  "PING",
  "PING v",
  "ECHO v",
  "SET k v",
  "SET k v NX GET",
  "SET k v PX t",
  "SET k v KEEPTTL",
  "GET k",
  "GETSET k v",
  "GETDEL k",
  "GETEX k PERSIST",
  "GETRANGE k n n",
  "SETRANGE k n v",
  "SETNX k v",
  "APPEND k v",
  "STRLEN k",
  "INCR k",
  "INCRBY k n",
  "DECRBY k n",
  "INCRBYFLOAT k v",
  "MSET k v k v",
  "MSETNX k v k v",
  "MGET k k k",
  "LCS k k LEN",
  "DEL k k",
  "UNLINK k",
  "EXISTS k k k",
  "TYPE k",
  "RENAME k k",
  "RENAMENX k k",
  "COPY k k REPLACE",
  "EXPIRE k t",
  "PERSIST k",
  "TOUCH k k",
  "OBJECT ENCODING k",
  "SELECT n",
  "SELECT 0",
  "DBSIZE",
  "FLUSHDB",
  "CLIENT SETNAME v",
  "CLIENT GETNAME",
  "CLIENT REPLY ON",
  "CLIENT REPLY SKIP",
  "CLIENT NO-EVICT ON",
  "HELLO 3",
  "HELLO 2",
  "HELLO n",
  "AUTH v",
  `AUTH ${PASSWORD}`,
  `AUTH default ${PASSWORD}`,
  `HELLO 3 AUTH default ${PASSWORD}`,
  "MGET k k k k k k k k k k k k",
  "RESET",
  "QUIT",
  "NOSUCH v v v",
  "v",
];

/** Times to live that are over at once or never while a test runs. */
const TIMES = [
  "-1",
  "0",
  "",
  "abc",
  "1e3",
  "100000000",
  "9999999999",
  "9223372036854775807",
  "-9223372036854775808",
];

/** Pieces of protocol that break what they land in. */
const SHARDS = [
  "\r\n",
  "\r",
  "\n",
  "\0",
  "*",
  "$",
  "*0\r\n",
  "*-1\r\n",
  "*1\r\n",
  "*3\r\n$3\r\nSET\r\n",
  "*2147483647\r\n",
  "*2147483648\r\n",
  "*1048577\r\n",
  "*99999999999999999999\r\n",
  "*-9223372036854775808\r\n",
  "$-1\r\n",
  "$0\r\n\r\n",
  "$1\r\n",
  "$536870912\r\n",
  "$536870913\r\n",
  "$9223372036854775807\r\n",
  "$99999999999999999999\r\n",
  "+OK\r\n",
  ":1\r\n",
  "_\r\n",
  "PING\r\n",
  "PING",
  '"',
  "'",
  '"\\x4',
  '\\"',
  "\t \x0b\x0c",
  "\xc3\xa9\xc3",
  "\xff\xff\xff\xff",
  "\x1b[31m",
];

/** Numbers that stand in the place of others. */
const NUMBERS = [
  "0",
  "-0",
  "00",
  "1",
  "-1",
  "+1",
  " 1",
  "1 ",
  "01",
  "1.5",
  "1e3",
  "0x10",
  "",
  "10",
  "255",
  "1023",
  "1024",
  "1025",
  "65536",
  "1048576",
  "1048577",
  "536870912",
  "536870913",
  "2147483647",
  "2147483648",
  "4294967295",
  "4294967296",
  "9007199254740993",
  "9223372036854775807",
  "9223372036854775808",
  "18446744073709551615",
  "18446744073709551616",
  "-9223372036854775808",
  "-9223372036854775809",
  "1\0",
  "\0",
  "1".repeat(30),
];

/** A stream of broken requests. */
export function requestStream(seed: number): RequestStream {
  const random = new SeededRandom(seed);
  let bytes = "";
  const count = 1 + random.below(12);
  if (random.below(4) === 0) bytes += encodeRequest(["AUTH", PASSWORD]);
  for (let i = 0; i < count && bytes.length < LONGEST; i++) bytes += request(random);
  // Every fourth stream stays as it is: what is right must not break when the pieces are small.
  const mutations = random.below(4) === 0 ? 0 : 1 + random.below(5);
  for (let i = 0; i < mutations; i++) bytes = mutate(bytes, random);
  return { seed, pieces: split(bytes.slice(0, LONGEST), random) };
}

/** A stream of random bytes, now and then such as stand in the protocol. */
export function randomBytesStream(seed: number): RequestStream {
  const random = new SeededRandom(seed);
  const length = 1 + random.below(2000);
  const share = random.below(4);
  let bytes = "";
  for (let i = 0; i < length; i++) {
    bytes += random.below(4) < share ? "*$0123456789\r\n \"'\\xPINGSETab"[random.below(29)] : anyByte(random);
  }
  return { seed, pieces: split(bytes, random) };
}

function request(random: SeededRandom): string {
  const args: string[] = [];
  for (const word of pick(COMMANDS, random).split(" ")) {
    if (word === "k") args.push(pick(KEYS, random));
    else if (word === "v") args.push(pick(VALUES, random));
    else if (word === "n") args.push(number(random));
    else if (word === "t") args.push(pick(TIMES, random));
    else args.push(random.below(8) === 0 ? word.toLowerCase() : word);
  }
  return random.below(4) === 0 ? inline(args, random) : encodeRequest(args);
}

/** A number for an argument. Not so large an offset that replies become longer than what a socket takes at once. */
function number(random: SeededRandom): string {
  if (random.below(3) > 0) return String(random.below(12_000) - 2000);
  const edge = pick(NUMBERS, random);
  return Number(edge) > 12_000 && Number(edge) < 1e9 ? "1" : edge;
}

/** The arguments as a line, quoted where that is needed, and sometimes where it is not, or not where it is. */
function inline(args: readonly string[], random: SeededRandom): string {
  const words = args.map((arg) => {
    if (random.below(12) === 0) return arg;
    if (/^[!#-&(-~]+$/.test(arg) && random.below(3) > 0) return arg;
    if (!arg.includes("'") && !arg.includes("\\") && /^[ -~]*$/.test(arg) && random.below(2) === 0) {
      return `'${arg}'`;
    }
    return `"${
      arg.replaceAll(
        /[^ !#-[\]-~]/g,
        (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
      )
    }"`;
  });
  return words.join(random.below(5) === 0 ? "  \t" : " ") + (random.below(3) === 0 ? "\n" : "\r\n");
}

function mutate(bytes: string, random: SeededRandom): string {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(random.below(3) === 0 ? 200 : 8));
  const [before, slice, after] = [bytes.slice(0, at), bytes.slice(at, end), bytes.slice(end)];
  switch (random.below(10)) {
    case 0:
      return before + flipBit(bytes.charAt(at), random) + bytes.slice(at + 1);
    case 1:
      return before + anyByte(random) + bytes.slice(at + 1);
    case 2:
      return before + anyByte(random) + slice + after;
    case 3:
      return before + after;
    case 4:
      return before + slice.repeat(2 + random.below(3)) + after;
    case 5:
      return before + pick(SHARDS, random) + slice + after;
    case 6:
      return before + pick(SHARDS, random) + after;
    case 7:
      return before;
    case 8:
      return replaceNumber(bytes, random);
    default: {
      const from = random.below(bytes.length + 1);
      return before + bytes.slice(from, from + random.below(100)) + slice + after;
    }
  }
}

/** Puts another number in the place of one of those in the bytes, of a header as a rule. */
function replaceNumber(bytes: string, random: SeededRandom): string {
  const numbers = [...bytes.matchAll(/(?<=[*$])-?\d+/g)];
  if (numbers.length === 0) return bytes + pick(NUMBERS, random);
  const chosen = pick(numbers, random);
  return bytes.slice(0, chosen.index) + pick(NUMBERS, random) + bytes.slice(chosen.index + chosen[0].length);
}

function split(bytes: string, random: SeededRandom): string[] {
  const kind = random.below(4);
  if (kind < 2) return [bytes];
  const cuts = new Set<number>();
  const count = kind === 2 ? 1 + random.below(3) : 1 + random.below(20);
  for (let i = 0; i < count; i++) cuts.add(random.below(bytes.length + 1));
  const pieces: string[] = [];
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut > from) pieces.push(bytes.slice(from, cut));
    from = cut;
  }
  pieces.push(bytes.slice(from));
  return pieces.filter((piece) => piece !== "");
}

function flipBit(byte: string, random: SeededRandom): string {
  return byte === "" ? "" : String.fromCharCode(byte.charCodeAt(0) ^ (1 << random.below(8)));
}

function anyByte(random: SeededRandom): string {
  return String.fromCharCode(random.below(256));
}

function pick<T>(list: readonly T[], random: SeededRandom): T {
  return list[random.below(list.length)];
}
