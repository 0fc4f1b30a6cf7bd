/**
 * The smallest client: one request, one reply, one connection. For questions around a measurement, never within it.
 *
 * @module
 */

/** A request as RESP2 bytes. */
export function encodeRequest(words: readonly string[]): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const parts = words.map((word) => `$${encoder.encode(word).length}\r\n${word}\r\n`);
  return encoder.encode(`*${words.length}\r\n${parts.join("")}`);
}

/** Writes all of `bytes`. */
export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Sends one request and returns its status, integer or bulk reply as text; throws an error reply. */
export async function request(port: number, words: readonly string[]): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await writeAll(connection, encodeRequest(words));
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(64 * 1024);
  for (let received = "";;) {
    const reply = completeReply(received);
    if (reply !== undefined) return reply;
    const count = await connection.read(chunk);
    if (count === null) throw new Error(`The connection closed before the reply to ${words[0]}`);
    received += decoder.decode(chunk.subarray(0, count), { stream: true });
  }
}

/** The text of the reply that `received` starts with, undefined while it is incomplete. INFO and PING are ASCII. */
function completeReply(received: string): string | undefined {
  const lineEnd = received.indexOf("\r\n");
  if (lineEnd < 0) return undefined;
  const line = received.slice(1, lineEnd);
  if (received[0] === "-") throw new Error(`The server answered: ${line}`);
  if (received[0] !== "$") return line;
  const start = lineEnd + 2;
  const end = start + Number(line);
  return received.length >= end + 2 ? received.slice(start, end) : undefined;
}
