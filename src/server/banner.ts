/**
 * What the server says about itself when it starts.
 *
 * @module
 */

import type { ServerLog } from "./log.ts";

/** What {@linkcode logStart} tells. */
export interface StartOptions {
  /** The version of denodis. */
  readonly version: string;
  /** Whether a file, the standard input or an option said anything. */
  readonly configured: boolean;
}

/** The first lines of the log, once the configuration has been read. */
export function logStart(log: ServerLog, options: StartOptions): void {
  log.warning("oO0OoO0OoO0Oo denodis is starting oO0OoO0OoO0Oo");
  log.warning(
    `denodis version=${options.version}, bits=64, deno=${Deno.version.deno}, pid=${Deno.pid}, just started`,
  );
  log.warning(
    options.configured
      ? "Configuration loaded"
      : "Warning: no config file specified, using the default config. In order to specify a config file use " +
        "denodis /path/to/redis.conf",
  );
}

/** What {@linkcode logBanner} tells. */
export interface BannerOptions {
  /** The version of denodis. */
  readonly version: string;
  readonly mode: "standalone" | "cluster";
  /** The TCP port, or the TLS port where there is no other. */
  readonly port: number;
  /** Draw it, as for someone who watches; otherwise it is one line of the log. */
  readonly drawn: boolean;
}

/** How the server runs, as a drawing or in one line. */
export function logBanner(log: ServerLog, options: BannerOptions): void {
  if (options.drawn) log.raw(startBanner(options));
  else log.notice(`Running mode=${options.mode}, port=${options.port}.`);
}

/** The drawing: name, version, mode, port and process id. */
export function startBanner(options: BannerOptions): string {
  const { version, mode, port } = options;
  return String.raw`
       _                      _ _
    __| | ___ _ __   ___   __| (_)___     denodis ${version} 64 bit
   / _${"`"} |/ _ \ '_ \ / _ \ / _${"`"} | / __|
  | (_| |  __/ | | | (_) | (_| | \__ \    Running in ${mode} mode
   \__,_|\___|_| |_|\___/ \__,_|_|___/    Port: ${port}
                                          PID: ${Deno.pid}
`;
}
