/** Whom the time of commands is charged to. */

import assert from "node:assert/strict";
import { allCommands } from "../../src/commands/mod.ts";
import { type Command, CommandTable } from "../../src/commands/table.ts";
import { CommandTimer } from "../../src/server/command_timer.ts";

/** A timer, the clock that it reads, and what it has reported as slow. */
function setUp() {
  const clock = { time: 0, now: () => 0, microseconds: () => clock.time };
  const slow: [string, number][] = [];
  const timer = new CommandTimer(clock, ({ fullName }, microseconds) => slow.push([fullName, microseconds]));
  const table = new CommandTable(allCommands);
  const command = (name: string): Command => table.named(name)!;
  return { clock, slow, timer, command };
}

Deno.test("brief commands that follow each other share their time", () => {
  const { clock, timer, command } = setUp();
  const [get, set] = [command("get"), command("set")];
  assert.ok(timer.isBrief(get, 2) && timer.isBrief(set, 3));
  timer.begin(0);
  clock.time = 9;
  for (const each of [get, get, set]) timer.ranBrief(each, 0);
  assert.equal(timer.commands, 0);
  timer.end(set);
  assert.deepEqual([get.calls, get.microseconds, set.calls, set.microseconds], [2, 6, 1, 3]);
  assert.equal(timer.commands, 3);
  assert.equal(get.latencies?.total, 2);
});

Deno.test("other commands, long requests and all commands in precise mode are timed by themselves", () => {
  const { timer, command } = setUp();
  assert.ok(!timer.isBrief(command("lrange"), 4));
  assert.ok(!timer.isBrief(command("info"), 1));
  assert.ok(!timer.isBrief(command("blpop"), 3));
  assert.ok(!timer.isBrief(command("sadd"), 100));
  timer.precise = true;
  assert.ok(!timer.isBrief(command("get"), 2));
});

Deno.test("a command that is timed by itself ends what ran before", () => {
  const { clock, timer, command } = setUp();
  const [get, lrange] = [command("get"), command("lrange")];
  timer.begin(0);
  timer.ranBrief(get, 0);
  clock.time = 4;
  const start = timer.start();
  clock.time = 104;
  timer.stop(lrange, start, false);
  assert.deepEqual([get.microseconds, lrange.microseconds], [4, 100]);
});

Deno.test("of brief commands the one with a long reply is charged", () => {
  const { clock, slow, timer, command } = setUp();
  const [get, incr] = [command("get"), command("incr")];
  timer.slow = 1000;
  timer.begin(100);
  timer.ranBrief(incr, 105);
  clock.time = 5000;
  timer.ranBrief(get, 1_000_000);
  assert.deepEqual([incr.microseconds, get.microseconds], [1, 4999]);
  assert.deepEqual(slow, [["get", 4999]]);
});

Deno.test("a brief script is charged its share and those of the commands that it called", () => {
  const { clock, slow, timer, command } = setUp();
  const [get, incr, evalsha] = [command("get"), command("incr"), command("evalsha")];
  assert.ok(evalsha.runsScript && !timer.isBrief(evalsha, 4) && !get.runsScript);
  timer.slow = 30;
  timer.begin(0);
  timer.ranBrief(get, 10);
  timer.startScript(10);
  timer.ranBrief(get, 5);
  timer.ranBrief(incr, 5);
  timer.ranScript(evalsha, 20);
  clock.time = 40;
  timer.end(evalsha);
  assert.deepEqual([get.calls, get.microseconds, incr.microseconds], [2, 20, 10]);
  assert.deepEqual([evalsha.calls, evalsha.microseconds, timer.commands], [1, 30, 4]);
  assert.deepEqual(slow, [["evalsha", 30]]);
  // The next one in its place is charged one share.
  timer.begin(0);
  for (let i = 0; i < 4; i++) timer.ranBrief(get, 10);
  clock.time = 80;
  timer.end(get);
  assert.equal(get.microseconds, 60);
});

