/**
 * The bench's side of `probe.ts`, the process that sends PINGs.
 *
 * @module
 */
import { killChild, startChild, within } from "./processes.ts";

const READY_MILLISECONDS = 20_000;
const FINISH_MILLISECONDS = 20_000;

/** Times to PONG in milliseconds, and how many were taken. */
export interface Waits {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** A probe at work. A process of its own, so that the inserter's event loop does not delay what it sees. */
export class Probe implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<string>;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts the probe and waits until it has warmed up. */
  static async start(port: number): Promise<Probe> {
    const script = new URL("./probe.ts", import.meta.url).pathname;
    const child = startChild(Deno.execPath(), { args: ["run", "-A", script, String(port)], stdin: "piped" });
    const probe = new Probe(child);
    try {
      await within(probe.#ready(), {
        milliseconds: READY_MILLISECONDS,
        what: "waiting for the probe's start",
      });
    } catch (error) {
      await killChild(child);
      throw error;
    }
    return probe;
  }

  async #ready(): Promise<void> {
    const { value } = await this.#output.read();
    if (value === "ready\n") return;
    throw new Error(`The probe failed: ${await new Response(this.#child.stderr).text()}`);
  }

  /** Ends the probe and returns what it saw since it was ready. */
  async finish(): Promise<Waits> {
    // The end of its stdin is the probe's signal to stop.
    await this.#child.stdin.close();
    return await within(this.#waits(), {
      milliseconds: FINISH_MILLISECONDS,
      what: "waiting for the probe's figures",
    });
  }

  async #waits(): Promise<Waits> {
    let text = "";
    for (;;) {
      const { value, done } = await this.#output.read();
      if (done) break;
      text += value;
    }
    if (text === "") throw new Error(`The probe failed: ${await new Response(this.#child.stderr).text()}`);
    return JSON.parse(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await killChild(this.#child);
  }
}
