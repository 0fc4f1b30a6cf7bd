/**
 * What a server says of itself, and what the system says of its process: to see that nothing is left of a test.
 *
 * @module
 */

import assert from "node:assert/strict";
import { RawConnection } from "../support/raw_connection.ts";
import { parseReplies } from "../support/replies.ts";
import type { RunningServer } from "../support/servers.ts";

/** Milliseconds that a server may take to notice that clients are gone. */
const NOTICE_LIMIT = 20_000;

/** Figures of a server. */
export interface ServerState {
  /** Clients, the one that asks included. */
  readonly clients: number;
  /** Bytes in use: data, heap and clients' buffers. */
  readonly usedMemory: number;
  /** Bytes of data: those of the arena that are in use. */
  readonly dataMemory: number;
  /** Resident bytes of the process. */
  readonly residentMemory: number;
  /** Open files and sockets of the process; -1 where the system does not tell. */
  readonly openFiles: number;
}

/** A connection to a server that looks after it. */
export class Observer {
  readonly server: RunningServer;
  readonly #connection: RawConnection;

  private constructor(server: RunningServer, connection: RawConnection) {
    this.server = server;
    this.#connection = connection;
  }

  /** Connects to a server. */
  static async connect(server: RunningServer): Promise<Observer> {
    const connection = await RawConnection.connect({ port: server.port, timeout: 60_000 });
    return new Observer(server, connection);
  }

  /** The bytes of the reply to a command. */
  command(...args: string[]): Promise<string> {
    return this.#connection.command(...args);
  }

  /** The reply to a command that must not be an error, as text. */
  async text(...args: string[]): Promise<string> {
    const [reply] = parseReplies(await this.command(...args));
    assert.notEqual(reply.type, "-", `${args.join(" ")} answered ${reply.text}`);
    return reply.text ?? "";
  }

  /** A field of INFO. */
  async info(field: string): Promise<string> {
    return new RegExp(`^${field}:(.*)\r$`, "m").exec(await this.text("INFO", "everything"))?.[1] ?? "";
  }

  /** The server's figures. */
  async state(): Promise<ServerState> {
    const info = await this.text("INFO", "everything");
    const figure = (field: string) => Number(new RegExp(`^${field}:(\\d+)`, "m").exec(info)?.[1] ?? NaN);
    return {
      clients: figure("connected_clients"),
      usedMemory: figure("used_memory"),
      dataMemory: figure("allocator_allocated"),
      residentMemory: figure("used_memory_rss"),
      openFiles: openFiles(this.server.pid),
    };
  }

  /** Waits until nobody but this observer is connected; fails where others stay. */
  async alone(): Promise<void> {
    const limit = performance.now() + NOTICE_LIMIT;
    for (;;) {
      const { clients } = await this.state();
      if (clients === 1) return;
      if (performance.now() > limit) {
        assert.fail(`${clients} clients are still connected:\n${await this.text("CLIENT", "LIST")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Waits until the process has so many files open again; fails where it keeps more. */
  async filesOpen(count: number): Promise<void> {
    const limit = performance.now() + NOTICE_LIMIT;
    while (openFiles(this.server.pid) !== count) {
      if (performance.now() > limit) {
        assert.equal(openFiles(this.server.pid), count, "Open files of the server");
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Deletes all data, and fails where memory of the arena is lost or in disorder before or after that. */
  async cleanData(): Promise<void> {
    for (const when of ["before", "after"]) {
      const report = await this.text("DEBUG", "JMAP");
      assert.match(report, /integrity:ok\r\n/, `${when} FLUSHALL`);
      assert.match(report, /leaked_bytes:0\r\n/, `${when} FLUSHALL`);
      if (when === "before") await this.text("FLUSHALL");
    }
  }

  /** Closes the connection. */
  close(): void {
    this.#connection.close();
  }
}

function openFiles(pid: number): number {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
  } catch {
    return -1;
  }
}
