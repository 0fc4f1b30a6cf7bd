/**
 * The two servers that are compared: denodis as its users start it, and redis-server, the oracle.
 *
 * @module
 */
import { outputOf } from "./processes.ts";

/** The repository's root, where the start task runs. */
export const root = new URL("..", import.meta.url).pathname;

/** A server that takes redis-server's flags. */
export interface Contestant {
  /** The column heading. */
  readonly name: string;
  /** The shell command that flags are appended to. */
  readonly command: string;
  /** Name and version for the report's first line. */
  readonly description: string;
}

/** Ours and the oracle's. */
export interface Contestants {
  readonly ours: Contestant;
  readonly oracle: Contestant;
}

/**
 * Ours is the `start` task of deno.json, V8 flags and all, so that the bench measures what users run; the environment
 * variable DENODIS_SERVER_COMMAND puts another command in its place (`redis-server` shows the bench's own noise).
 */
export async function findContestants(): Promise<Contestants> {
  const settings = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  const override = Deno.env.get("DENODIS_SERVER_COMMAND");
  const runtime = `denodis ${settings.version} on Deno ${Deno.version.deno}`;
  const version = await outputOf("redis-server", { args: ["--version"], milliseconds: 5000 });
  return {
    ours: {
      name: "denodis",
      command: override ?? settings.tasks.start,
      description: override === undefined ? runtime : `\`${override}\` in denodis's place`,
    },
    oracle: {
      name: "redis-server",
      command: "redis-server",
      description: `redis-server ${/\bv=(\S+)/.exec(version)?.[1] ?? "of unknown version"}`,
    },
  };
}
