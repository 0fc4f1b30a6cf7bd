/**
 * What the commands on sorted sets leave for the append-only file and replicas, and the key events that they cause. The
 * expectations are what redis-server 7.0.15 wrote to its append-only file and published.
 */

import { check } from "../effects.ts";

check("adding is recorded as it was sent", [
  ["zadd z 1 a 2 b", "zadd z 1 a 2 b", "new z", "zadd z"],
  ["ZADD z NX 5 a", ""],
  ["zadd z 1 a", ""],
  ["zadd z 3 a 3 c", "zadd z 3 a 3 c", "zadd z"],
  ["ZADD z incr 2 a", "ZADD z incr 2 a", "zincr z"],
  ["zadd z xx incr 2 none", ""],
  ["zincrby z 1.5 a", "zincrby z 1.5 a", "zincr z"],
  ["zincrby z 0 a", ""],
  ["zadd none xx 1 a", ""],
  ["zadd z nan a", ""],
  ["zincrby z nan a", ""],
]);

check("removing is recorded as it was sent, and an emptied key goes", [
  ["zadd z 1 a 2 b 3 c 4 d 5 e 6 f", "zadd z 1 a 2 b 3 c 4 d 5 e 6 f", "new z", "zadd z"],
  ["zrem z none", ""],
  ["zrem z a none", "zrem z a none", "zrem z"],
  ["zremrangebyrank z 0 0", "zremrangebyrank z 0 0", "zremrangebyrank z"],
  ["zremrangebyscore z 3 3", "zremrangebyscore z 3 3", "zremrangebyscore z"],
  ["zremrangebyscore z 30 30", ""],
  ["zremrangebylex z [d [d", "zremrangebylex z [d [d", "zremrangebylex z"],
  ["zrem z e f a", "zrem z e f a", "zrem z", "del z"],
  ["zadd z 1 a", "zadd z 1 a", "new z", "zadd z"],
  ["zremrangebyrank z 0 -1", "zremrangebyrank z 0 -1", "zremrangebyrank z", "del z"],
  ["zadd z 1 a", "zadd z 1 a", "new z", "zadd z"],
  ["zremrangebyscore z -inf +inf", "zremrangebyscore z -inf +inf", "zremrangebyscore z", "del z"],
  ["zadd z 1 a", "zadd z 1 a", "new z", "zadd z"],
  ["zremrangebylex z - +", "zremrangebylex z - +", "zremrangebylex z", "del z"],
]);

check("pops are recorded as ZPOPMIN and ZPOPMAX", [
  ["zadd z 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h", "zadd z 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h", "new z", "zadd z"],
  ["zpopmin z", "zpopmin z", "zpopmin z"],
  ["zpopmax z 2", "zpopmax z 2", "zpopmax z"],
  ["zpopmin z 0", ""],
  ["zpopmin none", ""],
  ["ZMPOP 2 none z max", "ZPOPMAX z 1", "zpopmax z"],
  ["zmpop 1 z min count 2", "ZPOPMIN z 2", "zpopmin z"],
  ["zmpop 1 none min", ""],
  ["bzpopmin none z 0", "ZPOPMIN z", "zpopmin z"],
  ["bzpopmax z 0", "ZPOPMAX z", "zpopmax z", "del z"],
  ["zadd z 1 a 2 b", "zadd z 1 a 2 b", "new z", "zadd z"],
  ["bzmpop 0 1 z max count 10", "ZPOPMAX z 2", "zpopmax z", "del z"],
  ["zadd z 1 a", "zadd z 1 a", "new z", "zadd z"],
  ["zpopmin z 10", "zpopmin z 10", "zpopmin z", "del z"],
]);

check("stores are recorded as they were sent", [
  ["zadd z 1 a 2 b", "zadd z 1 a 2 b", "new z", "zadd z"],
  ["zadd y 2 b 3 c", "zadd y 2 b 3 c", "new y", "zadd y"],
  ["zunionstore d 2 z y", "zunionstore d 2 z y", "new d", "zunionstore d"],
  ["zinterstore d 2 z y weights 1 2", "zinterstore d 2 z y weights 1 2", "zinterstore d"],
  ["zdiffstore d 2 z y", "zdiffstore d 2 z y", "zdiffstore d"],
  ["zrangestore d z 0 0", "zrangestore d z 0 0", "zrangestore d"],
  ["zrangestore d z 5 6", "zrangestore d z 5 6", "del d"],
  ["zrangestore d z 5 6", ""],
  ["zrangestore d none 0 -1", "", "keymiss none"],
  ["zunionstore d 1 z", "zunionstore d 1 z", "new d", "zunionstore d"],
  ["zinterstore d 2 z none", "zinterstore d 2 z none", "keymiss none", "del d"],
  ["zinterstore d 2 z none", "", "keymiss none"],
  ["zdiffstore d 1 none", "", "keymiss none"],
  ["zunion 2 z y", ""],
  ["zrandmember z 1", ""],
  ["set s v", "set s v", "new s", "set s"],
  ["zunionstore s 1 z", "zunionstore s 1 z", "zunionstore s"],
]);

check("reading changes nothing", [
  ["zadd z 1 a 2 b", "zadd z 1 a 2 b", "new z", "zadd z"],
  ["zrange z 0 -1", ""],
  ["zscore z a", ""],
  ["zrange none 0 -1", "", "keymiss none"],
  ["zscan none 0", "", "keymiss none"],
  ["zinter 2 z none", "", "keymiss none"],
  ["zcount none 0 1", "", "keymiss none"],
  ["zmscore none a", "", "keymiss none"],
]);
