/** Latency spikes: what is kept of them, and what LATENCY GRAPH and DOCTOR say, as redis-server 7.0.15 said it. */

import assert from "node:assert/strict";
import { ManualClock } from "../../src/base/clock.ts";
import { LatencyMonitor } from "../../src/server/latency_monitor.ts";

const START = 1_795_408_036_000;

/** A monitor that has seen spikes of these milliseconds, a second apart. */
function seen(event: string, ...milliseconds: number[]) {
  const clock = new ManualClock(START);
  const settings = { slowlogThreshold: 10_000, hz: 10 };
  const monitor = new LatencyMonitor(clock, () => settings);
  monitor.threshold = 1;
  for (const [i, each] of milliseconds.entries()) {
    clock.set(START + i * 1000);
    monitor.add(event, each * 1000);
  }
  return { clock, monitor, settings };
}

Deno.test("the graph is redis-server's", () => {
  const { monitor } = seen("command", 300, 1000, 1100, 500);
  const lines = [
    "command - high 1100 ms, low 300 ms (all time high 1100 ms)",
    "-".repeat(80),
    " o# ",
    " || ",
    " ||_",
    "_|||",
    "    ",
    "3210",
    "ssss",
  ];
  assert.equal(monitor.graph("command"), lines.map((line) => `${line}\n`).join(""));
  assert.equal(monitor.graph("fast-command"), null);
});

Deno.test("the report's figures are redis-server's", () => {
  const { monitor, settings } = seen("command", 300, 1000, 1100, 500);
  const figures = "1. command: 4 latency spikes (average 725ms, mean deviation 325ms, period 0.75 sec). " +
    "Worst all time event 1100ms.\n";
  assert.ok(monitor.report().includes(figures));
  assert.ok(
    monitor.report().includes("Please use 'CONFIG SET slowlog-log-slower-than 1000'.\n- Check your Slow Log"),
  );
  settings.slowlogThreshold = -1;
  assert.ok(monitor.report().includes("Try to enable the Slow Log"));
});

Deno.test("of a second the longest spike is kept, and of all the last 160", () => {
  const { clock, monitor } = seen("command", 5);
  monitor.add("command", 9_900);
  monitor.add("command", 7_000);
  assert.deepEqual(monitor.history("command"), [{ time: START / 1000, milliseconds: 9 }]);
  for (let i = 1; i <= 200; i++) {
    clock.set(START + i * 1000);
    monitor.add("command", i * 1000);
  }
  assert.deepEqual(
    monitor.history("command").map(({ milliseconds }) => milliseconds),
    [...Array(160).keys()].map((i) => i + 41),
  );
  assert.deepEqual(monitor.latest(), [{
    event: "command",
    last: { time: START / 1000 + 200, milliseconds: 200 },
    worst: 200,
  }]);
});

Deno.test("what is shorter than the threshold is not kept, and nothing is with 0", () => {
  const { monitor } = seen("command");
  monitor.threshold = 10;
  monitor.add("command", 9_999);
  assert.deepEqual(monitor.latest(), []);
  monitor.threshold = 0;
  monitor.add("command", 1e9);
  assert.deepEqual(monitor.latest(), []);
});

Deno.test("a reset forgets the events that are named, or all", () => {
  const { monitor } = seen("command", 5);
  monitor.add("expire-cycle", 5_000);
  assert.equal(monitor.reset(["nosuch", "COMMAND"]), 1);
  assert.deepEqual(monitor.latest().map(({ event }) => event), ["expire-cycle"]);
  assert.equal(monitor.reset([]), 1);
  assert.deepEqual(monitor.latest(), []);
});
