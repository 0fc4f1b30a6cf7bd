/** Client-side caching: random requests of three clients, compared with redis-server byte by byte. */

import { SeededRandom } from "../../src/base/random.ts";
import { oracleState } from "../support/oracle.ts";
import { assertSame, type Scenario } from "../support/scenario.ts";
import { startDenodis, startOracle } from "../support/servers.ts";

const ROUNDS = 30 * Number(Deno.env.get("DENODIS_PROPERTY_RUNS") ?? 1);
const STEPS = 12;
const CLIENTS = ["a", "b", "c"];
const KEYS = ["a", "ab", "abc", "b", "bc", "c", ""];
const INFO_FIELDS = /tracking_(clients|total_\w+):\d+/g;

/** Makes requests; the same ones for the same seed. */
class Requests {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.#random.uint32() % choices.length];
  }

  batch(): string[][] {
    return Array.from({ length: this.pick([1, 2, 3, 4]) }, () => this.#request());
  }

  #request(): string[] {
    const key = () => this.pick(KEYS);
    const requests: (() => string[])[] = [
      () => ["CLIENT", "TRACKING", this.pick(["ON", "ON", "ON", "OFF"]), ...this.#options()],
      () => ["CLIENT", "TRACKING", "ON"],
      () => ["CLIENT", "CACHING", this.pick(["YES", "NO"])],
      () => ["CLIENT", "TRACKINGINFO"],
      () => ["HELLO", this.pick(["3", "3", "3", "2"])],
      () => [this.pick(["RESET", "PING", "NOCOMMAND", "GET", "FLUSHALL"])],
      () => ["SELECT", this.pick(["0", "1"])],
      ...Array<() => string[]>(4).fill(() => ["MGET", key(), key()]),
      ...Array<() => string[]>(4).fill(() => ["SET", key(), "1"]),
      () => [this.pick(["GET", "GETDEL", "INCR", "TYPE"]), key()],
      () => [this.pick(["DEL", "RENAME", "COPY", "EXISTS"]), key(), key()],
      () => ["EXPIRE", key(), this.pick(["-1", "1000"])],
    ];
    return this.pick(requests)();
  }

  #options(): string[] {
    return this.pick([
      [],
      ["NOLOOP"],
      ["OPTIN"],
      ["OPTIN", "NOLOOP"],
      ["OPTOUT"],
      ["BCAST"],
      ["BCAST", "NOLOOP"],
      ["BCAST", "PREFIX", this.pick(KEYS)],
      ["BCAST", "NOLOOP", "PREFIX", this.pick(KEYS)],
    ]);
  }
}

async function play(scenario: Scenario, seed: number): Promise<void> {
  const requests = new Requests(seed);
  for (const name of CLIENTS) await scenario.ask(name, "HELLO 3");
  for (let step = 0; step < STEPS; step++) {
    await scenario.send(requests.pick(CLIENTS), ...requests.batch());
  }
  for (const name of CLIENTS) await scenario.send(name, "CLIENT TRACKINGINFO");
  await scenario.extract("a", "INFO", INFO_FIELDS);
}

Deno.test("random requests send the same bytes to everybody", {
  ignore: !(await oracleState()).available,
}, async () => {
  const servers = [await startDenodis(), await startOracle()] as const;
  const given = Deno.env.get("DENODIS_PROPERTY_SEED");
  const first = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  try {
    for (let seed = first; seed < first + ROUNDS; seed++) {
      try {
        await assertSame(servers, CLIENTS, (scenario) => play(scenario, seed));
      } catch (error) {
        throw new Error(`Failed with DENODIS_PROPERTY_SEED=${seed}`, { cause: error });
      }
    }
  } finally {
    for (const server of servers) await server.stop();
  }
});
