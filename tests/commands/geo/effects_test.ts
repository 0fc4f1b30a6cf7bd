/**
 * What the commands on geospatial indexes leave for the append-only file and replicas, and the key events that they cause. The
 * expectations are what redis-server 7.0.15 wrote to its append-only file and published.
 */

import { check } from "../effects.ts";

check("GEOADD is recorded as the ZADD that it is", [
  [
    "geoadd g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
    "zadd g 3479099956230698 Palermo 3479447370796909 Catania",
    "new g",
    "zadd g",
  ],
  ["GEOADD g NX 1 2 Palermo", ""],
  ["geoadd g xx ch 1 2 Palermo", "zadd g xx ch 3378080408407459 Palermo", "zadd g"],
  ["geoadd g CH 1 2 Palermo", ""],
  ["geoadd none XX 1 2 a", ""],
  ["geoadd g 180 85.05112878 corner", "zadd g 13510798882111488 corner", "zadd g"],
]);

check("searches that store are recorded as they were sent", [
  [
    "geoadd g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania",
    "zadd g 3479099956230698 Palermo 3479447370796909 Catania",
    "new g",
    "zadd g",
  ],
  [
    "geosearchstore d g fromlonlat 15 37 byradius 200 km",
    "geosearchstore d g fromlonlat 15 37 byradius 200 km",
    "new d",
    "geosearchstore d",
  ],
  [
    "geosearchstore d g fromlonlat 15 37 byradius 200 km storedist",
    "geosearchstore d g fromlonlat 15 37 byradius 200 km storedist",
    "geosearchstore d",
  ],
  ["georadius g 15 37 200 km store d", "georadius g 15 37 200 km store d", "georadiusstore d"],
  [
    "georadius g 15 37 200 km storedist e",
    "georadius g 15 37 200 km storedist e",
    "new e",
    "georadiusstore e",
  ],
  [
    "georadiusbymember g Palermo 200 km store d",
    "georadiusbymember g Palermo 200 km store d",
    "georadiusstore d",
  ],
  [
    "geosearchstore d g fromlonlat 1 1 byradius 1 m",
    "geosearchstore d g fromlonlat 1 1 byradius 1 m",
    "del d",
  ],
  ["geosearchstore d g fromlonlat 1 1 byradius 1 m", ""],
  ["georadius g 1 1 1 m store e", "georadius g 1 1 1 m store e", "del e"],
  ["georadius none 1 1 1 m store g", "georadius none 1 1 1 m store g", "keymiss none", "del g"],
  ["georadius g 1 1 1 m", "", "keymiss g"],
  ["geosearch g fromlonlat 15 37 byradius 200 km", "", "keymiss g"],
]);
