/**
 * Client-side caching in BCAST mode: clients that are told of every changed key with one of their prefixes, whether
 * they have read it or not. Changes are collected while a batch runs and told at its end, a message for each prefix.
 *
 * @module
 */

import type { Connection } from "./connection.ts";

interface Prefix {
  readonly clients: Set<Connection>;
  /** Keys that have changed, with the client that was the last to change each of them; null: none was. */
  readonly changes: Map<string, Connection | null>;
}

/** Prefixes, who wants to hear of them, and what there is to tell. */
export class Broadcasts {
  readonly #prefixes = new Map<string, Prefix>();
  #changed = false;

  /** Number of prefixes. */
  get size(): number {
    return this.#prefixes.size;
  }

  /** Tells a client of keys with a prefix from now on. */
  add(client: Connection, name: string): void {
    const prefix = this.#prefixes.get(name) ?? { clients: new Set(), changes: new Map() };
    prefix.clients.add(client);
    this.#prefixes.set(name, prefix);
  }

  /** Tells a client of keys with a prefix no more, nor of those that have changed already. */
  remove(client: Connection, name: string): void {
    const prefix = this.#prefixes.get(name);
    prefix?.clients.delete(client);
    if (prefix?.clients.size === 0) this.#prefixes.delete(name);
  }

  /** Remembers that a key has changed, and which client's command did it, if any; false where nobody is interested. */
  change(key: string, by: Connection | null): boolean {
    let isWanted = false;
    for (const [name, { changes }] of this.#prefixes) {
      if (!key.startsWith(name)) continue;
      changes.set(key, by);
      isWanted = true;
    }
    if (isWanted) this.#changed = true;
    return isWanted;
  }

  /** Passes what there is to tell, as RESP, and to whom; prefixes and keys in order. Then it is forgotten. */
  tell(send: (client: Connection, keys: string) => void): void {
    if (!this.#changed) return;
    this.#changed = false;
    for (const name of [...this.#prefixes.keys()].sort()) {
      const { clients, changes } = this.#prefixes.get(name)!;
      if (changes.size === 0) continue;
      const keys = [...changes.keys()].sort();
      const message = arrayOf(keys);
      for (const client of clients) {
        if (!client.tracking!.noLoop) {
          send(client, message);
          continue;
        }
        const others = keys.filter((key) => changes.get(key) !== client);
        if (others.length > 0) send(client, arrayOf(others));
      }
      changes.clear();
    }
  }
}

/** An array of bulk strings as RESP. */
export function arrayOf(keys: readonly string[]): string {
  return `*${keys.length}\r\n` + keys.map((key) => `$${key.length}\r\n${key}\r\n`).join("");
}
