/**
 * What a connection is read from and written to: a `Deno.Conn`, or what looks like one.
 *
 * @module
 */

/** The two ends of a connection, as {@linkcode Deno.Conn} has them. */
export interface Transport {
  /** Whom it connects. */
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  /** Reads what there is, waiting for some; resolves to its length in bytes, or to null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes a part of `bytes`, the whole of it as a rule; resolves to its length in bytes. */
  write(bytes: Uint8Array): Promise<number>;
  /** Closes it; what has not been sent is lost. */
  close(): void;
}

/** A {@linkcode Transport} over TCP. */
export interface TcpTransport extends Transport {
  /** Whether to send small pieces at once. */
  setNoDelay(noDelay: boolean): void;
  /** Whether the system asks from time to time if the other side is still there. */
  setKeepAlive(keepAlive: boolean): void;
}

/** Something that transports come from, or what becomes one. */
export interface TransportListener<T> {
  readonly addr: Deno.Addr;
  accept(): Promise<T>;
  close(): void;
}
