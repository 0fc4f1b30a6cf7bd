/**
 * Reads replies one after another and tells of which kind each is.
 *
 * @module
 */

/** What a reply is, as far as the bench wants to know. */
export enum ReplyKind {
  VALUE,
  NULL,
  ERROR,
}

const MINUS = 0x2d, DOLLAR = 0x24, CARRIAGE_RETURN = 0x0d, LINE_FEED = 0x0a;

/** Reads RESP2 replies that are no arrays from a connection; each must fit in 64 KiB. */
export class ReplyReader {
  readonly #connection: Deno.Conn;
  readonly #bytes = new Uint8Array(64 * 1024);
  /** Of the bytes that have been read but belong to no whole reply yet. */
  #end = 0;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Reads `count` replies and tells of each. Throws where the connection ends before. */
  async read(count: number, tell: (index: number, kind: ReplyKind) => void): Promise<void> {
    const bytes = this.#bytes;
    for (let read = 0;;) {
      let at = 0;
      for (; read < count; read++) {
        const next = this.#endOf(at);
        if (next < 0) break;
        tell(read, this.#kindOf(at));
        at = next;
      }
      bytes.copyWithin(0, at, this.#end);
      this.#end -= at;
      if (read === count) return;
      const more = await this.#connection.read(bytes.subarray(this.#end));
      if (more === null) throw new Error("The server closed the connection");
      this.#end += more;
    }
  }

  #kindOf(at: number): ReplyKind {
    const first = this.#bytes[at];
    if (first === MINUS) return ReplyKind.ERROR;
    return first === DOLLAR && this.#bytes[at + 1] === MINUS ? ReplyKind.NULL : ReplyKind.VALUE;
  }

  /** Where the reply that begins at `at` ends, -1 where it is not there yet. */
  #endOf(at: number): number {
    const line = this.#bytes.indexOf(LINE_FEED, at) + 1;
    if (line === 0 || line > this.#end) return -1;
    if (this.#bytes[at] !== DOLLAR || this.#bytes[at + 1] === MINUS) return line;
    let length = 0;
    for (let digit = at + 1; this.#bytes[digit] !== CARRIAGE_RETURN; digit++) {
      length = 10 * length + this.#bytes[digit] - 0x30;
    }
    const next = line + length + 2;
    return next <= this.#end ? next : -1;
  }
}
