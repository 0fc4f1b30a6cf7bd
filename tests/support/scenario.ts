/**
 * Scenarios with several connections at once, played on two servers, of which every byte that every connection receives
 * is compared.
 *
 * Nothing depends on timing: after each step every connection sends a marker and is read up to its reply, so that what
 * the step sent to others has arrived.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RawConnection } from "./raw_connection.ts";
import { encodeRequest, parseReplies, printable } from "./replies.ts";
import type { RunningServer } from "./servers.ts";

/** A request: words separated by spaces, or byte strings. `{b}` stands for the id of client b. */
export type ScenarioRequest = string | readonly string[];

const MARKER = "$13\r\nend of a step\r\n";
/** The same to a RESP2 client that is subscribed. */
const SUBSCRIBER_MARKER = `*2\r\n$4\r\npong\r\n${MARKER}`;
const MARKER_REQUEST = encodeRequest(["PING", "end of a step"]);

/** The connections of a scenario to one server, and what they have received. */
export class Scenario {
  /** What happened: `a < request` was sent, `a > bytes` was received. */
  readonly log: string[] = [];
  readonly #port: number;
  readonly #clients = new Map<string, RawConnection>();
  readonly #ids = new Map<string, string>();
  /** Clients that would not reply to a marker: replies are off, it would be queued, or they wait. */
  readonly #silent = new Set<string>();
  readonly #leaving: RawConnection[] = [];

  private constructor(port: number) {
    this.#port = port;
  }

  /** Opens a connection for each name, in that order. */
  static async open(server: RunningServer, names: readonly string[]): Promise<Scenario> {
    const scenario = new Scenario(server.port);
    for (const name of names) {
      const client = await RawConnection.connect({ port: server.port });
      scenario.#clients.set(name, client);
      scenario.#ids.set(name, (await client.command("CLIENT", "ID")).slice(1, -2));
    }
    return scenario;
  }

  /** Sends requests in one packet; each has one reply. */
  async send(name: string, ...requests: ScenarioRequest[]): Promise<void> {
    await this.sendForReplies(name, requests.length, ...requests);
  }

  /** Sends requests in one packet that have `count` replies, messages in between not counted. */
  async sendForReplies(name: string, count: number, ...requests: ScenarioRequest[]): Promise<void> {
    const received = await this.#exchange(name, requests, count);
    this.#silent.delete(name);
    await this.#collect(name, received);
  }

  /** Sends requests in one packet and reads `count` replies, and the messages before them. */
  async #exchange(name: string, requests: readonly ScenarioRequest[], count: number): Promise<string> {
    const all = requests.map((request) => this.#words(request));
    for (const words of all) this.log.push(`${name} < ${printable(words.join(" "))}`);
    const client = this.#client(name);
    await client.write(all.map(encodeRequest).join(""));
    let received = "";
    for (let replies = 0; replies < count;) {
      const reply = await client.readReplies(1);
      received += reply;
      if (!reply.startsWith(">")) replies++;
    }
    return received;
  }

  /** As `send`, where the last request is CLIENT REPLY OFF and has no reply: the client is not read until it sends again. */
  async sendAndSilence(name: string, ...requests: ScenarioRequest[]): Promise<void> {
    const silence = [...requests, "CLIENT REPLY OFF"];
    this.#silent.add(name);
    await this.#client(name).write(silence.map((request) => encodeRequest(this.#words(request))).join(""));
    this.log.push(`${name} < ${printable(silence.join("; "))}`);
    let received = "";
    for (let i = 0; i < requests.length; i++) received += await this.#client(name).readReplies(1);
    await this.#collect(name, received);
  }

  /** As `send`, in a transaction: a marker would be queued, so the client is not read until it sends again. */
  async queue(name: string, ...requests: ScenarioRequest[]): Promise<void> {
    this.#silent.add(name);
    const received = await this.#exchange(name, requests, requests.length);
    await this.#collect(name, received);
  }

