/**
 * The commands on the server as a whole.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { acl } from "./acl.ts";
import { command } from "./command.ts";
import { config } from "./config.ts";
import { dbsize } from "./dbsize.ts";
import { debug } from "./debug.ts";
import { flushall, flushdb } from "./flushall.ts";
import { info } from "./info.ts";
import { memory } from "./memory.ts";
import { shutdown } from "./shutdown.ts";
import { swapdb } from "./swapdb.ts";
import { time } from "./time.ts";

/** All commands of the group "server". */
export const serverCommands: readonly CommandDefinition[] = [
  acl,
  command,
  config,
  dbsize,
  debug,
  flushall,
  flushdb,
  info,
  memory,
  shutdown,
  swapdb,
  time,
];
