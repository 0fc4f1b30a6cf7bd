/**
 * What LATENCY DOCTOR says, in Redis's words.
 *
 * @module
 */

/** The spikes of one kind of event; times in milliseconds, the period in seconds a spike. */
export interface Spikes {
  readonly event: string;
  readonly samples: number;
  readonly mean: number;
  readonly deviation: number;
  readonly period: number;
  readonly worst: number;
}

/** What the advice depends on. */
export interface ReportSettings {
  /** `latency-monitor-threshold`, milliseconds. */
  readonly threshold: number;
  /** `slowlog-log-slower-than`, microseconds. */
  readonly slowlogThreshold: number;
  /** `hz`. */
  readonly hz: number;
}

const DISABLED =
  "I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use " +
  '"CONFIG SET latency-monitor-threshold <milliseconds>." in order to enable it. If we weren\'t in a deep space ' +
  "mission I'd suggest to take a look at https://redis.io/topics/latency-monitor.\n";
const NOTHING =
  "Dave, no latency spike was observed during the lifetime of this Redis instance, not in the slightest bit. I " +
  "honestly think you ought to sit down calmly, take a stress pill, and think things over.\n";
const OBSERVED =
  "Dave, I have observed latency spikes in this Redis instance. You don't mind talking about it, do you Dave?\n\n";
const NO_ADVICE =
  "\nWhile there are latency events logged, I'm not able to suggest any easy fix. Please use the Redis community " +
  "to get some help, providing this report in your help request.\n";
const LARGE_OBJECTS =
  "Deleting, expiring or evicting (because of maxmemory policy) large objects is a blocking operation. If you " +
  "have very large objects that are often deleted, expired, or evicted, try to fragment those objects into " +
  "multiple smaller objects.";
const SCHEDULER =
  "The system is slow to execute Redis code paths not containing system calls. This usually means the system does " +
  "not provide Redis CPU time to run for long periods. You should try to:\n" +
  "  1) Lower the system load.\n" +
  "  2) Use a computer / VM just for Redis if you are running other software in the same system.\n" +
  '  3) Check if you have a "noisy neighbour" problem.\n' +
  "  4) Check with 'redis-cli --intrinsic-latency 100' what is the intrinsic latency in your system.\n" +
  "  5) Check if the problem is allocator-related by recompiling Redis with MALLOC=libc, if you are using " +
  "Jemalloc. However this may create fragmentation problems.";
const INSPECT_SLOWLOG =
  "Check your Slow Log to understand what are the commands you are running which are too slow to execute. Please " +
  "check https://redis.io/commands/slowlog for more information.";
const RAISE_HZ =
  "In order to make the Redis keys expiring process more incremental, try to set the 'hz' configuration parameter " +
  "to 100 using 'CONFIG SET hz 100'.";

/** The report on all events. */
export function latencyReport(spikes: readonly Spikes[], settings: ReportSettings): string {
  if (spikes.length === 0) return settings.threshold === 0 ? DISABLED : NOTHING;
  const lines = spikes.map(({ event, samples, mean, deviation, period, worst }, i) =>
    `${i + 1}. ${event}: ${samples} latency spikes (average ${mean}ms, mean deviation ${deviation}ms, ` +
    `period ${period.toFixed(2)} sec). Worst all time event ${worst}ms.\n`
  );
  const advice = adviceOn(new Set(spikes.map(({ event }) => event)), settings);
  const end = advice === null
    ? NO_ADVICE
    : `\nI have a few advices for you:\n\n${advice.map((line) => `- ${line}\n`).join("")}`;
  return OBSERVED + lines.join("") + end;
}

/** What to do about the events, in Redis's order; null: nothing is known. */
function adviceOn(events: ReadonlySet<string>, settings: ReportSettings): readonly string[] | null {
  const { threshold, slowlogThreshold, hz } = settings;
  const known = ["command", "fast-command", "expire-cycle"].some((event) => events.has(event));
  if (!known) return null;
  const advice: string[] = [];
  const setSlowlog = `'CONFIG SET slowlog-log-slower-than ${threshold * 1000}'`;
  if (events.has("command")) {
    if (slowlogThreshold < 0) {
      advice.push(
        "There are latency issues with potentially slow commands you are using. Try to enable the Slow Log Redis " +
          `feature using the command ${setSlowlog}. If the Slow log is disabled Redis is not able to log slow ` +
          "commands execution for you.",
      );
    } else if (Math.floor(slowlogThreshold / 1000) > threshold) {
      advice.push(
        "Your current Slow Log configuration only logs events that are slower than your configured latency monitor " +
          `threshold. Please use ${setSlowlog}.`,
      );
    }
    advice.push(INSPECT_SLOWLOG);
  }
  if (events.has("fast-command")) advice.push(SCHEDULER);
  if (events.has("expire-cycle") && hz < 100) advice.push(RAISE_HZ);
  if (events.has("command") || events.has("expire-cycle")) advice.push(LARGE_OBJECTS);
  return advice;
}
