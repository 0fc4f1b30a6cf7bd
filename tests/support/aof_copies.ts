/**
 * What a server makes of an append-only file: it is copied while its own server may go on, as a kill would leave it.
 *
 * @module
 */

import { RawConnection } from "./raw_connection.ts";
import { denodisCommand, type RunningServer, startServer } from "./servers.ts";

/** Flags of a server that keeps an append-only file, and nothing else, and tells its digest. */
export const AOF_FLAGS = ["--save", "", "--appendonly", "yes", "--enable-debug-command", "yes"];

/** The commands of both servers. */
const COMMANDS = { "redis-server": () => ["redis-server"], denodis: denodisCommand } as const;

/** The reply of DEBUG DIGEST. */
export async function digestOf(server: RunningServer): Promise<string> {
  const connection = await RawConnection.connect({ port: server.port, timeout: 20_000 });
  try {
    return await connection.command("DEBUG", "DIGEST");
  } finally {
    connection.close();
  }
}

/** The digest of what a server loads from a copy of the append-only file in the directory `from`. */
export async function digestOfCopy(name: keyof typeof COMMANDS, from: string): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
  try {
    await Deno.mkdir(`${directory}/appendonlydir`);
    for await (const { name } of Deno.readDir(`${from}/appendonlydir`)) {
      await Deno.copyFile(`${from}/appendonlydir/${name}`, `${directory}/appendonlydir/${name}`);
    }
    const server = await startServer({
      name,
      command: COMMANDS[name](),
      args: [...AOF_FLAGS, "--dir", directory],
    });
    try {
      return await digestOf(server);
    } finally {
      await server.stop();
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
