/**
 * Killing a server that logs its changes, while it appends, rewrites and loads, and filling its disk.
 *
 * Eight connections number their writes, and the data says how many of each connection's it holds: all that were
 * acknowledged, none that was not sent, no half of a transaction.
 *
 * `DENODIS_CRASH_RUNS` says how many kills there are altogether; 20 unless told.
 */

import assert from "node:assert/strict";
import { byteString } from "../../src/base/bytes.ts";
import { parseManifest } from "../../src/persistence/aof_manifest.ts";
import { digestOfCopy } from "../support/aof_copies.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, parseReplies } from "../support/replies.ts";
import { denodisCommand, freePort } from "../support/servers.ts";

const RUNS = Number(Deno.env.get("DENODIS_CRASH_RUNS") ?? 20);
const WRITERS = 8;
/** Writes that a connection has under way. */
const PIPELINED = 4;
const FILLER_KEYS = 20_000;
/** Milliseconds of history that may be missing with `everysec`, and how long such a run takes at most. */
const LOST_MAX = 2000, EVERYSEC_RUN = 3000;
const ALWAYS_RUN = 400;
/** Kills between two comparisons with redis-server. */
const COMPARED_EVERY = 4;

class Home {
  readonly path: string;
  readonly #children: Deno.ChildProcess[] = [];

  /** A directory in `parent`, or where temporary ones are. */
  constructor(parent?: string) {
    const place = parent === undefined ? {} : { dir: parent };
    this.path = Deno.makeTempDirSync({ prefix: "denodis-crash-", ...place });
  }

