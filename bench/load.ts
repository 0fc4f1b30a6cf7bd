/**
 * A pipelined writer that fills a server from one thread faster than the server takes it: requests are laid out once,
 * and only the digits of their keys change.
 *
 * @module
 */
import { encodeRequest, writeAll } from "./request.ts";
import { sleep } from "./processes.ts";

/** Digits of a key, as redis-benchmark's `__rand_int__` is expanded. */
const DIGITS = 12;
const CONNECTIONS = 16;
/** Requests per write. With `CONNECTIONS` it bounds what is in flight: 1600 requests. */
const BATCH = 100;

/** A run over the keys `<prefix>000000000000` to `<prefix>(count - 1)`, one request a key. */
export interface LoadOptions {
  /** Multiple of 100. */
  readonly count: number;
  /** Index of the first key, 0 unless told. */
  readonly first?: number;
  /** Requests per second; as fast as the server goes unless told. */
  readonly rate?: number;
  /** The run fails after this long. */
  readonly limitSeconds: number;
}

/** The request for an index, given its twelve digits as text, and the one reply that is right. */
export interface RequestShape {
  /** The digits may stand in several places. */
  readonly words: (digits: string) => string[];
  /** Where it differs from request to request: the number of lines that it has, whatever they say. */
  readonly reply: string | number;
}

/** SETs every key to `valueBytes` bytes that are no number; returns the seconds it took. Throws at a wrong reply. */
export function insertKeys(
  port: number,
  options: LoadOptions & { readonly valueBytes: number; readonly prefix?: string },
): Promise<number> {
  const value = "x".repeat(options.valueBytes);
  return run(port, {
    ...options,
    shape: { words: (digits) => ["SET", (options.prefix ?? "key:") + digits, value], reply: "+OK\r\n" },
  });
}

/** SETs every `counter:` key to 0, as INCR finds them in redis-benchmark; returns the seconds it took. */
export function insertCounters(port: number, options: LoadOptions): Promise<number> {
  return run(port, {
    ...options,
    shape: { words: (digits) => ["SET", `counter:${digits}`, "0"], reply: "+OK\r\n" },
  });
}

/** Asks for every key with EXISTS and throws where one is missing; returns the seconds it took. */
export function verifyKeys(port: number, options: LoadOptions): Promise<number> {
  return run(port, {
    ...options,
    shape: { words: (digits) => ["EXISTS", `key:${digits}`], reply: ":1\r\n" },
  });
}

/** Sends a request of the given shape for each index; returns the seconds it took. Throws at a wrong reply. */
export async function run(
  port: number,
  options: LoadOptions & { readonly shape: RequestShape },
): Promise<number> {
  const connections: Deno.Conn[] = [];
  const started = performance.now();
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    for (const connection of connections) connection.close();
  }, options.limitSeconds * 1000);
  let next = options.first ?? 0;
  const end = next + options.count;
  const millisecondsPerBatch = options.rate === undefined ? 0 : BATCH / options.rate * 1000;

  async function drive(connection: Deno.Conn): Promise<void> {
    const batch = new Batch(options.shape);
    const replies = new ReplyCheck(options.shape.reply);
    while (next < end) {
      const index = next;
      next += BATCH;
      const due = started + (index - (options.first ?? 0)) / BATCH * millisecondsPerBatch;
      // A batch that is late goes out at once: the rate offered is the same whatever the server's stalls.
      const early = due - performance.now();
      if (early >= 1) await sleep(early);
      batch.number(index);
      await writeAll(connection, batch.bytes);
      await replies.read(connection, BATCH);
    }
  }

  try {
    for (let i = 0; i < CONNECTIONS; i++) {
      connections.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    }
    await Promise.all(connections.map(drive));
    return (performance.now() - started) / 1000;
  } catch (error) {
    if (late) throw new Error(`${options.count} requests took longer than ${options.limitSeconds} s`);
    throw error;
  } finally {
    clearTimeout(limit);
    if (!late) { for (const connection of connections) connection.close(); }
  }
}

/** The same request, BATCH times in one buffer; a write of the digits makes it the next keys' requests. */
class Batch {
  readonly bytes: Uint8Array;
  readonly #stride: number;
  /** Where in a request the digits stand. */
  readonly #places: readonly number[];

  constructor(shape: RequestShape) {
    const one = encodeRequest(shape.words("0".repeat(DIGITS)));
    this.#stride = one.length;
    const places = new TextDecoder().decode(one).matchAll(new RegExp("0".repeat(DIGITS), "g"));
    this.#places = [...places].map(({ index }) => index);
    this.bytes = new Uint8Array(one.length * BATCH);
    for (let i = 0; i < BATCH; i++) this.bytes.set(one, i * one.length);
  }

  number(first: number): void {
    for (let i = 0; i < BATCH; i++) {
      for (const place of this.#places) this.#write(i * this.#stride + place, first + i);
    }
  }

  #write(start: number, index: number): void {
    let rest = index;
    for (let at = start + DIGITS - 1; at >= start; at--) {
      const quotient = (rest / 10) | 0;
      this.bytes[at] = 48 + rest - quotient * 10;
      rest = quotient;
    }
  }
}

/** Reads replies and holds each byte against the only one that may come. */
class ReplyCheck {
  readonly #expected: Uint8Array | number;
  readonly #chunk = new Uint8Array(64 * 1024);

  constructor(reply: string | number) {
    this.#expected = typeof reply === "number" ? reply : new TextEncoder().encode(reply);
  }

  async read(connection: Deno.Conn, count: number): Promise<void> {
    const expected = this.#expected;
    if (typeof expected === "number") await this.#readLines(connection, count * expected);
    else await this.#readExpected(connection, { count, expected });
  }

  async #readLines(connection: Deno.Conn, count: number): Promise<void> {
    for (let lines = 0; lines < count;) {
      const text = new TextDecoder().decode(await this.#next(connection));
      if (/(^|\n)-/.test(text)) throw new Error(`Unexpected reply: ${text.slice(0, 200)}`);
      lines += text.split("\n").length - 1;
    }
  }

  async #next(connection: Deno.Conn): Promise<Uint8Array> {
    const length = await connection.read(this.#chunk);
    if (length === null) throw new Error("The server closed the connection before all replies had come");
    return this.#chunk.subarray(0, length);
  }

  async #readExpected(
    connection: Deno.Conn,
    options: { readonly count: number; readonly expected: Uint8Array },
  ): Promise<void> {
    const { count, expected } = options;
    for (let received = 0; received < count * expected.length;) {
      const chunk = await this.#next(connection);
      for (let i = 0; i < chunk.length; i++) {
        if (chunk[i] === expected[(received + i) % expected.length]) continue;
        throw new Error(`Unexpected reply: ${new TextDecoder().decode(chunk.subarray(0, 200))}`);
      }
      received += chunk.length;
    }
  }
}
