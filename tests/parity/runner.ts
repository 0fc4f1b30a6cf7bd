/**
 * Running a case against one server and writing down what it answered.
 *
 * @module
 */

import { parseReplies, printable } from "../support/replies.ts";
import { RawConnection } from "../support/raw_connection.ts";
import type { RunningServer } from "../support/servers.ts";
import {
  argumentsOf,
  bytesOfStep,
  type Command,
  describeStep,
  type FullCase,
  type SendStep,
} from "./case.ts";
import type { Transcript } from "./compare.ts";

/** Flags that both servers of a parity run are started with. */
export const PARITY_FLAGS = ["--enable-debug-command", "yes"];

/** Sent at the end of a case: whatever comes before its reply is one reply too many. */
const SENTINEL = "the end of the case";

/** Milliseconds that a reply may take: far more than any does, and short enough that a wrong case does not stall. */
const REPLY_LIMIT = 10_000;

/** A server, restarted where a case brought it down, with the connection that cleans up between cases. */
export class ParityServer {
  readonly #start: () => Promise<RunningServer>;
  #server: RunningServer | undefined;
  #control: RawConnection | undefined;
  #startFailure: Error | undefined;

  /** `start` starts the server; it is called again after a crash. */
  constructor(start: () => Promise<RunningServer>) {
    this.#start = start;
  }

  /** What the server is called in messages. */
  get name(): string {
    return this.#server?.name ?? "server";
  }

  /** Runs a case on an emptied server and fresh connections. Never throws: what went wrong is in the transcript. */
  async run(one: FullCase, protocol: 2 | 3): Promise<Transcript> {
    const replies: string[] = [];
    try {
      const control = await this.#cleanControl();
      await runAll(control, one.prepare);
      try {
        const server = this.#server as RunningServer;
        const connections = new CaseConnections(server.port, protocol);
        try {
          for (const step of one.steps) {
            if (step.kind === "pause") {
              await new Promise((resolve) => setTimeout(resolve, step.milliseconds));
              replies.push("");
            } else if (step.kind === "hangUp") {
              connections.hangUp(step.connection);
              replies.push("");
            } else if (step.kind === "closed") {
              replies.push(await connections.expectClosed(step.connection));
            } else {
              replies.push(await connections.send(step));
            }
          }
          await connections.finish();
        } finally {
          connections.close();
        }
      } finally {
        await runAll(control, one.cleanup);
      }
      return { replies };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { replies, failure: `${message}${await this.#abandon()}` };
    }
  }

  /** Stops the server. */
  async stop(): Promise<void> {
    this.#control?.close();
    await this.#server?.stop();
    this.#server = undefined;
  }

  async #cleanControl(): Promise<RawConnection> {
    this.#server ??= await this.#started();
    this.#control ??= await RawConnection.connect({ port: this.#server.port, timeout: REPLY_LIMIT });
    const reply = await this.#control.command("FLUSHALL");
    if (reply !== "+OK\r\n") throw new Error(`FLUSHALL before the case answered ${printable(reply)}`);
    return this.#control;
  }

  /** A server that does not come up once is not waited for again, case after case. */
  async #started(): Promise<RunningServer> {
    if (this.#startFailure !== undefined) throw this.#startFailure;
    try {
      return await this.#start();
    } catch (error) {
      this.#startFailure = new Error(
        "The server did not start; the first failure of this file shows its output",
      );
      throw error;
    }
  }

  /**
   * After a failure: a fresh control connection for the next case, and a fresh server where this one is gone or does
   * not answer. Returns what to add to the failure's text.
   */
  async #abandon(): Promise<string> {
    const server = this.#server;
    this.#control?.close();
    this.#control = undefined;
    if (server === undefined) return "";
    try {
      const connection = await RawConnection.connect({ port: server.port, timeout: REPLY_LIMIT });
      const reply = await connection.command("PING");
      connection.close();
      if (reply === "+PONG\r\n") return "";
    } catch {
      // Judged below.
    }
    const end = server.ended() === undefined
      ? "did not answer PING any more"
      : `ended with ${server.ended()}`;
    const log = server.log().split("\n").slice(-30).join("\n");
    await server.stop();
    this.#server = undefined;
    return `\n${server.name} ${end} and was restarted; its last output:\n${log}`;
  }
}

async function runAll(control: RawConnection, commands: readonly Command[]): Promise<void> {
  for (const command of commands) {
    const reply = await control.command(...argumentsOf(command));
    if (reply.startsWith("-")) throw new Error(`${command} around the case answered ${printable(reply)}`);
  }
}

class CaseConnections {
  readonly #port: number;
  readonly #protocol: 2 | 3;
  readonly #connections = new Map<number, RawConnection>();
  readonly #ids = new Map<number, string>();
  readonly #ended = new Set<number>();

  constructor(port: number, protocol: 2 | 3) {
    this.#port = port;
    this.#protocol = protocol;
  }

  async send(step: SendStep): Promise<string> {
    const connection = await this.#connection(step.connection);
    await this.#learnIds(step);
    const bytes = bytesOfStep(step, (arg) => this.#fill(arg));
    try {
      if (step.byteByByte) {
        for (const byte of bytes) await connection.write(byte);
      } else {
        await connection.write(bytes);
      }
    } catch (error) {
      // The server may close the connection while it is still being written to; what it said counts.
      if (step.replies === 0) return "";
      if (!(error instanceof Error)) throw error;
    }
    try {
      return await connection.readReplies(step.replies);
    } catch (error) {
      throw new Error(`${describeStep(step)}: ${error instanceof Error ? error.message : error}`);
    }
  }

  async expectClosed(number: number): Promise<string> {
    this.#ended.add(number);
    return await (await this.#connection(number)).readToEnd();
  }

  hangUp(number: number): void {
    this.#ended.add(number);
    this.#connections.get(number)?.close();
  }

  /** Fails where a connection has replies that no step asked for. */
  async finish(): Promise<void> {
    for (const [number, connection] of this.#connections) {
      if (this.#ended.has(number)) continue;
      const reply = await connection.command("ECHO", SENTINEL);
      const [first] = parseReplies(reply);
      if (first.type !== "$" || first.text !== SENTINEL) {
        throw new Error(
          `Connection ${number} had one more reply after the case, or none to ECHO: ${printable(reply)}`,
        );
      }
    }
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
  }

  async #connection(number: number): Promise<RawConnection> {
    const open = this.#connections.get(number);
    if (open !== undefined) return open;
    const connection = await RawConnection.connect({ port: this.#port, timeout: REPLY_LIMIT });
    this.#connections.set(number, connection);
    if (this.#protocol === 3) {
      const reply = await connection.command("HELLO", "3");
      if (!reply.startsWith("%")) throw new Error(`HELLO 3 before the case answered ${printable(reply)}`);
    }
    return connection;
  }

  async #learnIds(step: SendStep): Promise<void> {
    for (const arg of step.args ?? []) {
      for (const [, digits] of arg.matchAll(/\{(?:id|address)(\d)\}/g)) {
        const number = Number(digits);
        if (this.#ids.has(number)) continue;
        const connection = await this.#connection(number);
        this.#ids.set(number, (await connection.command("CLIENT", "ID")).slice(1, -2));
      }
    }
  }

  #fill(arg: string): string {
    return arg.replaceAll(/\{(id|address)(\d)\}/g, (_, what: string, digits: string) => {
      const number = Number(digits);
      const connection = this.#connections.get(number) as RawConnection;
      return what === "id" ? this.#ids.get(number) as string : connection.localAddress;
    });
  }
}
