/**
 * Raw replies: where one ends, what it holds, and how to print it. Written apart from src/resp on purpose, so that
 * the yardstick does not share a bug with what it measures.
 *
 * Bytes are byte strings (one character a byte) except in {@linkcode replyEnd}, which runs on what a socket delivered.
 *
 * @module
 */

import { Buffer } from "node:buffer";

const CR = 13;
const LF = 10;

/** A parsed reply: its type byte, and what it holds. */
export interface Reply {
  /** The first byte of the reply: `+`, `-`, `:`, `$`, `*`, `_`, `,`, `#`, `!`, `=`, `(`, `%`, `~`, `>` or `|`. */
  readonly type: string;
  /** The line after the type byte, or the payload of a bulk; undefined for a null bulk or null array. */
  readonly text: string | undefined;
  /** The elements of an aggregate, keys and values of a map in turn; undefined for everything else. */
  readonly items: readonly Reply[] | undefined;
  /** The reply's own bytes. */
  readonly raw: string;
}

function lineEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (;;) {
    const lf = bytes.indexOf(LF, at);
    if (lf < 0 || lf >= end) return -1;
    if (bytes[lf - 1] === CR) return lf + 1;
    at = lf + 1;
  }
}

function headerNumber(bytes: Uint8Array, start: number, end: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  if (!/^-?\d+$/.test(text)) throw new Error(`Not a reply length: ${printable(text)}`);
  return Number(text);
}

/**
 * The index after the reply that starts at `start`, or -1 where `bytes[start, end)` does not hold all of it.
 * Throws on a byte that starts no reply.
 */
export function replyEnd(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  const line = lineEnd(bytes, start, end);
  switch (String.fromCharCode(bytes[start])) {
    case "+":
    case "-":
    case ":":
    case ",":
    case "#":
    case "_":
    case "(":
      return line;
    case "$":
    case "!":
    case "=": {
      if (line < 0) return -1;
      const length = headerNumber(bytes, start + 1, line - 2);
      if (length < 0) return line;
      return line + length + 2 <= end ? line + length + 2 : -1;
    }
    case "*":
    case "~":
    case ">":
      return line < 0 ? -1 : endOfItems(bytes, line, end, headerNumber(bytes, start + 1, line - 2));
    case "%":
      return line < 0 ? -1 : endOfItems(bytes, line, end, 2 * headerNumber(bytes, start + 1, line - 2));
    case "|":
      // Attributes come before the reply that they describe and count as part of it.
      return line < 0 ? -1 : endOfItems(bytes, line, end, 2 * headerNumber(bytes, start + 1, line - 2) + 1);
    default:
      throw new Error(
        `Not a reply: ${
          printable(Buffer.from(bytes.subarray(start, Math.min(end, start + 64))).toString("latin1"))
        }`,
      );
  }
}

function endOfItems(bytes: Uint8Array, start: number, end: number, count: number): number {
  let at = start;
  for (let i = 0; i < count; i++) {
    at = replyEnd(bytes, at, end);
    if (at < 0) return -1;
  }
  return at;
}

/** All replies in a byte string. Throws where it does not end at the end of a reply. */
export function parseReplies(raw: string): Reply[] {
  const replies: Reply[] = [];
  let at = 0;
  while (at < raw.length) {
    const reply = parseAt(raw, at);
    replies.push(reply);
    at += reply.raw.length;
  }
  return replies;
}

function parseAt(raw: string, start: number): Reply {
  const lineEnd = raw.indexOf("\r\n", start);
  if (lineEnd < 0) throw new Error(`Not a whole reply: ${printable(raw.slice(start))}`);
  const type = raw[start];
  const line = raw.slice(start + 1, lineEnd);
  const body = lineEnd + 2;
  if ("$!=".includes(type)) {
    const length = Number(line);
    if (length < 0) return { type, text: undefined, items: undefined, raw: raw.slice(start, body) };
    const text = raw.slice(body, body + length);
    if (raw.length < body + length + 2) throw new Error(`Not a whole reply: ${printable(raw.slice(start))}`);
    return { type, text, items: undefined, raw: raw.slice(start, body + length + 2) };
  }
  if ("*~>%|".includes(type)) {
    const length = Number(line);
    if (length < 0) return { type, text: undefined, items: undefined, raw: raw.slice(start, body) };
    const count = type === "%" ? 2 * length : type === "|" ? 2 * length + 1 : length;
    const items: Reply[] = [];
    let at = body;
    for (let i = 0; i < count; i++) {
      const item = parseAt(raw, at);
      items.push(item);
      at += item.raw.length;
    }
    return { type, text: line, items, raw: raw.slice(start, at) };
  }
  return { type, text: line, items: undefined, raw: raw.slice(start, body) };
}

/** A byte string as a person can read it: escapes for what is not printable ASCII, and long middles left out. */
export function printable(bytes: string, limit = 600): string {
  const shown = bytes.length <= limit
    ? bytes
    : `${bytes.slice(0, limit - 100)}<${bytes.length - limit} bytes left out>${bytes.slice(-100)}`;
  let text = "";
  for (const char of shown) {
    if (char === "\r") text += "\\r";
    else if (char === "\n") text += "\\n";
    else if (char === "\t") text += "\\t";
    else if (char === '"' || char === "\\") text += `\\${char}`;
    else if (char < " " || char > "~") text += `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
    else text += char;
  }
  return `"${text}"`;
}

/** The request that a client sends for these arguments (byte strings): an array of bulk strings. */
export function encodeRequest(args: readonly string[]): string {
  let request = `*${args.length}\r\n`;
  for (const arg of args) request += `$${arg.length}\r\n${arg}\r\n`;
  return request;
}
