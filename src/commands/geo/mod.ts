/**
 * The commands on geospatial indexes, which are sorted sets.
 *
 * @module
 */

import type { CommandDefinition } from "../define.ts";
import { geoadd } from "./geoadd.ts";
import { geodist } from "./geodist.ts";
import { geohash } from "./geohash.ts";
import { geopos } from "./geopos.ts";
import { georadius, georadiusbymember, georadiusbymemberReadOnly, georadiusReadOnly } from "./georadius.ts";
import { geosearch, geosearchstore } from "./geosearch.ts";

/** All of them. */
export const geoCommands: readonly CommandDefinition[] = [
  geoadd,
  geodist,
  geohash,
  geopos,
  georadius,
  georadiusbymember,
  georadiusbymemberReadOnly,
  georadiusReadOnly,
  geosearch,
  geosearchstore,
];