  /** Sends requests of which the last one blocks, and waits until it does; the client is not read until `unblocked`. */
  async block(name: string, ...requests: ScenarioRequest[]): Promise<void> {
    this.#silent.add(name);
    const received = await this.#exchange(name, requests, requests.length - 1);
    const observer = await RawConnection.connect({ port: this.#port });
    const blocked = new RegExp(`^id=${this.#ids.get(name)} .* flags=\\w*b`, "m");
    try {
      while (!blocked.test(await observer.command("CLIENT", "LIST")));
    } finally {
      observer.close();
    }
    await this.#collect(name, received);
  }

  /** Sends requests behind the one that a client waits in: they are answered when it waits no more. */
  async sendBehind(name: string, ...requests: ScenarioRequest[]): Promise<void> {
    const all = requests.map((request) => this.#words(request));
    for (const words of all) this.log.push(`${name} < ${printable(words.join(" "))}`);
    await this.#client(name).write(all.map(encodeRequest).join(""));
  }

  /** Reads a client that waits no more. */
  async unblocked(name: string): Promise<void> {
    this.#silent.delete(name);
    await this.#collect(name, "");
  }

  /** Sends a request and notes only the parts of its reply that match. */
  async extract(name: string, request: ScenarioRequest, pattern: RegExp): Promise<void> {
    const words = this.#words(request);
    const reply = await this.#client(name).command(...words);
    this.log.push(`${name} < ${words.join(" ")}`, `${name} > ${reply.match(pattern)?.join(", ")}`);
  }

  /** Waits for a message that no request of this scenario causes at once. */
  async message(name: string): Promise<void> {
    await this.#collect(name, await this.#client(name).readReplies(1));
  }

  /** The reply to one request, noted nowhere. */
  async ask(name: string, request: ScenarioRequest): Promise<string> {
    return await this.#client(name).command(...this.#words(request));
  }

  /** Reads a client up to the end of the stream, which the server must close. */
  async sendToEnd(name: string, ...requests: ScenarioRequest[]): Promise<void> {
    const client = this.#client(name);
    await client.write(requests.map((request) => encodeRequest(this.#words(request))).join(""));
    this.log.push(`${name} > ${printable(await client.readToEnd())}, closed`);
    await this.close(name);
  }

  /** Reads a client only with `sendToEnd` any more, because the server is about to disconnect it. */
  willEnd(name: string): void {
    this.#silent.add(name);
  }

  /** Reads a client no more, because the server is about to disconnect it. */
  leave(name: string): void {
    this.#leaving.push(this.#client(name));
    this.#clients.delete(name);
  }

  /** Closes a connection and waits until the server has noticed. */
  async close(name: string): Promise<void> {
    this.#client(name).close();
    this.#clients.delete(name);
    const observer = await RawConnection.connect({ port: this.#port });
    try {
      while ((await observer.command("CLIENT", "LIST")).includes(`id=${this.#ids.get(name)} `));
    } finally {
      observer.close();
    }
  }

  /** Closes all connections. */
  async end(): Promise<void> {
    for (const client of this.#leaving) client.close();
    for (const name of [...this.#clients.keys()]) await this.close(name);
  }

  #client(name: string): RawConnection {
    const client = this.#clients.get(name);
    assert.ok(client, `No client ${name}`);
    return client;
  }

  #words(request: ScenarioRequest): string[] {
    const words = typeof request === "string" ? request.split(" ") : request;
    return words.map((word) => word.replace(/^\{(\w+)\}$/, (_, name) => this.#ids.get(name) ?? name));
  }

  /** Notes what every client has received by now; `received` is what `name` has received already. */
  async #collect(name: string, received: string): Promise<void> {
    for (const [other, client] of this.#clients) {
      let bytes = other === name ? received : "";
      if (!this.#silent.has(other)) {
        await client.write(MARKER_REQUEST);
        for (;;) {
          const reply = await client.readReplies(1);
          if (reply === MARKER || reply === SUBSCRIBER_MARKER) break;
          bytes += reply;
        }
      }
      if (bytes === "") continue;
      this.log.push(`${other} > ${parseReplies(bytes).map(({ raw }) => printable(raw, 4000))}`);
    }
  }
}

/** Plays a scenario on both servers and asserts that all connections receive the same bytes. */
export async function assertSame(
  servers: readonly [denodis: RunningServer, oracle: RunningServer],
  names: readonly string[],
  play: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  await alignClientIds(servers);
  const logs: string[][] = [];
  for (const server of servers) {
    const scenario = await Scenario.open(server, names);
    await scenario.ask(names[0], "FLUSHALL");
    try {
      await play(scenario);
    } catch (error) {
      throw new Error(`${server.name}, after\n${scenario.log.join("\n")}`, { cause: error });
    } finally {
      await scenario.end();
    }
    logs.push(scenario.log);
  }
  assert.deepEqual(logs[0], logs[1]);
}

/** Opens connections until the next client will have the same id on both servers. */
async function alignClientIds(servers: readonly RunningServer[]): Promise<void> {
  const ids = await Promise.all(servers.map(takeClientId));
  for (const [i, server] of servers.entries()) {
    while (ids[i] < Math.max(...ids)) ids[i] = await takeClientId(server);
  }
}

async function takeClientId(server: RunningServer): Promise<number> {
  const connection = await RawConnection.connect({ port: server.port });
  try {
    return Number((await connection.command("CLIENT", "ID")).slice(1));
  } finally {
    connection.close();
  }
}
