/**
 * The group "generic": keys of any type.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { copy } from "./copy.ts";
import { del, unlink } from "./del.ts";
import { dump } from "./dump.ts";
import { exists } from "./exists.ts";
import { expire, expireat, pexpire, pexpireat } from "./expire.ts";
import { keys } from "./keys.ts";
import { move } from "./move.ts";
import { object } from "./object.ts";
import { persist } from "./persist.ts";
import { randomkey } from "./randomkey.ts";
import { rename, renamenx } from "./rename.ts";
import { restore } from "./restore.ts";
import { scan } from "./scan.ts";
import { sort, sortRo } from "./sort.ts";
import { touch } from "./touch.ts";
import { expiretime, pexpiretime, pttl, ttl } from "./ttl.ts";
import { type } from "./type.ts";

/** The commands of the group. */
export const genericCommands: readonly CommandDefinition[] = [
  copy,
  del,
  dump,
  exists,
  expire,
  expireat,
  expiretime,
  keys,
  move,
  object,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  randomkey,
  rename,
  renamenx,
  restore,
  scan,
  sort,
  sortRo,
  touch,
  ttl,
  type,
  unlink,
];
