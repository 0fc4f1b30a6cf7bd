/**
 * The commands on sorted sets.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { bzmpop, bzpopmax, bzpopmin, zmpop } from "./pop_of_many.ts";
import { zadd, zincrby } from "./zadd.ts";
import { zcard } from "./zcard.ts";
import { zcount, zlexcount } from "./zcount.ts";
import { zdiff, zdiffstore } from "./zdiff.ts";
import { zinter, zintercard, zinterstore } from "./zinter.ts";
import { zpopmax, zpopmin } from "./zpop.ts";
import { zrandmember } from "./zrandmember.ts";
import { zrange, zrevrange } from "./zrange.ts";
import { zrangebylex, zrevrangebylex } from "./zrangebylex.ts";
import { zrangebyscore, zrevrangebyscore } from "./zrangebyscore.ts";
import { zrangestore } from "./zrangestore.ts";
import { zrank, zrevrank } from "./zrank.ts";
import { zrem } from "./zrem.ts";
import { zremrangebylex, zremrangebyrank, zremrangebyscore } from "./zremrange.ts";
import { zscan } from "./zscan.ts";
import { zmscore, zscore } from "./zscore.ts";
import { zunion, zunionstore } from "./zunion.ts";

/** All of them. */
export const sortedSetCommands: readonly CommandDefinition[] = [
  bzmpop,
  bzpopmax,
  bzpopmin,
  zadd,
  zcard,
  zcount,
  zdiff,
  zdiffstore,
  zincrby,
  zinter,
  zintercard,
  zinterstore,
  zlexcount,
  zmpop,
  zmscore,
  zpopmax,
  zpopmin,
  zrandmember,
  zrange,
  zrangebylex,
  zrangebyscore,
  zrangestore,
  zrank,
  zrem,
  zremrangebylex,
  zremrangebyrank,
  zremrangebyscore,
  zrevrange,
  zrevrangebylex,
  zrevrangebyscore,
  zrevrank,
  zscan,
  zscore,
  zunion,
  zunionstore,
];
