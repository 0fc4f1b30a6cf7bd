/**
 * The hand-written cases of `cases/`, each over RESP2 and RESP3, on denodis and on redis-server; where there is no
 * redis-server, against the replies recorded from it.
 */

import assert from "node:assert/strict";
import { oracleState } from "../support/oracle.ts";
import { printable } from "../support/replies.ts";
import { startDenodis, startOracle } from "../support/servers.ts";
import { type CaseGroup, describeStep, type FullCase } from "./case.ts";
import { groups } from "./cases/mod.ts";
import { difference, firstDifference, type Transcript } from "./compare.ts";
import { Recording } from "./recording.ts";
import { PARITY_FLAGS, ParityServer } from "./runner.ts";

const live = (await oracleState()).available;
const ours = new ParityServer(() => startDenodis(PARITY_FLAGS));
const oracle = new ParityServer(() => startOracle(PARITY_FLAGS));

Deno.test.afterAll(async () => {
  await ours.stop();
  await oracle.stop();
});

for (const group of groups) {
  const recording = await Recording.load(group);
  const fresh = new Recording(group);
  for (const one of group.cases) {
    for (const protocol of one.protocols) {
      Deno.test(`${group.name}: ${testName(one)} (RESP${protocol})`, async () => {
        const [expected, actual] = await Promise.all([
          expectedTranscript(one, protocol, recording),
          ours.run(one, protocol),
        ]);
        if (live && one.expect === undefined) {
          assert.equal(expected.failure, undefined, `The case is wrong, redis-server: ${expected.failure}`);
          fresh.update(one, protocol, expected);
        }
        const found = firstDifference(one, expected, actual);
        if (found !== undefined) throw new Error(report(one, { expected, actual, ...found }));
      });
    }
  }
  Deno.test(`${group.name}: the recorded replies are those of the cases (deno task record)`, () => {
    assert.deepEqual(staleCases(group, recording, fresh), []);
  });
}

async function expectedTranscript(one: FullCase, protocol: 2 | 3, recording: Recording): Promise<Transcript> {
  if (one.expect !== undefined) {
    return { replies: (protocol === 3 ? one.expect.resp3 : undefined) ?? one.expect.resp2 };
  }
  if (live) return await oracle.run(one, protocol);
  const recorded = recording.transcript(one, protocol);
  assert.ok(recorded, "This case is not recorded; run `deno task record` where redis-server is installed");
  return recorded;
}

/** Cases whose recording is missing, left over, or not what the oracle answered in this run. */
function staleCases(group: CaseGroup, recording: Recording, fresh: Recording): string[] {
  const stale = recording.leftovers().map((name) => `${printable(name)}: no such case`);
  for (const one of group.cases) {
    if (one.expect !== undefined) continue;
    for (const protocol of one.protocols) {
      const recorded = recording.transcript(one, protocol);
      const now = fresh.transcript(one, protocol);
      const isStale = recorded === undefined || recorded.replies.length !== one.steps.length ||
        (now !== undefined &&
          one.steps.some((step, index) =>
            step.kind === "send" && recorded.replies[index] !== now.replies[index] &&
            difference(step.comparison, recorded.replies[index], now.replies[index]) !== undefined
          ));
      if (isStale) stale.push(`${printable(one.name)} (RESP${protocol})`);
    }
  }
  return stale;
}

/** A name that a terminal and a report can hold. */
function testName(one: FullCase): string {
  return printable(one.name, 160).slice(1, -1);
}

function report(
  one: FullCase,
  found: { expected: Transcript; actual: Transcript; step: number; why: string },
): string {
  const lines = [`${found.why}, at step ${found.step + 1} of ${one.steps.length}`];
  const reference = one.expect === undefined
    ? `redis-server${live ? "" : ", recorded"}`
    : `documentation of Redis ${one.expect.since}`;
  for (let step = 0; step <= found.step && step < one.steps.length; step++) {
    lines.push(
      `  ${step === found.step ? ">" : " "} ${printable(describeStep(one.steps[step])).slice(1, -1)}`,
    );
    const [expected, actual] = [found.expected, found.actual].map((transcript) => shown(transcript, step));
    if (expected === actual && step !== found.step) {
      lines.push(`      both: ${expected}`);
    } else {
      lines.push(`      expected: ${expected}  (${reference})`, `      denodis:  ${actual}`);
    }
  }
  if (found.step === one.steps.length) lines.push(`    denodis: ${found.actual.failure ?? "no failure"}`);
  return lines.join("\n");
}

function shown(transcript: Transcript, step: number): string {
  const reply = transcript.replies[step];
  if (reply === undefined) return `none: ${transcript.failure}`;
  return reply === null ? "(not recorded)" : printable(reply);
}
