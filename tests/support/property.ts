/**
 * Property tests whose failures can be repeated.
 *
 * A failure prints its seed; `DENODIS_PROPERTY_SEED=<seed>` runs the test with it again, and for fast-check
 * `DENODIS_PROPERTY_PATH=<path>` goes straight to the counterexample. `DENODIS_PROPERTY_RUNS=<factor>` multiplies the
 * number of runs.
 *
 * @module
 */

import type { Parameters } from "fast-check";
import { SeededRandom } from "../../src/base/random.ts";

/** What `fc.assert` is to do: `runs` runs, and the seed from the environment if there is one. */
export function runs<T>(runs: number): Parameters<T> {
  const parameters: Parameters<T> = { numRuns: runs * Number(Deno.env.get("DENODIS_PROPERTY_RUNS") ?? 1) };
  const seed = Deno.env.get("DENODIS_PROPERTY_SEED");
  const path = Deno.env.get("DENODIS_PROPERTY_PATH");
  if (seed !== undefined) parameters.seed = Number(seed);
  if (path !== undefined) parameters.path = path;
  return parameters;
}

/** Runs `test` with random numbers that its failure's message says how to repeat. */
export function withSeed(test: (random: SeededRandom) => void): void {
  const seed = Number(Deno.env.get("DENODIS_PROPERTY_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  try {
    test(new SeededRandom(seed));
  } catch (error) {
    throw new Error(
      `Failed with DENODIS_PROPERTY_SEED=${seed}: ${error instanceof Error ? error.message : error}`,
      {
        cause: error,
      },
    );
  }
}
