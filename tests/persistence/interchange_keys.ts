/**
 * Keys of every type and encoding that go from one server to another and back.
 *
 * @module
 */

import type { SeededRandom } from "../../src/base/random.ts";

/** How many keys there are: `DENODIS_INTERCHANGE_KEYS`; 5,000 unless told, 100,000 in a full run. */
export const KEYS = Number(Deno.env.get("DENODIS_INTERCHANGE_KEYS") ?? 5_000);
/** Keys that are made under the same directives. */
const SETTING_KEYS = KEYS / 10;
/** Far in the future of both clocks, milliseconds since the epoch. */
const EXPIRY = 4_000_000_000_000;

/** Commands that make the key `key:i`, of a type and size that depend on i and on chance. */
export function commandsFor(i: number, random: SeededRandom): string[][] {
  const key = `key:${i}`;
  const below = (limit: number) => random.uint32() % limit;
  // Most collections are small, some are larger than any threshold, wherever that is.
  const size = below(40) === 0 ? 100 + below(500) : 1 + below(9);
  const text = () =>
    ["", "a", "-7", "123456789012", "x".repeat(70), "compressible ".repeat(9), `${below(1e9)}`][below(7)];
  const texts = Array.from({ length: size }, (_, n) => `${text()}:${n}`);
  const commands = [
    () => [["SET", key, text()]],
    () => [["SET", key, String(below(2 ** 31))]],
    () => [["RPUSH", key, ...texts, ...(below(50) === 0 ? ["L".repeat(20_000)] : [])]],
    () => [["SADD", key, ...texts]],
    () => [["SADD", key, ...texts.map((_, n) => String(n * below(70_000)))]],
    () => [["ZADD", key, ...texts.flatMap((member) => [String(below(1000) / 8 - 50), member])]],
    () => [["HSET", key, ...texts.flatMap((field) => [field, text()])]],
    () => [["PFADD", key, ...texts]],
    () => [
      ...texts.slice(0, 120).map((
        value,
        n,
      ) => ["XADD", key, `${n + 1}-${below(9)}`, "field", value, `f${n % 3}`, "v"]),
      ["XGROUP", "CREATE", key, "group", "0"],
      ["XREADGROUP", "GROUP", "group", "consumer", "COUNT", "4", "STREAMS", key, ">"],
      ["XDEL", key, "2-1"],
    ],
  ][i % 9]();
  if (below(4) === 0) commands.push(["PEXPIREAT", key, String(EXPIRY + i)]);
  return commands;
}

/** Directives that decide about encodings, in settings of which each key meets another. */
const SETTINGS: readonly Readonly<Record<string, string>>[] = [
  {},
  {
    "list-max-listpack-size": "3",
    "hash-max-listpack-entries": "0",
    "set-max-intset-entries": "2",
    "zset-max-listpack-entries": "0",
    "stream-node-max-entries": "2",
    "rdbcompression": "no",
  },
  {
    "list-max-listpack-size": "-5",
    "list-compress-depth": "1",
    "hash-max-listpack-entries": "5000",
    "hash-max-listpack-value": "5000",
    "set-max-intset-entries": "5000",
    "zset-max-listpack-entries": "5000",
    "zset-max-listpack-value": "5000",
    "stream-node-max-bytes": "100",
    "rdbcompression": "yes",
  },
];

/** The commands that make all keys, each under some of the directives. */
export function allCommands(random: SeededRandom): string[][] {
  const commands: string[][] = [];
  for (let i = 0; i < KEYS; i++) {
    if (i % SETTING_KEYS === 0) {
      const settings = Object.entries(SETTINGS[(i / SETTING_KEYS) % SETTINGS.length]);
      commands.push(...settings.map((pair) => ["CONFIG", "SET", ...pair]));
    }
    commands.push(...commandsFor(i, random));
  }
  return commands;
}
