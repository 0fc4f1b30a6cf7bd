/**
 * The executable: command line, configuration, signals, exit code. Everything else is the server's.
 *
 * @module
 */

import { SystemClock } from "./src/base/clock.ts";
import { helpText, parseArguments, versionText } from "./src/server/arguments.ts";
import { logBanner, logStart } from "./src/server/banner.ts";
import {
  ConfigurationError,
  type ConfigurationExtras,
  loadConfiguration,
  readStandardInput,
} from "./src/server/config_file.ts";
import { Configuration } from "./src/server/configuration.ts";
import { configureLogging, ServerLog } from "./src/server/log.ts";
import { warnOfDirectivesToCome } from "./src/server/not_yet.ts";
import { PidFile } from "./src/server/pid_file.ts";
import { ping } from "./src/server/ping.ts";
import { Server, VERSION } from "./src/server/server.ts";

/** Starts the server that the command line describes; resolves to the exit code when it has stopped. */
async function main(argv: readonly string[]): Promise<number> {
  const invocation = parseArguments(argv);
  if (invocation.action === "help") {
    console.log(helpText());
    return 0;
  }
  if (invocation.action === "version") {
    console.log(versionText(VERSION).trimEnd());
    return 0;
  }
  if (invocation.action === "ping") {
    const { serves, text } = await ping(invocation.target);
    if (serves) console.log(text);
    else console.error(text);
    return serves ? 0 : 1;
  }
  if (invocation.action === "refuse") {
    console.error(invocation.reason);
    return 1;
  }

  const { file, stdin, options } = invocation;
  const configuration = new Configuration(file === undefined ? {} : { file });
  let extras: ConfigurationExtras;
  try {
    extras = loadConfiguration(configuration, {
      ...(file === undefined ? {} : { file }),
      ...(stdin ? { stdin: readStandardInput() } : {}),
      options,
    });
  } catch (error) {
    return refuse(error);
  }

  const logfile = configuration.path("logfile");
  configureLogging(logfile === undefined ? {} : { file: logfile });
  const clock = new SystemClock();
  const log = new ServerLog({ id: "main", clock, threshold: configuration.get("loglevel") });
  logStart(log, { version: VERSION, configured: !invocation.bare });
  for (const { name, reason } of extras.withoutEffect) {
    log.warning(`The directive '${name}' has no effect: ${reason}`);
  }

  const server = new Server({ configuration, clock, log });
  try {
    applyExtras(server, extras);
  } catch (error) {
    return refuse(error);
  }
  warnOfDirectivesToCome(configuration, log);
  log.role = "M";
  logBanner(log, {
    version: VERSION,
    mode: "standalone",
    port: configuration.get("port"),
    drawn: configuration.get("always-show-logo") || (logfile === undefined && Deno.stdout.isTerminal()),
  });
  if (
    configuration.get("unixsocket") === "" &&
    (configuration.get("port") === 0 || configuration.get("bind").length === 0)
  ) {
    log.warning("Configured to not listen anywhere, exiting.");
    return 1;
  }
  log.warning("Server initialized");
  try {
    server.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.warning(`Warning: ${reason}`);
    log.warning(`Failed listening on port ${configuration.get("port")} (TCP), aborting.`);
    return 1;
  }
  const pidFile = new PidFile(configuration.path("pidfile"), log);
  onSignals((name) => {
    log.warning(`Received ${name} scheduling shutdown...`);
    server.shutdown({ save: null, now: false, force: false });
  });
  await server.stopped;
  pidFile.remove();
  log.warning("denodis is now ready to exit, bye bye...");
  return 0;
}

/** Reports a configuration that cannot be used; returns the exit code. */
function refuse(error: unknown): number {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.report(VERSION));
  return 1;
}

/** Applies what the configuration says besides the values of directives. */
function applyExtras(server: Server, extras: ConfigurationExtras): void {
  for (const line of extras.renamedCommands) {
    const reason = server.commands.rename(line.words[1], line.words[2]);
    if (reason !== "") throw new ConfigurationError(reason, line);
  }
  server.access.begin(extras.users);
}

/** Calls `stop` on the signals that ask a server to end; a second one ends the process. */
function onSignals(stop: (name: string) => void): void {
  let asked = false;
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      if (asked) Deno.exit(1);
      asked = true;
      stop(signal);
    });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
