/**
 * `deno task record`: runs the hand-written cases against redis-server and writes down what it answered; those of the
 * groups that are named, if any are.
 *
 * @module
 */

import { oracleState, oracleVersion } from "../support/oracle.ts";
import { startOracle } from "../support/servers.ts";
import { printable } from "../support/replies.ts";
import { groups } from "./cases/mod.ts";
import { Recording } from "./recording.ts";
import { PARITY_FLAGS, ParityServer } from "./runner.ts";

async function record(): Promise<number> {
  const state = await oracleState();
  if (!state.available) {
    console.error(`Cannot record: ${state.explanation}`);
    return 1;
  }
  const oracle = new ParityServer(() => startOracle(PARITY_FLAGS));
  let failures = 0;
  try {
    for (const group of groups) {
      if (Deno.args.length > 0 && !Deno.args.includes(group.name)) continue;
      const recording = await Recording.load(group);
      let count = 0;
      for (const one of group.cases) {
        if (one.expect !== undefined) continue;
        for (const protocol of one.protocols) {
          const transcript = await oracle.run(one, protocol);
          if (transcript.failure !== undefined) {
            failures++;
            console.error(`${group.name}: ${printable(one.name)} (RESP${protocol}): ${transcript.failure}`);
            continue;
          }
          recording.update(one, protocol, transcript);
          count++;
        }
      }
      await recording.save(`redis-server ${await oracleVersion()}`);
      console.log(`${group.name}: ${count} recorded`);
    }
  } finally {
    await oracle.stop();
  }
  return failures === 0 ? 0 : 1;
}

Deno.exit(await record());
