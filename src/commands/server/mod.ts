/**
 * The commands on the server as a whole.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { acl } from "./acl.ts";
import { bgrewriteaof } from "./bgrewriteaof.ts";
import { command } from "./command.ts";
import { config } from "./config.ts";
import { dbsize } from "./dbsize.ts";
import { debug } from "./debug.ts";
import { flushall, flushdb } from "./flushall.ts";
import { info } from "./info.ts";
import { latency } from "./latency.ts";
import { lolwut } from "./lolwut.ts";
import { memory } from "./memory.ts";
import { monitor } from "./monitor.ts";
import { bgsave, lastsave, save } from "./save.ts";
import { shutdown } from "./shutdown.ts";
import { slowlog } from "./slowlog.ts";
import { swapdb } from "./swapdb.ts";
import { time } from "./time.ts";

/** All commands of the group "server". */
export const serverCommands: readonly CommandDefinition[] = [
  acl,
  bgrewriteaof,
  bgsave,
  command,
  config,
  dbsize,
  debug,
  flushall,
  flushdb,
  info,
  lastsave,
  latency,
  lolwut,
  memory,
  monitor,
  save,
  shutdown,
  slowlog,
  swapdb,
  time,
];
