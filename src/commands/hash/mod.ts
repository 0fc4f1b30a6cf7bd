/**
 * The commands on hashes.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { hdel } from "./hdel.ts";
import { hexists } from "./hexists.ts";
import { hexpire, hexpireat, hpexpire, hpexpireat } from "./hexpire.ts";
import { hget } from "./hget.ts";
import { hgetall, hkeys, hvals } from "./hgetall.ts";
import { hincrby } from "./hincrby.ts";
import { hincrbyfloat } from "./hincrbyfloat.ts";
import { hlen } from "./hlen.ts";
import { hmget } from "./hmget.ts";
import { hpersist } from "./hpersist.ts";
import { hrandfield } from "./hrandfield.ts";
import { hscan } from "./hscan.ts";
import { hmset, hset } from "./hset.ts";
import { hsetnx } from "./hsetnx.ts";
import { hstrlen } from "./hstrlen.ts";
import { hexpiretime, hpexpiretime, hpttl, httl } from "./httl.ts";

/** All of them. */
export const hashCommands: readonly CommandDefinition[] = [
  hdel,
  hexists,
  hexpire,
  hexpireat,
  hexpiretime,
  hget,
  hgetall,
  hincrby,
  hincrbyfloat,
  hkeys,
  hlen,
  hmget,
  hmset,
  hpersist,
  hpexpire,
  hpexpireat,
  hpexpiretime,
  hpttl,
  hrandfield,
  hscan,
  hset,
  hsetnx,
  hstrlen,
  httl,
  hvals,
];
