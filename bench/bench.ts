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
  /** Longer runs, where a measurement has them: for figures that change little any more. */
  readonly full: boolean;
  /** How often each pair of measurements is repeated; an even number lets each contestant come first equally often. */
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
 * Measures both contestants, one right after the other; who comes first alternates with the round, so that a machine
 * that slows down or speeds up favours neither.
 */
export async function measureInTurn<T>(round: number, sides: Pair<() => Promise<T>>): Promise<Pair<T>> {
  if (round % 2 === 0) {
    const first = await sides.ours();
    return { ours: first, oracle: await sides.oracle() };
  }
  const first = await sides.oracle();
  return { ours: await sides.ours(), oracle: first };
}

/** Measures both contestants in turn, `bench.rounds` times. */
export async function measureRounds<T>(
  bench: Bench,
  measure: (contestant: Contestant) => Promise<T>,
): Promise<Pair<T>[]> {
  const { ours, oracle } = bench.contestants;
  const rounds: Pair<T>[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    rounds.push(await measureInTurn(round, { ours: () => measure(ours), oracle: () => measure(oracle) }));
  }
  return rounds;
}
