/** redis-cli, as people use it. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { redisCliAvailable } from "../support/oracle.ts";
import { encodeRequest } from "../support/replies.ts";
import { type RunningServer, startDenodis } from "../support/servers.ts";

/** Keys in the mass insertion. */
const MASS = 1_000_000;

/** Requests in one write of the mass insertion. */
const BATCH = 10_000;

let server: RunningServer;

Deno.test.beforeAll(async () => {
  server = await startDenodis();
});

Deno.test.afterAll(async () => {
  // Undefined where it did not start.
  await server?.stop();
});

const available = await redisCliAvailable();

/** A test that needs redis-cli, and for two of them util-linux's `script`. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `redis-cli: ${name}`, ignore: !available, fn });
}

interface Result {
  readonly code: number;
  readonly output: string;
}

async function read(stream: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString("latin1");
}

/** Runs redis-cli against the server with `input` on stdin. */
async function cli(args: readonly string[], input: Iterable<string> = []): Promise<Result> {
  const child = new Deno.Command("redis-cli", {
    args: ["-p", String(server.port), ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const outputs = Promise.all([read(child.stdout), read(child.stderr)]);
  const writer = child.stdin.getWriter();
  try {
    for (const text of input) await writer.write(Buffer.from(text, "latin1"));
    await writer.close();
  } catch {
    // redis-cli ended before it had read everything; its output says why.
  }
  const [stdout, stderr] = await outputs;
  return { code: (await child.status).code, output: stdout + stderr };
}

async function output(args: readonly string[], input: Iterable<string> = []): Promise<string> {
  const result = await cli(args, input);
  assert.equal(result.code, 0, result.output);
  return result.output;
}

/** Runs redis-cli in a terminal of its own, typing `input`, until `enough` is on the screen. */
async function terminal(args: readonly string[], input: string, enough: RegExp): Promise<string> {
  const child = new Deno.Command("script", {
    // Without a width redis-cli would ask the terminal for it, and there is nobody to answer.
    args: ["-qec", `stty cols 120 rows 40; redis-cli -p ${server.port} ${args.join(" ")}`, "/dev/null"],
    env: { TERM: "xterm", HOME: server.directory },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  let screen = "";
  let typed = false;
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  try {
    for await (const chunk of child.stdout) {
      screen += Buffer.from(chunk).toString("latin1");
      // Typing starts at the prompt: what is typed before it is lost where the terminal changes its mode.
      if (!typed && (input === "" || screen.includes("> "))) {
        typed = true;
        await writer.write(Buffer.from(input, "latin1"));
      }
      if (enough.test(screen)) break;
    }
  } finally {
    clearTimeout(timer);
    try {
      child.kill("SIGKILL");
    } catch {
      // It had ended by itself.
    }
    await writer.abort().catch(() => {});
    await child.status;
  }
  return screen;
}

test("one command, formatted and raw", async () => {
  assert.equal(await output(["FLUSHALL"]), "OK\n");
  assert.equal(await output(["SET", "greeting", "hello world"]), "OK\n");
  assert.equal(await output(["GET", "greeting"]), "hello world\n");
  assert.equal(await output(["--no-raw", "GET", "greeting"]), '"hello world"\n');
  assert.equal(await output(["--no-raw", "GET", "missing"]), "(nil)\n");
  assert.equal(await output(["--no-raw", "INCR", "n"]), "(integer) 1\n");
  assert.equal(await output(["--no-raw", "MGET", "n", "missing"]), '1) "1"\n2) (nil)\n');
  assert.equal(await output(["--json", "MGET", "n", "missing"]), '["1",null]\n');
  assert.equal(await output(["-3", "--json", "CONFIG", "GET", "maxmemory"]), '{"maxmemory":"0"}\n');
  assert.equal(await output(["-n", "5", "DBSIZE"]), "0\n");
});

test("-x takes the last argument from stdin, -r repeats, -e tells of an error", async () => {
  assert.equal(await output(["-x", "SET", "piped"], ["line 1\nline 2\n"]), "OK\n");
  assert.equal(await output(["STRLEN", "piped"]), "14\n");
  assert.equal(await output(["-r", "3", "INCR", "repeated"]), "1\n2\n3\n");
  const failed = await cli(["-e", "INCR", "piped"]);
  assert.equal(failed.code, 1);
  assert.match(failed.output, /ERR value is not an integer or out of range/);
});

test("commands on stdin", async () => {
  const script = ["FLUSHALL", "SET a 1", "INCR a", "SET \"b c\" 'd e'", 'GET "b c"', "NOSUCH", "DBSIZE"].join(
    "\n",
  );
  const lines = (await output([], [script + "\n"])).trimEnd().split("\n").filter((line) => line !== "");
  assert.deepEqual(lines.slice(0, 5), ["OK", "OK", "2", "OK", "d e"]);
  assert.match(lines[5], /^ERR unknown command 'NOSUCH'/);
  assert.equal(lines.at(-1), "2");
});

test("MONITOR shows what other clients ask for", async () => {
  const monitor = new Deno.Command("redis-cli", {
    args: ["-p", String(server.port), "MONITOR"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let shown = "";
  try {
    for await (const chunk of monitor.stdout) {
      shown += Buffer.from(chunk).toString("latin1");
      if (shown === "OK\n") await output(["SET", "monitored", "a b"]);
      if (shown.includes("monitored")) break;
    }
  } finally {
    monitor.kill();
    await monitor.status;
  }
  assert.match(shown, /\n\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "monitored" "a b"\n$/);
});

test("AUTH by -a and in the environment", async () => {
  assert.equal(await output(["CONFIG", "SET", "requirepass", "secret"]), "OK\n");
  try {
    assert.match((await cli(["GET", "a"])).output, /NOAUTH Authentication required/);
    assert.match(await output(["-a", "secret", "--no-auth-warning", "PING"]), /^PONG\n$/);
    assert.match((await cli(["-a", "wrong", "--no-auth-warning", "PING"])).output, /WRONGPASS/);
  } finally {
    assert.equal(
      await output(["-a", "secret", "--no-auth-warning", "CONFIG", "SET", "requirepass", ""]),
      "OK\n",
    );
  }
});

test("--scan, with a pattern", async () => {
  const sets = Array.from({ length: 2000 }, (_, index) => `SET key:${index} v\n`);
  await output([], ["FLUSHALL\n", "SET other v\n", ...sets]);
  const all = (await output(["--scan"])).trimEnd().split("\n");
  assert.equal(new Set(all).size, 2001);
  const some = (await output(["--scan", "--pattern", "key:19*"])).trimEnd().split("\n");
  assert.equal(new Set(some).size, 111);
});

test("--bigkeys and --memkeys name the largest key", async () => {
  await output([], ["FLUSHALL\n", ...Array.from({ length: 300 }, (_, index) => `SET key:${index} v\n`)]);
  await output(["-x", "SET", "the-big-one"], ["x".repeat(50_000)]);
  const big = await output(["--bigkeys"]);
  assert.match(big, /Sampled 301 keys in the keyspace!/);
  assert.match(big, /Biggest string found '"?the-big-one"?' has 50000 bytes/);
  assert.match(big, /301 strings with \d+ bytes/);
  const memory = await output(["--memkeys"]);
  assert.match(memory, /Sampled 301 keys in the keyspace!/);
  const [, bytes] = /Biggest string found '"?the-big-one"?' has (\d+) bytes/.exec(memory) ?? [];
  assert.ok(Number(bytes) >= 50_000 && Number(bytes) < 120_000, memory);
});

test("--latency for a second", async () => {
  const [minimum, maximum, average, samples] = (await output(["--latency", "--raw"])).trim().split(" ").map(
    Number,
  );
  assert.ok(minimum <= average && average <= maximum, "minimum, average and maximum are out of order");
  assert.ok(samples > 10, `Only ${samples} samples`);
});

test("--stat shows keys, memory, clients and requests", async () => {
  await output(["FLUSHALL"]);
  await output(["MSET", "a", "1", "b", "2"]);
  const screen = await terminal(["--stat", "-i", "0.1"], "", /\(\+\d+\)[^\n]*\n[^\n]*\(\+\d+\)/);
  assert.match(screen, /keys\s+mem\s+clients\s+blocked\s+requests\s+connections/);
  assert.match(screen, /\n2\s+\d+\.\d+[KMG]\s+\d+\s+0\s+\d+ \(\+\d+\)\s+\d+/);
});

test("the prompt, and hints from COMMAND DOCS", async () => {
  assert.equal(await output(["SET", "prompt", "1"]), "OK\n");
  const session = await terminal([], "GET prompt\r", /"1"\r?\n/);
  assert.match(session, new RegExp(`127\\.0\\.0\\.1:${server.port}> `));
  assert.match(session, /"1"\r?\n/);
  const hint = await terminal([], "getrange ", /key start end/);
  assert.match(hint, /key start end/);
});

test("--pipe inserts a million keys", async () => {
  await output(["FLUSHALL"]);
  function* requests(): Iterable<string> {
    for (let start = 0; start < MASS; start += BATCH) {
      let batch = "";
      for (let i = start; i < start + BATCH; i++) batch += encodeRequest(["SET", `mass:${i}`, `value ${i}`]);
      yield batch;
    }
  }
  const report = await output(["--pipe"], requests());
  assert.match(report, new RegExp(`errors: 0, replies: ${MASS}`));
  assert.equal(await output(["DBSIZE"]), `${MASS}\n`);
  assert.equal(await output(["MGET", "mass:0", `mass:${MASS - 1}`]), `value 0\nvalue ${MASS - 1}\n`);
  assert.equal(await output(["FLUSHALL"]), "OK\n");
});

test("--pipe counts errors and goes on", async () => {
  const report = await cli(["--pipe"], [
    encodeRequest(["SET", "a", "x"]) + encodeRequest(["INCR", "a"]) + encodeRequest(["SET", "a", "y"]),
  ]);
  assert.match(report.output, /errors: 1, replies: 3/);
  assert.equal(await output(["GET", "a"]), "y\n");
});
