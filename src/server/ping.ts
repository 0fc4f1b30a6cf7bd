/**
 * Asking a server whether it serves: `denodis --ping`, the health check of an image that has no redis-cli.
 *
 * @module
 */

import { systemErrorText } from "./system_error.ts";

/** A server to ask. */
export interface PingTarget {
  readonly hostname: string;
  readonly port: number;
}

/** What came of asking. */
export interface PingResult {
  /** Whether the server runs commands. */
  readonly serves: boolean;
  /** The server's reply without its first character, or why there is none. */
  readonly text: string;
}

/** Characters that the line of a reply may have. */
const LINE_LIMIT = 1024;

/** A server that asks for a password, or forbids PING, runs commands for those who may. */
const SERVING = /^(?:\+PONG$|-NOAUTH |-NOPERM )/;

/** The target in `6379`, `host:6379` or `[::1]:6379`, the host being 127.0.0.1 unless told; undefined for other texts. */
export function parsePingTarget(text: string): PingTarget | undefined {
  const match = /^(?:(?:\[([\da-fA-F:.]+)\]|([^\s:[\]]+)):)?(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  if (port < 1 || port > 65535) return undefined;
  return { hostname: match[1] ?? match[2] ?? "127.0.0.1", port };
}

/** Sends PING over TCP and waits up to `limit` milliseconds for the reply. */
export async function ping(target: PingTarget, limit = 5_000): Promise<PingResult> {
  const { hostname, port } = target;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), limit);
  try {
    using conn = await Deno.connect({ hostname, port, signal: late.signal });
    late.signal.addEventListener("abort", () => conn.close());
    await conn.write(new TextEncoder().encode("PING\r\n"));
    const reply = await readLine(conn);
    return { serves: SERVING.test(reply), text: reply.slice(1) };
  } catch (error) {
    const reason = late.signal.aborted ? `No reply within ${limit} ms` : systemErrorText(error);
    return { serves: false, text: `Could not ping ${hostname}:${port}: ${reason}` };
  } finally {
    clearTimeout(timer);
  }
}

/** The first line that arrives, without its end. */
async function readLine(conn: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(LINE_LIMIT);
  let line = "";
  while (!line.includes("\r\n")) {
    if (line.length >= LINE_LIMIT) throw new Error("Not the reply of a Redis server");
    const read = await conn.read(buffer);
    if (read === null) throw new Error("Connection closed");
    line += decoder.decode(buffer.subarray(0, read), { stream: true });
  }
  return line.slice(0, line.indexOf("\r\n"));
}
