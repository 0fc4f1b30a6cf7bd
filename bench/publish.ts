/**
 * What a message to many subscribers costs.
 *
 * @module
 */
import { type Bench, measureRounds, type Pair } from "./bench.ts";
import { connectionsAllowed } from "./connections.ts";
import type { Contestant } from "./contestants.ts";
import { QuietRuns } from "./interference.ts";
import { cpuMicroseconds, sleep, within } from "./processes.ts";
import { decimal, markdownTable, median, progress, section, withSpread } from "./report.ts";
import { encodeRequest, writeAll } from "./request.ts";
import { Server } from "./server.ts";

const SUBSCRIBERS = [1, 100, 10_000];
const CHANNEL = "news";
const MESSAGE_BYTES = 64;
const RUN_MILLISECONDS = 3000;
const QUICK_RUN_MILLISECONDS = 500;
/** Connections that are being opened at a time; a listener's backlog is 511. */
const AT_A_TIME = 100;
const LIMIT_MILLISECONDS = 60_000;
const ATTEMPTS = 2;

/** Messages delivered by one server in one run. */
interface Delivery {
  readonly perCpuSecond: number;
  readonly perSecond: number;
}

/** Publishes to different numbers of subscribers and counts what the server's process spends on it. */
export async function measurePublish(bench: Bench): Promise<string> {
  const runs = new QuietRuns(ATTEMPTS);
  const rows: string[][] = [];
  for (const wanted of SUBSCRIBERS) {
    const count = await connectionsAllowed(bench.quick ? Math.min(wanted, 1000) : wanted);
    const rounds = await measureRounds(bench, (contestant) => {
      return runs.run(() => deliver(contestant, { bench, count }));
    });
    rows.push(rowOf(count, rounds));
    progress(`publish to ${count}: ${rows.at(-1)!.slice(1).join(", ")}`);
  }
  const header = ["subscribers", "denodis messages/CPU s", "redis-server messages/CPU s", "ratio"];
  header.push("denodis messages/s", "redis-server messages/s");
  return section("PUBLISH", [
    `One client publishes ${MESSAGE_BYTES} bytes to a channel, and again when it has its reply; a message that reaches ` +
    `a thousand subscribers counts as a thousand. Medians of ${bench.rounds} alternating rounds; the ratio is ` +
    `denodis's figure over redis-server's (and the lowest and highest). ${runs.summary()}`,
    markdownTable(header, rows),
  ]);
}

function rowOf(count: number, rounds: readonly Pair<Delivery>[]): string[] {
  const middle = (pick: (pair: Pair<Delivery>) => number) => decimal(median(rounds.map(pick)));
  return [
    decimal(count),
    middle(({ ours }) => ours.perCpuSecond),
    middle(({ oracle }) => oracle.perCpuSecond),
    withSpread(rounds.map(({ ours, oracle }) => ours.perCpuSecond / oracle.perCpuSecond)),
    middle(({ ours }) => ours.perSecond),
    middle(({ oracle }) => oracle.perSecond),
  ];
}

async function deliver(
  contestant: Contestant,
  options: { readonly bench: Bench; readonly count: number },
): Promise<Delivery> {
  const { bench, count } = options;
  await using server = await Server.start(contestant, bench);
  const audience = new Audience();
  try {
    await within(audience.gather(server.port, count), {
      milliseconds: LIMIT_MILLISECONDS,
      what: `subscribing ${count} clients`,
    });
    // The first messages grow buffers and warm up the compiler.
    const publisher = await Publisher.connect(server.port, count);
    await publisher.publishFor(bench.quick ? 200 : 1000);
    await audience.untilReceived(publisher.published * count);
    const cpu = await cpuMicroseconds(server.pid);
    const before = publisher.published;
    const start = performance.now();
    await publisher.publishFor(bench.quick ? QUICK_RUN_MILLISECONDS : RUN_MILLISECONDS);
    await audience.untilReceived(publisher.published * count);
    const seconds = (performance.now() - start) / 1000;
    const cpuSeconds = (await cpuMicroseconds(server.pid) - cpu) / 1_000_000;
    publisher.close();
    const delivered = (publisher.published - before) * count;
    return { perCpuSecond: delivered / cpuSeconds, perSecond: delivered / seconds };
  } finally {
    audience.close();
  }
}

