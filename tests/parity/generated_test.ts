/**
 * Random sequences of commands on few keys, sent to denodis and to redis-server and compared reply by reply; a
 * difference is shrunk to the shortest sequence that still shows it.
 *
 * DENODIS_PARITY_COMMANDS sets how many commands are sent (100,000, in CI 500,000), DENODIS_PARITY_SEED repeats a
 * run: set it to the seed that a failure names.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, parseReplies, printable } from "../support/replies.ts";
import { type RunningServer, startDenodis, startOracle } from "../support/servers.ts";
import { difference } from "./compare.ts";
import type { GeneratedCommand } from "./generators/arguments.ts";
import { anyCommand, finalCommands } from "./generators/mod.ts";

/** Sequences are long enough for commands to meet, and short enough to be shrunk quickly. */
const LONGEST_SEQUENCE = 200;

/** Runs between two looks at how many commands have been sent. */
const RUNS_A_ROUND = 20;

const state = await oracleState();
const total = Number(
  Deno.env.get("DENODIS_PARITY_COMMANDS") ?? (Deno.env.get("CI") === "true" ? 500_000 : 100_000),
);
const firstSeed = Number(Deno.env.get("DENODIS_PARITY_SEED") ?? Math.floor(Math.random() * 2 ** 31));

/** A connection of each protocol version to one server, kept for all runs. */
interface Peer {
  readonly server: RunningServer;
  readonly connections: Readonly<Record<2 | 3, RawConnection>>;
}

async function connect(server: RunningServer): Promise<Peer> {
  const [resp2, resp3] = [
    await RawConnection.connect({ port: server.port }),
    await RawConnection.connect({ port: server.port }),
  ];
  await resp3.command("HELLO", "3");
  return { server, connections: { 2: resp2, 3: resp3 } };
}

/** The replies to all commands, sent in one go to an emptied server. */
async function run(peer: Peer, protocol: 2 | 3, commands: readonly GeneratedCommand[]): Promise<string[]> {
  const connection = peer.connections[protocol];
  const requests = [["FLUSHALL"], ["SELECT", "0"], ...commands.map((command) => command.args)];
  try {
    const [raw] = await Promise.all([
      connection.readReplies(requests.length),
      connection.write(requests.map(encodeRequest).join("")),
    ]);
    return parseReplies(raw).slice(2).map((reply) => reply.raw);
  } catch (error) {
    const end = peer.server.ended();
    const fate = end === undefined
      ? "is still running"
      : `ended with ${end}:\n${peer.server.log().slice(-2000)}`;
    throw new Error(`${error instanceof Error ? error.message : error}\n${peer.server.name} ${fate}`);
  }
}

function describe(command: GeneratedCommand): string {
  return command.args.map((arg) => /^[!#-~]+$/.test(arg) ? arg : printable(arg, 80)).join(" ");
}

/** The random commands with their replies, up to the first difference: among them, or in a look at what they left. */
function report(
  commands: readonly GeneratedCommand[],
  found: { at: number; random: number; replies: readonly [string[], string[]] },
): string {
  const { at, random, replies } = found;
  const lines = commands.slice(0, Math.min(at, random)).map((command, index) =>
    `    ${describe(command)}  ->  ${printable(replies[0][index], 120)}`
  );
  // What the look at the end asks before is of no interest, but for the database that it selected.
  const selected = commands.slice(random, at).findLast((command) => command.args[0] === "SELECT");
  return [
    "After",
    ...lines,
    ...(selected === undefined ? [] : [`    ${describe(selected)}`]),
    `  > ${describe(commands[at])}`,
    `      redis-server: ${printable(replies[0][at])}`,
    `      denodis:      ${printable(replies[1][at])}`,
  ].join("\n");
}

Deno.test({
  name: `generated: ${total} random commands are answered alike`,
  ignore: !state.available,
  fn: async () => {
    console.log(`Seed of the random commands: ${firstSeed} (DENODIS_PARITY_SEED repeats them)`);
    const servers: RunningServer[] = [];
    let sent = 0;
    try {
      servers.push(await startOracle(), await startDenodis());
      let [oracle, ours] = [await connect(servers[0]), await connect(servers[1])];
      const property = fc.asyncProperty(
        fc.array(anyCommand, { minLength: 1, maxLength: LONGEST_SEQUENCE, size: "max" }),
        fc.constantFrom<2 | 3>(2, 3),
        async (sequence, protocol) => {
          const commands = [...sequence, ...finalCommands];
          sent += sequence.length;
          try {
            const replies: [string[], string[]] = await Promise.all([
              run(oracle, protocol, commands),
              run(ours, protocol, commands),
            ]);
            const at = commands.findIndex((command, index) =>
              difference(command.comparison, replies[0][index], replies[1][index]) !== undefined
            );
            if (at >= 0) throw new Error(report(commands, { at, random: sequence.length, replies }));
          } catch (error) {
            // Whatever was left unread must not be taken for the replies of the next, shorter sequence.
            for (
              const connection of [...Object.values(oracle.connections), ...Object.values(ours.connections)]
            ) {
              connection.close();
            }
            [oracle, ours] = [await connect(servers[0]), await connect(servers[1])];
            throw error;
          }
        },
      );
      for (let round = 0; sent < total; round++) {
        await fc.assert(property, { seed: firstSeed + round, numRuns: RUNS_A_ROUND });
      }
      for (const connection of [...Object.values(oracle.connections), ...Object.values(ours.connections)]) {
        connection.close();
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
    assert.ok(sent >= total);
  },
});
