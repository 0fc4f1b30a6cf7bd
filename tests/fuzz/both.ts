/**
 * Tests that hold for denodis and for redis-server alike: what they expect is what the oracle does too.
 *
 * @module
 */

import { oracleState } from "../support/oracle.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";
import { Observer } from "./server_state.ts";

const state = await oracleState();

/** A server under test and a connection that looks after it. */
export interface Subject {
  readonly server: RunningServer;
  readonly observer: Observer;
  /** Whether it is ours, for what we mean to do otherwise. */
  readonly ours: boolean;
}

/** Registers `test` twice: against denodis, and against redis-server where there is one. */
export function testBoth(
  name: string,
  test: (subject: Subject) => Promise<void>,
  args: readonly string[] = [],
): void {
  for (const ours of [true, false]) {
    Deno.test({
      name: `fuzz: ${name}${ours ? "" : " (redis-server)"}`,
      ignore: !ours && !state.available,
      fn: async () => {
        const server = await (ours ? startDenodis(args) : startOracle(args));
        const observer = await Observer.connect(server);
        try {
          await test({ server, observer, ours });
        } finally {
          observer.close();
          await server.stop();
        }
      },
    });
  }
}

/** Resolves after that many milliseconds. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
