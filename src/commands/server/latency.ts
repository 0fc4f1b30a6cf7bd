/**
 * LATENCY: DOCTOR, GRAPH, HELP, HISTOGRAM, HISTORY, LATEST, RESET.
 *
 * @module
 */

import { noLatencySamples } from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import type { CommandContext } from "../context.ts";
import { type CommandDefinition, defineCommand } from "../define.ts";
import { replyHelp } from "../help.ts";
import type { Command, CommandTable } from "../table.ts";

/** What the subcommands have in common. */
const COMMON = {
  group: "server",
  since: "2.8.13",
  complexity: "O(1)",
  history: [],
  deprecated: null,
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  categories: [],
  tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"],
  keys: [],
  arguments: [],
  subcommands: [],
} satisfies Partial<CommandDefinition>;

const doctor = defineCommand({
  ...COMMON,
  name: "DOCTOR",
  summary: "Return a human readable latency analysis report.",
  run({ reply, server }) {
    reply.verbatim(server.latency.report());
  },
});

const graph = defineCommand({
  ...COMMON,
  name: "GRAPH",
  summary: "Return a latency graph for the event.",
  arity: 3,
  arguments: [{ name: "event", type: "string" }],
  run({ args, reply, server }) {
    const event = args.text(2);
    const text = server.latency.graph(event);
    if (text === null) throw noLatencySamples(event);
    reply.verbatim(text);
  },
});

const history = defineCommand({
  ...COMMON,
  name: "HISTORY",
  summary: "Return timestamp-latency samples for the event.",
  arity: 3,
  arguments: [{ name: "event", type: "string" }],
  run({ args, reply, server }) {
    const samples = server.latency.history(args.text(2));
    reply.array(samples.length);
    for (const { time, milliseconds } of samples) {
      reply.array(2);
      reply.integer(time);
      reply.integer(milliseconds);
    }
  },
});

const latest = defineCommand({
  ...COMMON,
  name: "LATEST",
  summary: "Return the latest latency samples for all events.",
  run({ reply, server }) {
    const events = server.latency.latest();
    reply.array(events.length);
    for (const { event, last, worst } of events) {
      reply.array(4);
      reply.bulkText(event);
      reply.integer(last.time);
      reply.integer(last.milliseconds);
      reply.integer(worst);
    }
  },
});

const reset = defineCommand({
  ...COMMON,
  name: "RESET",
  summary: "Reset latency data for one or more events.",
  arity: -2,
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  arguments: [{ name: "event", type: "string", optional: true, multiple: true }],
  run({ args, reply, server }) {
    reply.integer(server.latency.reset(textsFrom(args, 2)));
  },
});

const histogram = defineCommand({
  ...COMMON,
  name: "HISTOGRAM",
  since: "7.0.0",
  summary: "Return the cumulative distribution of latencies of a subset of commands or all.",
  complexity: "O(N) where N is the number of commands with latency information being retrieved.",
  arity: -2,
  arguments: [{ name: "command", type: "string", optional: true, multiple: true }],
  run(context) {
    const { args, reply, server: { commands } } = context;
    const asked = args.count === 2 ? [...commands.all()] : namedCommands(commands, args);
    const shown = asked.filter(({ latencies }) => latencies !== null);
    reply.map(shown.length);
    for (const command of shown) replyDistribution(context, command);
  },
});

/** The commands that the request names, containers with all that is in them. */
function namedCommands(commands: CommandTable, args: Args): Command[] {
  return textsFrom(args, 2).flatMap((name) => {
    const command = commands.named(name);
    if (command === null) return [];
    return [command, ...(command.subcommands === null ? [] : command.subcommands.all())];
  });
}

function replyDistribution({ reply }: CommandContext, { fullName, latencies }: Command): void {
  const steps = latencies!.cumulative();
  reply.bulkText(fullName);
  reply.map(2);
  reply.bulkText("calls");
  reply.integer(latencies!.total);
  reply.bulkText("histogram_usec");
  reply.map(steps.length);
  for (const [microseconds, count] of steps) {
    reply.integer(microseconds);
    reply.integer(count);
  }
}

function textsFrom(args: Args, first: number): string[] {
  const texts: string[] = [];
  for (let i = first; i < args.count; i++) texts.push(args.text(i));
  return texts;
}

const help = defineCommand({
  ...COMMON,
  name: "HELP",
  summary: "Show helpful text about the different subcommands.",
  flags: ["loading", "stale"],
  tips: [],
  run(context) {
    replyHelp(context, "LATENCY", [
      "DOCTOR",
      "    Return a human readable latency analysis report.",
      "GRAPH <event>",
      "    Return an ASCII latency graph for the <event> class.",
      "HISTORY <event>",
      "    Return time-latency samples for the <event> class.",
      "LATEST",
      "    Return the latest latency samples for all events.",
      "RESET [<event> ...]",
      "    Reset latency data of one or more <event> classes.",
      "    (default: reset all data for all event classes)",
      "HISTOGRAM [COMMAND ...]",
      "    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
      "    If no commands are specified then all histograms are replied.",
    ]);
  },
});

/** `LATENCY` */
export const latency = defineCommand({
  ...COMMON,
  name: "LATENCY",
  summary: "A container for latency diagnostics commands",
  complexity: "Depends on subcommand.",
  arity: -2,
  flags: [],
  tips: [],
  subcommands: [doctor, graph, help, histogram, history, latest, reset],
  run: null,
});
