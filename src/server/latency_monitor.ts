/**
 * The latency monitor: the last spikes of each kind of event, and what can be said of them.
 *
 * @module
 */

import type { LatencyAccess, LatencySample } from "../commands/context.ts";
import type { Clock } from "../base/clock.ts";
import { latencyReport, type Spikes } from "./latency_report.ts";
import { sparkline } from "./sparkline.ts";

/** Samples kept of each event, one a second at the most. */
const SAMPLES = 160;
const GRAPH_COLUMNS = 80;
const GRAPH_ROWS = 4;

interface Series {
  readonly samples: LatencySample[];
  /** Longest ever, milliseconds. */
  worst: number;
}

/** What the report looks at besides the events. */
export interface LatencySettings {
  /** `slowlog-log-slower-than`, microseconds. */
  readonly slowlogThreshold: number;
  /** `hz`. */
  readonly hz: number;
}

/** Keeps latency spikes. */
export class LatencyMonitor implements LatencyAccess {
  /** `latency-monitor-threshold`, milliseconds; 0: nothing is kept. */
  threshold = 0;
  readonly #clock: Clock;
  readonly #settings: () => LatencySettings;
  readonly #series = new Map<string, Series>();

  constructor(clock: Clock, settings: () => LatencySettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  /** Keeps that an event took so long, if that is a spike. */
  add(event: string, microseconds: number): void {
    const milliseconds = Math.floor(microseconds / 1000);
    if (this.threshold === 0 || milliseconds < this.threshold) return;
    let series = this.#series.get(event);
    if (series === undefined) this.#series.set(event, series = { samples: [], worst: 0 });
    const { samples } = series;
    series.worst = Math.max(series.worst, milliseconds);
    const time = this.#seconds();
    const last = samples.at(-1);
    if (last?.time === time) {
      samples[samples.length - 1] = { time, milliseconds: Math.max(last.milliseconds, milliseconds) };
      return;
    }
    samples.push({ time, milliseconds });
    if (samples.length > SAMPLES) samples.shift();
  }

  latest(): { event: string; last: LatencySample; worst: number }[] {
    return [...this.#series].map(([event, { samples, worst }]) => ({ event, last: samples.at(-1)!, worst }));
  }

  history(event: string): readonly LatencySample[] {
    return this.#series.get(event)?.samples ?? [];
  }

  reset(events: readonly string[]): number {
    const names = events.map((event) => event.toLowerCase());
    let count = 0;
    for (const event of [...this.#series.keys()]) {
      if (names.length > 0 && !names.includes(event)) continue;
      this.#series.delete(event);
      count++;
    }
    return count;
  }

  graph(event: string): string | null {
    const series = this.#series.get(event);
    if (series === undefined) return null;
    const { samples, worst } = series;
    const values = samples.map(({ milliseconds }) => milliseconds);
    const now = this.#seconds();
    return `${event} - high ${Math.max(...values)} ms, low ${Math.min(...values)} ms ` +
      `(all time high ${worst} ms)\n${"-".repeat(GRAPH_COLUMNS)}\n` +
      sparkline(samples.map(({ time, milliseconds }) => ({ value: milliseconds, label: age(now - time) })), {
        columns: GRAPH_COLUMNS,
        rows: GRAPH_ROWS,
      });
  }

  report(): string {
    const spikes = [...this.#series].map(([event, series]) => this.#analyse(event, series));
    return latencyReport(spikes, { threshold: this.threshold, ...this.#settings() });
  }

  #analyse(event: string, { samples, worst }: Series): Spikes {
    const { length } = samples;
    const mean = Math.floor(samples.reduce((sum, { milliseconds }) => sum + milliseconds, 0) / length);
    const deviations = samples.map(({ milliseconds }) => Math.abs(mean - milliseconds));
    const deviation = Math.floor(deviations.reduce((sum, each) => sum + each, 0) / length);
    const period = Math.max(1, this.#seconds() - samples[0].time) / length;
    return { event, samples: length, mean, deviation, period, worst };
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}

/** So many seconds, in the largest whole unit. */
function age(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}
