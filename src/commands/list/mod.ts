/**
 * The commands on lists.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { blmove, brpoplpush } from "./blmove.ts";
import { blmpop, blpop, brpop, lmpop } from "./pop_of_many.ts";
import { lindex } from "./lindex.ts";
import { linsert } from "./linsert.ts";
import { llen } from "./llen.ts";
import { lmove, rpoplpush } from "./lmove.ts";
import { lpop, rpop } from "./pop.ts";
import { lpos } from "./lpos.ts";
import { lpush, lpushx, rpush, rpushx } from "./push.ts";
import { lrange } from "./lrange.ts";
import { lrem } from "./lrem.ts";
import { lset } from "./lset.ts";
import { ltrim } from "./ltrim.ts";

/** The commands of the group. */
export const listCommands: readonly CommandDefinition[] = [
  blmove,
  blmpop,
  blpop,
  brpop,
  brpoplpush,
  lindex,
  linsert,
  llen,
  lmove,
  lmpop,
  lpop,
  lpos,
  lpush,
  lpushx,
  lrange,
  lrem,
  lset,
  ltrim,
  rpop,
  rpoplpush,
  rpush,
  rpushx,
];