  /** Starts a server here, without waiting for it. */
  spawn(port: number, flags: readonly string[], starter: readonly string[] = []): Deno.ChildProcess {
    const [program, ...args] = [...starter, ...denodisCommand()];
    const child = new Deno.Command(program, {
      args: [
        ...args,
        ...["--port", String(port), "--bind", "127.0.0.1", "--dir", this.path, "--save", ""],
        ...["--appendonly", "yes", "--enable-debug-command", "yes", ...flags],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#children.push(child);
    return child;
  }

  /** Asserts that the manifest can be read and that the files it names are there. */
  checkManifest(): void {
    const directory = `${this.path}/appendonlydir`;
    const text = byteString(Deno.readFileSync(`${directory}/appendonly.aof.manifest`));
    const { base, increments } = parseManifest(text);
    assert.ok(base !== null && increments.length > 0, text);
    for (const { name } of [base, ...increments]) assert.ok(Deno.statSync(`${directory}/${name}`).isFile);
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended, as it should.
      }
    }
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** A connection to a server that listens, and serves unless it may still be `loading`. */
async function connect(child: Deno.ChildProcess, port: number, loading = false): Promise<RawConnection> {
  let ended = false;
  child.status.then(() => ended = true);
  for (;;) {
    assert.ok(!ended, "The server does not start");
    try {
      const connection = await RawConnection.connect({ port, timeout: 20_000 });
      if (loading || await connection.command("PING") === "+PONG\r\n") return connection;
      connection.close();
    } catch {
      // It does not listen yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The value of a field of INFO persistence; undefined where it is not there. */
async function info(connection: RawConnection, field: string): Promise<string | undefined> {
  const text = await connection.command("INFO", "persistence");
  return new RegExp(`\r\n${field}:(.*)\r\n`).exec(text)?.[1];
}

/** One connection's writes, which are numbered from 1, and what has become of them. */
class History {
  readonly #name: string;
  readonly #pipelined: number;
  #start = 0;
  /** How many are in the data for sure, and how many may be. */
  acknowledged = 0;
  sent = 0;
  /** The replies in the order of arrival: when, in milliseconds, and how many had arrived then. */
  readonly #arrivals: { at: number; acknowledged: number }[] = [];

  /** `pipelined`: how many writes are under way at a time. */
  constructor(name: string, pipelined: number) {
    this.#name = name;
    this.#pipelined = pipelined;
  }

  /** The requests of a write, in one pipeline. */
  #requests(number: number): string[][] {
    const text = String(number);
    switch (number % 4) {
      case 0:
        return [["SET", `${this.#name}:set`, text]];
      case 1:
        return [["INCR", `${this.#name}:count`]];
      case 2:
        return [["RPUSH", `${this.#name}:list`, text]];
      default:
        return [
          ["MULTI"],
          ["SET", `${this.#name}:one`, text],
          ["RPUSH", `${this.#name}:list`, text],
          ["SET", `${this.#name}:two`, text],
          ["EXEC"],
        ];
    }
  }

  /** Writes until the connection breaks, or a write is refused: then the reply. */
  async write(connection: RawConnection): Promise<string> {
    for (;;) {
      try {
        const numbers = Array.from({ length: this.#pipelined }, (_, i) => this.sent + 1 + i);
        this.sent += this.#pipelined;
        const requests = numbers.map((number) => this.#requests(number));
        await connection.write(requests.flat().map((request) => encodeRequest(request)).join(""));
        for (const { length } of requests) {
          const reply = await connection.readReplies(length);
          if (/(^|\n)-/.test(reply)) return reply;
          this.acknowledged++;
          this.#arrivals.push({ at: performance.now(), acknowledged: this.acknowledged });
        }
      } catch {
        return "";
      }
    }
  }

  /** How many had been acknowledged at a time. */
  acknowledgedAt(time: number): number {
    return this.#arrivals.findLast(({ at }) => at <= time)?.acknowledged ?? this.#start;
  }

  /** The data when so many writes have been done. */
  #expected(count: number): unknown[] {
    const last = (kind: number) => {
      const number = count - ((count - kind) % 4 + 4) % 4;
      return number > 0 ? String(number) : null;
    };
    const list = Array.from({ length: count }, (_, i) => i + 1).filter((number) => number % 4 > 1).map(
      String,
    );
    return [last(0), count === 0 ? null : String((count + 3) >> 2), last(3), last(3), list];
  }

  /** Asserts that the data is that of at least so many writes, and goes on from there. */
  async check(connection: RawConnection, least: number): Promise<void> {
    const names = ["set", "count", "one", "two"].map((field) => `${this.#name}:${field}`);
    const values = parseReplies(await connection.command("MGET", ...names))[0].items!;
    const list = parseReplies(await connection.command("LRANGE", `${this.#name}:list`, "0", "-1"))[0].items!;
    const found = [
      ...values.map(({ text }) => text ?? null),
      list.map(({ text }) => text),
    ];
    // Each kind of write says how many there have been up to it; the furthest is the last.
    const furthest = Math.max(
      Number(found[0] ?? 0),
      found[1] === null ? 0 : Number(found[1]) * 4 - 3,
      Number(list.at(-1)?.text ?? 0),
    );
    assert.deepEqual(found, this.#expected(furthest), `${this.#name}: no prefix of its history`);
    assert.ok(
      furthest >= least,
      `${this.#name}: ${furthest} writes are there, ${least} of ${this.acknowledged} acknowledged ones must be`,
    );
    assert.ok(furthest <= this.sent, `${this.#name}: ${furthest} writes are there, ${this.sent} were sent`);
    this.#arrivals.length = 0;
    this.#start = this.sent = this.acknowledged = furthest;
  }
}

/** Kills a server that writers write to, so often, and looks what the next one has; `rewrites` keeps it rewriting. */
async function killWriters(
  kills: number,
  options: { policy: "always" | "everysec"; rewrites: boolean; longest: number },
): Promise<void> {
  using home = new Home();
  const histories = Array.from({ length: WRITERS }, (_, i) => new History(`writer${i}`, PIPELINED));
  const flags = ["--appendfsync", options.policy];
  let least = histories.map(() => 0);
  let digest: string | undefined;
  for (let run = 0; run <= kills; run++) {
    const port = freePort();
    // Bases come in both forms, and one may have to be loaded in the other's time.
    const child = home.spawn(port, [...flags, "--aof-use-rdb-preamble", run % 3 === 2 ? "no" : "yes"]);
    const control = await connect(child, port);
    if (digest !== undefined) assert.equal(await control.command("DEBUG", "DIGEST"), digest);
    for (const [i, history] of histories.entries()) await history.check(control, least[i]);
    if (run === 0) {
      const filler = Array.from({ length: FILLER_KEYS }, (_, i) => [`key:${i}`, `value ${i}`]).flat();
      assert.equal(await control.command("MSET", ...filler), "+OK\r\n");
    }
    assert.equal(
      await control.command("DBSIZE").then((reply) => Number(reply.slice(1)) >= FILLER_KEYS),
      true,
    );
    if (run === kills) {
      control.close();
      child.kill("SIGKILL");
      await child.status;
      return;
    }
    const connections = await Promise.all(
      histories.map(() => RawConnection.connect({ port, timeout: 20_000 })),
    );
    const writing = histories.map((history, i) => history.write(connections[i]));
    let killedAt = 0;
    const timer = setTimeout(() => {
      killedAt = performance.now();
      child.kill("SIGKILL");
    }, Math.random() * options.longest);
    // Refused while one is under way.
    while (options.rewrites && killedAt === 0) await control.command("BGREWRITEAOF").catch(() => "");
    assert.deepEqual(await Promise.all(writing), histories.map(() => ""), "A write is refused");
    clearTimeout(timer);
    await child.status;
    for (const connection of [control, ...connections]) connection.close();
    least = histories.map((history) =>
      options.policy === "always" ? history.acknowledged : history.acknowledgedAt(killedAt - LOST_MAX)
    );
    home.checkManifest();
    digest = run % COMPARED_EVERY === 0 ? await digestOfCopy("redis-server", home.path) : undefined;
  }
}

Deno.test("A server that is killed while it appends has all that was acknowledged", async () => {
  await killWriters(Math.ceil(RUNS * 0.3), { policy: "always", rewrites: false, longest: ALWAYS_RUN });
});

Deno.test("A server that is killed while it rewrites has all that was acknowledged", async () => {
  await killWriters(Math.ceil(RUNS * 0.3), { policy: "always", rewrites: true, longest: ALWAYS_RUN });
});

Deno.test("A server that is killed with everysec misses two seconds at most", async () => {
  await killWriters(Math.ceil(RUNS * 0.2), { policy: "everysec", rewrites: true, longest: EVERYSEC_RUN });
});

Deno.test("A server that is killed while it loads leaves its files as they are", async () => {
  using home = new Home();
  const first = freePort();
  const writer = home.spawn(first, ["--appendfsync", "no"]);
  const connection = await connect(writer, first);
  // Enough of them, one by one, to be in the midst of loading when somebody looks.
  for (let i = 0; i < 50; i++) {
    const requests = Array.from({ length: 1000 }, (_, j) => encodeRequest(["SET", `key:${i}:${j}`, "value"]));
    await connection.write(requests.join(""));
    await connection.readReplies(requests.length);
  }
  const digest = await connection.command("DEBUG", "DIGEST");
  connection.close();
  writer.kill("SIGTERM");
  await writer.status;
  const contents = () =>
    [...Deno.readDirSync(`${home.path}/appendonlydir`)].sort((a, b) => a.name < b.name ? -1 : 1)
      .map(({ name }) => [name, Deno.readFileSync(`${home.path}/appendonlydir/${name}`)]);
  const before = contents();
  let during = 0;
  for (let run = 0; run < Math.ceil(RUNS * 0.2); run++) {
    const port = freePort();
    // In so small pieces there are as many moments to be killed at.
    const child = home.spawn(port, ["--loading-process-events-interval-bytes", "1024"]);
    const looking = await connect(child, port, true);
    const enough = Math.random() * 90;
    let percent: number;
    // Otherwise the field is not there, and nothing is left to load.
    do percent = Number(await info(looking, "loading_loaded_perc") ?? 100); while (percent < enough);
    if (percent < 100) during++;
    child.kill("SIGKILL");
    looking.close();
    await child.status;
    assert.deepEqual(contents(), before);
  }
  assert.ok(during > 0, "Each was killed too late");
  const port = freePort();
  const child = home.spawn(port, []);
  const last = await connect(child, port);
  assert.equal(await last.command("DEBUG", "DIGEST"), digest);
  last.close();
  child.kill("SIGKILL");
  await child.status;
});

/** A server's disk that can be filled, and emptied again. */
interface Disk {
  /** Where the server's directory is to be, undefined: anywhere. */
  readonly path?: string;
  /** Leaves about so many bytes more for the file of the server `pid` that is `size` bytes long. */
  fill(pid: number, size: number, left: number): Promise<void>;
  /** Makes room. */
  empty(pid: number): Promise<void>;
  [Symbol.dispose](): void;
}

/** A disk that is full as far as one process sees: its files may not grow. */
class LimitedDisk implements Disk {
  fill(pid: number, size: number, left: number): Promise<void> {
    return this.#limit(pid, size + left);
  }

  empty(pid: number): Promise<void> {
    return this.#limit(pid, "unlimited");
  }

  async #limit(pid: number, bytes: number | "unlimited"): Promise<void> {
    await output("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`]);
  }

  [Symbol.dispose](): void {}
}

/** A file system of its own, in memory and small, filled by a file of somebody else. */
class SmallDisk implements Disk {
  static readonly BYTES = 16 * 1024 * 1024;
  readonly path: string;
  readonly #ballast: string;

  private constructor(path: string) {
    this.path = path;
    this.#ballast = `${path}/ballast`;
  }

  /** Mounts one; null where that is not allowed, as only root may. */
  static async mount(): Promise<SmallDisk | null> {
    const path = Deno.makeTempDirSync({ prefix: "denodis-disk-" });
    try {
      await output("mount", ["-t", "tmpfs", "-o", `size=${SmallDisk.BYTES}`, "tmpfs", path]);
      return new SmallDisk(path);
    } catch {
      Deno.removeSync(path);
      return null;
    }
  }

  async fill(_pid: number, _size: number, left: number): Promise<void> {
    const free = Number((await output("df", ["--output=avail", "-B1", this.path])).split("\n")[1]);
    Deno.writeFileSync(this.#ballast, new Uint8Array(Math.max(0, free - left)));
  }

  empty(): Promise<void> {
    Deno.removeSync(this.#ballast);
    return Promise.resolve();
  }

  [Symbol.dispose](): void {
    new Deno.Command("umount", { args: [this.path] }).outputSync();
    Deno.removeSync(this.path);
  }
}

async function output(program: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test("A disk that is full loses nothing that was acknowledged, and writes go on when it has room", {
  ignore: Deno.build.os !== "linux",
}, async (t) => {
  await t.step("where files may not grow", () => fillDisk(new LimitedDisk()));
  const small = await SmallDisk.mount();
  if (small !== null) await t.step("on a small file system", () => fillDisk(small));
});

async function fillDisk(disk: Disk): Promise<void> {
  using _disk = disk;
  using home = new Home(disk.path);
  // What it cannot write is to be an error as on a full disk, and not the signal for files that grow too large.
  const starter = ["sh", "-c", `trap "" XFSZ; exec "$@"`, "sh"];
  const port = freePort();
  const child = home.spawn(port, ["--appendfsync", "always"], starter);
  const control = await connect(child, port);
  await disk.fill(child.pid, 0, 20_000);
  const history = new History("writer0", 1);
  const writer = await RawConnection.connect({ port, timeout: 20_000 });
  let ended: string | undefined;
  const writing = history.write(writer).then((reply) => ended = reply);
  const isFull = async () => {
    while (await info(control, "aof_last_write_status") === "ok") assert.equal(ended, undefined);
    assert.match(await control.command("SET", "other", "1"), /^-MISCONF Errors writing to the AOF file: /);
    assert.match(await control.command("GET", "writer0:set"), /^\$\d/);
  };
  await isFull();
  const acknowledged = history.acknowledged;
  assert.ok(acknowledged > 0);
  await disk.empty(child.pid);
  // What was under way is done, and the writer goes on.
  while (history.acknowledged < acknowledged + 100) {
    assert.equal(ended, undefined);
    await control.command("PING");
  }
  assert.equal(await info(control, "aof_last_write_status"), "ok");
  assert.equal(await control.command("SET", "other", "2"), "+OK\r\n");
  // Nobody has been told that a write is done that is not, when it ends while the disk is full.
  const { size } = Deno.statSync(`${home.path}/appendonlydir/appendonly.aof.1.incr.aof`);
  await disk.fill(child.pid, size, 10_000);
  await isFull();
  child.kill("SIGKILL");
  assert.equal(await writing, "");
  await child.status;
  for (const connection of [control, writer]) connection.close();
  const nextPort = freePort();
  const next = home.spawn(nextPort, []);
  const connection = await connect(next, nextPort);
  await history.check(connection, history.acknowledged);
  assert.equal(await connection.command("GET", "other"), "$1\r\n2\r\n");
  connection.close();
  next.kill("SIGKILL");
  await next.status;
}