/** Sends one message after the other. */
class Publisher {
  /** Messages that have been published. */
  published = 0;
  readonly #conn: Deno.Conn;
  readonly #reply: string;
  readonly #request = encodeRequest(["PUBLISH", CHANNEL, "x".repeat(MESSAGE_BYTES)]);
  readonly #buffer = new Uint8Array(64);

  private constructor(conn: Deno.Conn, receivers: number) {
    this.#conn = conn;
    this.#reply = `:${receivers}\r\n`;
  }

  /** A publisher whose every message must reach so many receivers. */
  static async connect(port: number, receivers: number): Promise<Publisher> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return new Publisher(conn, receivers);
  }

  /** Publishes for so long; throws where a message does not reach everybody. */
  async publishFor(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    while (performance.now() < end) {
      await writeAll(this.#conn, this.#request);
      let reply = "";
      while (!reply.endsWith("\r\n")) {
        const length = await this.#conn.read(this.#buffer);
        if (length === null) throw new Error("The server closed the publisher's connection");
        reply += new TextDecoder().decode(this.#buffer.subarray(0, length));
      }
      if (reply !== this.#reply) throw new Error(`PUBLISH got ${reply.trim()} and not ${this.#reply.trim()}`);
      this.published++;
    }
  }

  close(): void {
    this.#conn.close();
  }
}

/** The subscribers. */
class Audience {
  readonly #conns: Deno.Conn[] = [];
  readonly #message = encodeRequest(["message", CHANNEL, "x".repeat(MESSAGE_BYTES)]);
  readonly #buffer = new Uint8Array(64 * 1024);
  #bytes = 0;
  #closed = false;

  /** Connects and subscribes so many clients, and lets them listen. */
  async gather(port: number, count: number): Promise<void> {
    const request = encodeRequest(["SUBSCRIBE", CHANNEL]);
    const confirmation = `*3\r\n$9\r\nsubscribe\r\n$${CHANNEL.length}\r\n${CHANNEL}\r\n:1\r\n`;
    const subscribe = async () => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port });
      this.#conns.push(conn);
      await writeAll(conn, request);
      const buffer = new Uint8Array(128);
      const length = await conn.read(buffer);
      const text = new TextDecoder().decode(buffer.subarray(0, length ?? 0));
      if (text !== confirmation) throw new Error(`SUBSCRIBE got ${JSON.stringify(text)}`);
      this.#listen(conn);
    };
    for (let rest = count; rest > 0; rest -= AT_A_TIME) {
      await Promise.all(Array.from({ length: Math.min(AT_A_TIME, rest) }, subscribe));
    }
  }

  async #listen(conn: Deno.Conn): Promise<void> {
    try {
      for (;;) {
        const length = await conn.read(this.#buffer);
        if (length === null) break;
        this.#bytes += length;
      }
    } catch {
      // Told below, where the messages are missed.
    }
    if (!this.#closed) throw new Error("The server closed a subscriber's connection");
  }

  /** Resolves when exactly so many messages have been received altogether. */
  async untilReceived(messages: number): Promise<void> {
    const expected = messages * this.#message.length;
    const limit = performance.now() + LIMIT_MILLISECONDS;
    while (this.#bytes < expected && performance.now() < limit) await sleep(1);
    if (this.#bytes !== expected) throw new Error(`Got ${this.#bytes} bytes of messages, not ${expected}`);
  }

  close(): void {
    this.#closed = true;
    for (const conn of this.#conns) conn.close();
  }
}
