/**
 * What every measurement is given.
 *
 * @module
 */
import type { Contestant, Contestants } from "./contestants.ts";
import type { Pinning } from "./machine.ts";

/** One run of the bench. */
export interface Bench {
  readonly contestants: Contestants;
  /** Smaller data and shorter runs: shows that everything works, not what to publish. */
  readonly quick: boolean;
  /** How often each pair of measurements is repeated. */
  readonly rounds: number;
  readonly pinning: Pinning | undefined;
  /** An empty directory for whatever servers write; removed at the end. */
  readonly directory: string;
}

/** The figure of each contestant in one round. */
export interface Pair<T> {
  readonly ours: T;
  readonly oracle: T;
}

/**
 * Measures both contestants, `bench.rounds` times, one right after the other; who comes first alternates, so that a
 * machine that slows down or speeds up favours neither.
 */
export async function measureInTurns<T>(
  bench: Bench,
  measure: (contestant: Contestant) => Promise<T>,
): Promise<Pair<T>[]> {
  const { ours, oracle } = bench.contestants;
  const rounds: Pair<T>[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    if (round % 2 === 0) {
      const first = await measure(ours);
      rounds.push({ ours: first, oracle: await measure(oracle) });
    } else {
      const first = await measure(oracle);
      rounds.push({ ours: await measure(ours), oracle: first });
    }
  }
  return rounds;
}
