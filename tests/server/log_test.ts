import assert from "node:assert/strict";
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { ManualClock, SystemClock } from "../../src/base/clock.ts";
import { logBanner, logStart } from "../../src/server/banner.ts";
import {
  configureLogging,
  formatRecord,
  formatTime,
  lineSink,
  type LogThreshold,
  ServerLog,
} from "../../src/server/log.ts";
import { LogFile } from "../../src/server/log_file.ts";
import { fromFileUrl, repositoryRoot } from "../support/paths.ts";
import { startOracle } from "../support/servers.ts";

/** The form of a line, as people's scripts take it apart. */
const LINE = /^(\d+):([XCMS]) (\d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d\.\d{3}) ([.*#-]) (.*)$/;

/** What is logged in `body`, as an application sees it that has configured LogTape. */
function recordsOf(body: () => void): LogRecord[] {
  const records: LogRecord[] = [];
  configureSync({
    sinks: { all: (record) => void records.push(record) },
    loggers: [
      { category: [], sinks: ["all"], lowestLevel: "trace" },
      { category: ["logtape", "meta"], sinks: ["all"], lowestLevel: "warning" },
    ],
  });
  try {
    body();
  } finally {
    resetSync();
  }
  return records;
}

/** Local time on 25 May 2020, the example of Redis's documentation. */
const TIME = new Date(2020, 4, 25, 17, 37, 14, 652).getTime();

Deno.test("A line has the form of redis-server's", async () => {
  const oracle = await startOracle();
  const theirs = oracle.log().trim().split("\n");
  await oracle.stop();
  assert.ok(theirs.length >= 5);
  for (const line of theirs) assert.match(line, LINE);
  const [record] = recordsOf(() => {
    const log = new ServerLog({ id: "a", clock: new ManualClock(TIME) });
    log.role = "M";
    log.notice("Ready to accept connections");
  });
  assert.equal(
    formatRecord(record),
    `${Deno.pid}:M 25 May 2020 17:37:14.652 * Ready to accept connections\n`,
  );
});

Deno.test("Each level has its mark, and each threshold keeps what is below it quiet", () => {
  const expected: [LogThreshold, string][] = [
    ["debug", ".-*#"],
    ["verbose", "-*#"],
    ["notice", "*#"],
    ["warning", "#"],
    ["nothing", ""],
  ];
  for (const [threshold, marks] of expected) {
    const records = recordsOf(() => {
      const log = new ServerLog({ id: "a", clock: new ManualClock(TIME), threshold });
      assert.equal(log.threshold, threshold);
      assert.equal(log.debugs, threshold === "debug");
      log.debug("text");
      log.verbose("text");
      log.notice("text");
      log.warning("text");
    });
    assert.equal(records.map((record) => LINE.exec(formatRecord(record).trimEnd())?.[4]).join(""), marks);
  }
});

Deno.test("Time is local, with two digits for days and three for milliseconds", () => {
  assert.equal(formatTime(new Date(2026, 0, 2, 3, 4, 5, 6).getTime()), "02 Jan 2026 03:04:05.006");
  assert.equal(formatTime(new Date(1999, 11, 31, 23, 59, 59, 999).getTime()), "31 Dec 1999 23:59:59.999");
});

Deno.test("Braces in a text are not taken for placeholders", () => {
  const text = "Client {addr} sent {{x}} {";
  const [record] = recordsOf(() => new ServerLog({ id: "a", clock: new ManualClock(TIME) }).notice(text));
  assert.ok(formatRecord(record).endsWith(` * ${text}\n`));
});

Deno.test("Servers in one process have logs of their own, below the category denodis", () => {
  const records = recordsOf(() => {
    const one = new ServerLog({ id: "one", clock: new ManualClock(TIME), threshold: "debug" });
    const two = new ServerLog({ id: "two", clock: new ManualClock(TIME), threshold: "warning" });
    one.role = "S";
    one.debug("seen");
    two.notice("not seen");
    one.threshold = "nothing";
    two.threshold = "notice";
    two.notice("seen too");
  });
  assert.deepEqual(records.map((record) => record.category), [["denodis", "one"], ["denodis", "two"]]);
  assert.deepEqual(records.map((record) => record.properties.role), ["S", "C"]);
});

Deno.test("A process that has not configured LogTape sees nothing of an embedded server, and may configure it later", () => {
  const log = new ServerLog({ id: "a", clock: new ManualClock(TIME) });
  log.warning("lost");
  const records = recordsOf(() => log.warning("kept"));
  assert.deepEqual(records.map((record) => record.message), [["kept"]]);
});

Deno.test("The start is told in the lines of redis-server", async () => {
  const oracle = await startOracle();
  const theirs = oracle.log().split("\n");
  await oracle.stop();
  const shape = (lines: string[]) =>
    lines.map((line) => LINE.exec(line)?.slice(2).toSpliced(1, 1).join(" "))
      .map((line) =>
        line?.replace(/ \w+ is starting/, " NAME is starting").replace(
          /\w+ version=.*bits=64.*pid=\d+/,
          "VERSION",
        )
      )
      .map((line) => line?.replace(/port=\d+/, "port=PORT"));
  const ours = recordsOf(() => {
    const log = new ServerLog({ id: "a", clock: new SystemClock() });
    logStart(log, { version: "0.1.0", configured: true });
    log.role = "M";
    logBanner(log, { version: "0.1.0", mode: "standalone", port: 6379, drawn: false });
  }).map((record) => formatRecord(record).trimEnd());
  const expected = shape(theirs.filter((line) => !line.includes("monotonic clock"))).slice(0, 4);
  assert.deepEqual(shape(ours), expected);
});

Deno.test("A start without any configuration says how to give some, and the drawing says what runs", () => {
  const records = recordsOf(() => {
    const log = new ServerLog({ id: "a", clock: new SystemClock() });
    logStart(log, { version: "0.1.0", configured: false });
    logBanner(log, { version: "0.1.0", mode: "cluster", port: 7000, drawn: true });
  });
  assert.match(formatRecord(records[2]), / # Warning: no config file specified, using the default config\. /);
  const drawing = formatRecord(records[3]);
  assert.doesNotMatch(drawing, /^\d+:/m);
  for (const part of ["denodis 0.1.0", "cluster mode", "Port: 7000", `PID: ${Deno.pid}`]) {
    assert.ok(drawing.includes(part), part);
  }
});

async function withDirectory(test: (directory: string) => unknown): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("A log file is added to, and survives being moved away or deleted", async () => {
  await withDirectory((directory) => {
    const path = `${directory}/log`;
    Deno.writeTextFileSync(path, "before\n");
    const file = new LogFile(path);
    const write = (text: string) => file.write(new TextEncoder().encode(text));
    write("one\n");
    write("two\n");
    assert.equal(Deno.readTextFileSync(path), "before\none\ntwo\n");
    Deno.renameSync(path, `${path}.1`);
    write("three\n");
    assert.equal(Deno.readTextFileSync(path), "three\n");
    assert.equal(Deno.readTextFileSync(`${path}.1`), "before\none\ntwo\n");
    Deno.removeSync(path);
    Deno.writeTextFileSync(path, "somebody else's\n");
    write("four\n");
    assert.equal(Deno.readTextFileSync(path), "somebody else's\nfour\n");
    Deno.removeSync(directory, { recursive: true });
    write("lost\n");
    Deno.mkdirSync(directory);
    write("five\n");
    assert.equal(Deno.readTextFileSync(path), "five\n");
    file.close();
  });
});

/** Runs a program that logs in a process of its own. */
async function run(code: string): Promise<string> {
  const source = `
    import { SystemClock } from "./src/base/clock.ts";
    import { configureLogging, ServerLog } from "./src/server/log.ts";
    const log = new ServerLog({ id: "main", clock: new SystemClock() });
    ${code}`;
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["eval", source],
    cwd: fromFileUrl(repositoryRoot),
  }).output();
  assert.equal(new TextDecoder().decode(output.stderr), "");
  return new TextDecoder().decode(output.stdout);
}

Deno.test("The program logs lines to the standard output, and loses none when it ends at once", async () => {
  const printed = await run(`
    configureLogging();
    for (let i = 0; i < 2000; i++) log.notice("line " + i + " é");
    Deno.exit(0);`);
  const lines = printed.trimEnd().split("\n");
  assert.equal(lines.length, 2000);
  lines.forEach((line, i) => assert.equal(LINE.exec(line)?.[5], `line ${i} é`));
});

Deno.test("The program logs to a file instead", async () => {
  await withDirectory(async (directory) => {
    const printed = await run(`
      configureLogging({ file: ${JSON.stringify(`${directory}/log`)} });
      log.warning("to the file");
      Deno.exit(0);`);
    assert.equal(printed, "");
    assert.match(Deno.readTextFileSync(`${directory}/log`).trimEnd(), LINE);
  });
});

Deno.test("An application can send the log of an embedded server through the same sink", () => {
  const bytes: Uint8Array[] = [];
  configureSync({
    sinks: { mine: lineSink((line) => bytes.push(line)) },
    loggers: [
      { category: ["denodis"], sinks: ["mine"], lowestLevel: "warning" },
      { category: ["logtape", "meta"], sinks: [] },
    ],
  });
  try {
    assert.throws(() => configureLogging(), /[Aa]lready configured/);
    const log = new ServerLog({ id: "a", clock: new ManualClock(TIME) });
    log.notice("below the application's own level");
    log.warning("kept");
  } finally {
    resetSync();
  }
  assert.equal(bytes.length, 1);
  assert.match(new TextDecoder().decode(bytes[0]), / # kept\n$/);
});
