/**
 * MONITOR: clients that are told of every request that runs.
 *
 * ```text
 *  +1700000000.123456 [0 127.0.0.1:50000] "SET" "key" "a\x00b"
 * ```
 *
 * @module
 */

import { bytesOf } from "../base/bytes.ts";
import { type Clock, wallMicroseconds } from "../base/clock.ts";
import { quoteArgument } from "../base/quoting.ts";
import type { ClientSession, MonitorControl } from "../commands/context.ts";
import type { Command } from "../commands/table.ts";
import type { Args } from "../resp/args.ts";
import { SharedBuffer } from "../resp/reply_writer.ts";
import type { Connection } from "./connection.ts";
import { secretArguments } from "./redaction.ts";

/** The clients of a server that monitor it. */
export class Monitors implements MonitorControl {
  /** Whether there are any: to be asked before each `feed`. */
  active = false;
  readonly #clients = new Set<Connection>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(client: ClientSession): void {
    const connection = client as Connection;
    connection.monitors = true;
    this.#clients.add(connection);
    this.active = true;
  }

  remove(client: ClientSession): void {
    if (!client.monitors) return;
    const connection = client as Connection;
    connection.monitors = false;
    this.#clients.delete(connection);
    this.active = this.#clients.size > 0;
  }

  /**
   * Tells of the request in `args`. What a script asks for is told with `fromScript`; requests that administer the server
   * are not told.
   */
  feed(connection: Connection, command: Command, args: Args, fromScript = false): void {
    if (command.has("admin")) return;
    const origin = fromScript ? "lua" : connection.origin;
    const words = Array.from(args.texts(0), quoteArgument);
    for (const i of secretArguments(command, args)) words[i] = '"(redacted)"';
    const now = wallMicroseconds(this.#clock);
    const time = `${Math.floor(now / 1_000_000)}.${String(now % 1_000_000).padStart(6, "0")}`;
    const line = bytesOf(`+${time} [${connection.database} ${origin}] ${words.join(" ")}\r\n`);
    const message = new SharedBuffer(line, line.length);
    for (const client of this.#clients) {
      if (client.replyMode === "on" || client.replyMode === "skip-next") client.receiveShared(message);
    }
  }
}
