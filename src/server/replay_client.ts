/**
 * The client in whose name the requests of an AOF run.
 *
 * @module
 */

import type { Replayer } from "./aof_loading.ts";
import { Connection, type ConnectionHost } from "./connection.ts";
import type { Dispatcher } from "./dispatch.ts";
import type { Transport } from "./transport.ts";

const ADDRESS: Deno.Addr = { transport: "tcp", hostname: "127.0.0.1", port: 0 };

/** Nobody is connected. */
const NOBODY: Transport = {
  localAddr: ADDRESS,
  remoteAddr: ADDRESS,
  read: () => Promise.resolve(null),
  write: (bytes) => Promise.resolve(bytes.length),
  close() {},
};

/** Runs requests without checks; their replies go nowhere. */
export class ReplayClient implements Replayer {
  readonly #connection: Connection;
  readonly #dispatcher: Dispatcher;

  constructor(host: ConnectionHost, dispatcher: Dispatcher) {
    this.#connection = new Connection(host, NOBODY, 0);
    this.#dispatcher = dispatcher;
  }

  run(bytes: Uint8Array<ArrayBuffer>, table: Int32Array<ArrayBuffer>): void {
    this.#dispatcher.replay(this.#connection, bytes, table);
  }

  get inTransaction(): boolean {
    return this.#connection.transaction !== null;
  }

  reset(): void {
    this.#connection.transaction = null;
    this.#connection.database = 0;
  }
}
