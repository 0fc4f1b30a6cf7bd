/**
 * The executable: command line, configuration, signals, exit code. Everything else is the server's.
 *
 * @module
 */

import { byteStringOfText } from "./src/base/bytes.ts";
import { SystemClock } from "./src/base/clock.ts";
import { Refusal } from "./src/base/directive.ts";
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
import { systemErrorText } from "./src/server/system_error.ts";
import { TlsError } from "./src/server/tls_settings.ts";

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

  const { defaultDirectory, file, stdin, options } = invocation;
  const configuration = new Configuration(file === undefined ? {} : { file });
  let extras: ConfigurationExtras;
  try {
    extras = loadConfiguration(configuration, {
      ...(file === undefined ? {} : { file }),
      ...(stdin ? { stdin: readStandardInput() } : {}),
      options,
    });
    if (defaultDirectory !== undefined && !extras.namesDirectory) {
      useDirectory(configuration, defaultDirectory);
    }
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
    port: configuration.get("port") || configuration.get("tls-port"),
    drawn: configuration.get("always-show-logo") || (logfile === undefined && Deno.stdout.isTerminal()),
  });
  if (
    configuration.get("unixsocket") === "" &&
    ((configuration.get("port") === 0 && configuration.get("tls-port") === 0) ||
      configuration.get("bind").length === 0)
  ) {
    log.warning("Configured to not listen anywhere, exiting.");
    return 1;
  }
  try {
    server.persistence.begin();
  } catch (error) {
    log.warning(error instanceof Error ? error.message : String(error));
    return 1;
  }
  log.warning("Server initialized");
  try {
    server.start();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof TlsError) {
      log.warning(reason);
      log.warning("Failed to configure TLS. Check logs for more info.");
      return 1;
    }
    log.warning(`Warning: ${reason}`);
    const tlsPort = configuration.get("tls-port");
    const failed = tlsPort > 0 && reason.includes(`:${tlsPort}:`)
      ? `${tlsPort} (TLS)`
      : `${configuration.get("port")} (TCP)`;
    log.warning(`Failed listening on port ${failed}, aborting.`);
    return 1;
  }
  const pidFile = new PidFile(configuration.path("pidfile"), log);
  onSignals((name) => {
    if (server.persistence.loading !== null) {
      log.warning("Received shutdown signal during loading, exiting now.");
      Deno.exit(0);
    }
    log.warning(`Received ${name} scheduling shutdown...`);
    const words = configuration.get(name === "SIGTERM" ? "shutdown-on-sigterm" : "shutdown-on-sigint");
    const save = words.includes("save") ? true : words.includes("nosave") ? false : null;
    return server.endBySignal({ save, now: words.includes("now"), force: words.includes("force") });
  });
  try {
    await server.persistence.load();
  } catch (error) {
    log.warning(error instanceof Error ? error.message : String(error));
    log.warning("Fatal error loading the DB, check server logs. Exiting.");
    return 1;
  }
  if (!server.stopping) server.reportReady();
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

/** Has the data kept in a directory, which is made where it is not there. */
function useDirectory(configuration: Configuration, directory: string): void {
  try {
    Deno.mkdirSync(configuration.resolve(byteStringOfText(directory)), { recursive: true });
    configuration.assign("dir", [byteStringOfText(directory)]);
  } catch (error) {
    const reason = error instanceof Refusal ? error.reason : systemErrorText(error);
    throw new ConfigurationError(`Can't keep data in '${directory}': ${reason}`);
  }
}

/** Calls `stop` on the signals that ask a server to end; a second one ends the process, unless `stop` returned false. */
function onSignals(stop: (name: string) => boolean): void {
  let asked = false;
  const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
  for (const signal of signals) {
    Deno.addSignalListener(signal, () => {
      if (asked) Deno.exit(1);
      asked = stop(signal);
    });
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