Deno.test("a script that calls more than is timed together is timed from where it began", () => {
  const { clock, timer, command } = setUp();
  const [get, evalsha] = [command("get"), command("evalsha")];
  timer.begin(0);
  for (let i = 0; i < 6; i++) timer.ranBrief(get, 10);
  timer.startScript(10);
  for (let i = 0; i < 9; i++) timer.ranBrief(get, 5);
  clock.time = 16;
  timer.ranBrief(get, 5);
  for (let i = 0; i < 3; i++) timer.ranBrief(get, 5);
  clock.time = 30;
  timer.ranScript(evalsha, 20);
  assert.deepEqual([get.calls, get.microseconds], [19, 30]);
  assert.deepEqual([evalsha.calls, evalsha.microseconds, timer.isOpen], [1, 24, false]);
});

Deno.test("a script that may run for long is timed by itself", () => {
  const { clock, timer, command } = setUp();
  const [get, evalsha] = [command("get"), command("evalsha")];
  timer.begin(0);
  timer.ranBrief(get, 10);
  timer.startScript(10);
  clock.time = 4;
  timer.timeScript();
  // What Lua does between its commands is not charged to them: one is timed, and the next ones are taken for as fast.
  for (let i = 0; i < 3; i++) {
    clock.time += 100;
    timer.apart = true;
    assert.equal(timer.looks(), i === 0);
    if (i === 0) {
      const start = timer.start();
      clock.time += 2;
      timer.stop(get, start, false);
    } else {
      timer.ranBrief(get, 5);
    }
    timer.apart = false;
  }
  timer.ranScript(evalsha, 20);
  assert.deepEqual([get.calls, get.microseconds, evalsha.microseconds], [4, 10, 302]);
});

Deno.test("a script that goes on later is counted at once, and its time when it is done", () => {
  const { clock, slow, timer, command } = setUp();
  const [get, evalsha, exec] = [command("get"), command("evalsha"), command("exec")];
  timer.slow = 50;
  timer.begin(0);
  const start = timer.start();
  clock.time = 10;
  timer.startScript(0);
  timer.timeScript();
  clock.time = 30;
  timer.suspend(evalsha);
  timer.suspend(exec, start);
  assert.deepEqual([evalsha.calls, exec.calls, evalsha.latencies, slow], [1, 1, null, []]);
  // Others' commands meanwhile.
  clock.time = 60;
  timer.begin(0);
  timer.ranBrief(get, 5);
  clock.time = 61;
  timer.end(get);
  clock.time = 100;
  timer.concluded(evalsha);
  timer.concluded(exec);
  assert.deepEqual([evalsha.microseconds, exec.microseconds, get.microseconds], [100, 100, 1]);
  assert.deepEqual(slow, [["evalsha", 100], ["exec", 100]]);
});

Deno.test("a command that waits is counted at once, and its time when it has replied", () => {
  const { clock, slow, timer, command } = setUp();
  const blpop = command("blpop");
  timer.slow = 0;
  timer.begin(0);
  clock.time = 3;
  timer.stop(blpop, timer.start(), true);
  assert.deepEqual([blpop.calls, blpop.microseconds, blpop.latencies, slow], [1, 3, null, []]);
  clock.time = 1000;
  timer.begin(0);
  clock.time = 1010;
  timer.resumed(blpop, timer.start(), false);
  assert.deepEqual([blpop.calls, blpop.microseconds, blpop.latencies?.total], [1, 13, 1]);
  assert.deepEqual(slow, [["blpop", 10]]);
});

Deno.test("without latency-tracking no histograms are kept", () => {
  const { timer, command } = setUp();
  timer.keepsHistograms = false;
  timer.begin(0);
  timer.ranBrief(command("get"), 0);
  timer.end(command("get"));
  assert.deepEqual([command("get").calls, command("get").latencies], [1, null]);
});
