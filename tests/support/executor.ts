/**
 * Runs requests in this process, without sockets: a server's dispatch, keyspace and a manual clock.
 *
 * @module
 */

import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { ManualClock } from "../../src/base/clock.ts";
import { RespDecoder } from "../../src/resp/decoder.ts";
import type { Connection } from "../../src/server/connection.ts";
import { Configuration } from "../../src/server/configuration.ts";
import { Server } from "../../src/server/server.ts";
import { type OutputBuffer, ReplyWriter } from "../../src/resp/reply_writer.ts";
import type { EffectConsumer } from "../../src/store/effects.ts";

/** A server without a network, whose time stands still until the test moves it. */
export class Executor {
  readonly clock = new ManualClock(1_700_000_000_000);
  readonly server: Server;
  readonly session: Connection;
  readonly #decoder = new RespDecoder({
    authenticated: true,
    maxBulkLength: 512 * 1024 * 1024,
    maxQueryBuffer: 1024 * 1024 * 1024,
  });

  constructor(configuration = new Configuration()) {
    this.server = new Server({ configuration, clock: this.clock });
    // What dispatch and the commands use of a connection.
    this.session = {
      id: 1,
      reply: new ReplyWriter(),
      database: 0,
      authenticated: true,
      account: this.server.access.users.default,
      get user(): string {
        return (this as unknown as Connection).account.name;
      },
      describe: () => "id=1",
      replyMode: "on",
      closing: false,
      noTouch: false,
      monitors: false,
      tracking: null,
      transaction: null,
      get inTransaction(): boolean {
        return (this as unknown as Connection).transaction !== null;
      },
      watching: null,
      limitTransaction() {},
      countMemory() {},
      acknowledge() {},
      subscriptions: null,
      receive(this: Connection, bytes: Uint8Array, length: number) {
        this.reply.rawBytes(bytes, 0, length);
      },
      confirm(this: Connection, bytes: Uint8Array, length: number) {
        this.reply.rawBytes(bytes, 0, length);
      },
      local: true,
      name: "",
      lastCommand: null,
      address: "127.0.0.1:1",
      blocked: false,
      block: () => void Object.assign(this.session, { blocked: true }),
      unblock: () => void Object.assign(this.session, { blocked: false }),
      closeAfterReply() {},
    } as unknown as Connection;
  }

  get keyspace() {
    return this.server.keyspace;
  }

  /** Runs one request given as byte strings and returns its reply's bytes as a byte string. */
  run(...args: string[]): string {
    return this.runBytes(encodeRequest(args));
  }

  /** Runs the requests in `text`, a byte string, and returns the replies. */
  runBytes(text: string): string {
    const batch = this.#decoder.decode(bytesOf(text));
    this.server.dispatcher.run(this.session, batch, 0);
    const chunks: OutputBuffer[] = [];
    this.session.reply.take(chunks);
    return chunks.map((chunk) => byteString(chunk.view(0))).join("");
  }

  /** Collects the effects from now on; each call of the result returns those since the last one, as a byte string. */
  recordEffects(): () => string {
    let text = "";
    const consumer: EffectConsumer = {
      effects(bytes, length) {
        text += byteString(bytes, 0, length);
      },
    };
    this.keyspace.effects.attach(consumer);
    return () => {
      this.keyspace.effects.flush();
      const taken = text;
      text = "";
      return taken;
    };
  }
}

/** A request as RESP, from byte strings. */
export function encodeRequest(args: readonly string[]): string {
  return `*${args.length}\r\n` + args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("");
}

/** The effects of one request as they are recorded: between MULTI and EXEC where there are several. */
export function encodeEffects(effects: readonly (readonly string[])[]): string {
  const encoded = effects.map(encodeRequest).join("");
  const isWhole = effects.length < 2 || effects[0][0].toUpperCase() === "MULTI";
  return isWhole ? encoded : `${encodeRequest(["MULTI"])}${encoded}${encodeRequest(["EXEC"])}`;
}
