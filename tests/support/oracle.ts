/**
 * Whether redis-server, the oracle of the parity tests, is on this machine, and getting it there.
 *
 * @module
 */

import { ORACLE_VERSION } from "./servers.ts";

/** What {@linkcode ensureOracle} found or did. */
export interface OracleState {
  /** Whether the parity tests can compare against a live redis-server. */
  readonly available: boolean;
  /** One sentence for the summary of a test run. */
  readonly explanation: string;
}

/** The output of a program, or undefined where it does not exist or fails. */
async function output(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const result = await new Deno.Command(program, { args: [...args], stdin: "null" }).output();
    return result.success ? new TextDecoder().decode(result.stdout) : undefined;
  } catch {
    return undefined;
  }
}

/** The version of the redis-server on PATH, such as "7.0.15", or undefined. */
export async function oracleVersion(): Promise<string | undefined> {
  return /v=(\d+\.\d+\.\d+)/.exec((await output("redis-server", ["--version"])) ?? "")?.[1];
}

/** Whether redis-cli is on PATH. */
export async function redisCliAvailable(): Promise<boolean> {
  return (await output("redis-cli", ["--version"])) !== undefined;
}

/** Looks for an oracle, without changing anything. DENODIS_NO_ORACLE=1 says there is none. */
export async function oracleState(): Promise<OracleState> {
  if (Deno.env.get("DENODIS_NO_ORACLE") === "1") {
    return {
      available: false,
      explanation:
        "DENODIS_NO_ORACLE=1, so the replies recorded from redis-server decide, and random commands are not compared",
    };
  }
  const version = await oracleVersion();
  if (version === undefined) {
    return {
      available: false,
      explanation:
        "redis-server is not on PATH, so the replies recorded from it decide, and random commands are not compared",
    };
  }
  if (!version.startsWith(`${ORACLE_VERSION}.`)) {
    return {
      available: false,
      explanation:
        `redis-server ${version} is not ${ORACLE_VERSION}.x, so the replies recorded from that one decide, and random commands are not compared`,
    };
  }
  return { available: true, explanation: `compared with redis-server ${version}` };
}

/**
 * Makes redis-server and redis-cli available where that is possible without asking: on Debian and its relatives, as
 * root. Elsewhere the explanation says how to install them.
 */
export async function ensureOracle(): Promise<OracleState> {
  const before = await oracleState();
  if (Deno.env.get("DENODIS_NO_ORACLE") === "1") return before;
  if (before.available && (await redisCliAvailable())) return before;
  if ((await oracleVersion()) !== undefined && (await redisCliAvailable())) return before;
  const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;
  if (!isRoot || (await output("apt-get", ["--version"])) === undefined) {
    return {
      available: before.available,
      explanation: `${before.explanation}; to install it: ${installHint()}`,
    };
  }
  console.log("Installing redis-server and redis-tools, the oracle of the parity tests");
  for (const args of [["update", "-qq"], ["install", "-y", "-qq", "redis-server", "redis-tools"]]) {
    const result = await new Deno.Command("apt-get", {
      args,
      env: { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
      stdin: "null",
    }).output();
    if (!result.success) {
      const reason = new TextDecoder().decode(result.stderr).trim();
      return {
        available: before.available,
        explanation: `${before.explanation}; "apt-get ${args.join(" ")}" failed: ${reason}`,
      };
    }
  }
  return await oracleState();
}

function installHint(): string {
  switch (Deno.build.os) {
    case "linux":
      return '"apt-get install redis-server redis-tools" as root, on Debian 12';
    case "darwin":
      return `build ${ORACLE_VERSION}.x from its sources, or run the tests in a Debian 12 container`;
    default:
      return "run the tests in a Debian 12 container";
  }
}
