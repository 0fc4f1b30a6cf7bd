/**
 * Where the memory is, for INFO and MEMORY STATS.
 *
 * @module
 */

import type { MemoryFigures } from "../commands/context.ts";
import type { Server } from "./server.ts";

/** The figures of a server. */
export function memoryFigures(server: Server): MemoryFigures {
  const { rss, heapUsed, heapTotal } = Deno.memoryUsage();
  const arena = server.keyspace.arena.usage();
  let clients = 0;
  for (const client of server.clients.connections()) clients += client.bufferBytes;
  const used = server.memoryUsed();
  let dictionaries = 0;
  for (const database of server.keyspace.databases) {
    const { keys, volatile, fields } = database.overhead();
    dictionaries += keys + volatile + fields;
  }
  const dataset = arena.used - dictionaries;
  return {
    used,
    peak: Math.max(server.statistics.peakMemory, used),
    startup: server.startMemory,
    overhead: used - dataset,
    dataset,
    clients,
    allocated: arena.used,
    active: arena.touched,
    resident: arena.allocated,
    rss,
    heapUsed,
    heapTotal,
  };
}
