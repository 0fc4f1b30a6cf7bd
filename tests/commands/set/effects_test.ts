/**
 * What the commands on sets leave for the append-only file and replicas, and the key events that they cause. The
 * expectations are what redis-server 7.0.15 wrote to its append-only file and published; where a member is taken at
 * random from several, see random_test.ts.
 */

import { check } from "../effects.ts";

check("Members that come and go", [
  ["SADD k a b", "SADD k a b", "new k", "sadd k"],
  ["SADD k a", ""],
  ["sadd k a c", "sadd k a c", "sadd k"],
  ["SREM k x", ""],
  ["SREM k a x b", "SREM k a x b", "srem k"],
  ["SREM k c d", "SREM k c d", "srem k", "del k"],
  ["SREM k c", ""],
]);

check("Members taken at random", [
  ["SADD k 7", "SADD k 7", "new k", "sadd k"],
  ["SRANDMEMBER k", ""],
  ["SPOP k", "SREM k 7", "spop k", "del k"],
  ["SPOP k", ""],
  ["SADD k a b c", "SADD k a b c", "new k", "sadd k"],
  ["SPOP k 0", ""],
  ["SPOP k 3", "DEL k", "spop k", "del k"],
  ["SPOP k 3", ""],
  ["SADD k a b c", "SADD k a b c", "new k", "sadd k"],
  ["SPOP k 100", "DEL k", "spop k", "del k"],
]);

check("A member that moves", [
  ["SADD k a b", "SADD k a b", "new k", "sadd k"],
  ["SMOVE k d a", "SMOVE k d a", "srem k", "new d", "sadd d"],
  ["SMOVE k d x", ""],
  ["SMOVE k k b", ""],
  ["SADD d b", "SADD d b", "sadd d"],
  ["SMOVE k d b", "SMOVE k d b", "srem k", "del k"],
  ["SMOVE k d b", ""],
  ["SMOVE d new a", "SMOVE d new a", "srem d", "new new", "sadd new"],
  ["SMOVE d new b", "SMOVE d new b", "srem d", "del d", "sadd new"],
]);

check("Results that are stored", [
  ["SADD a 1 2 3", "SADD a 1 2 3", "new a", "sadd a"],
  ["SADD b 2 3 4", "SADD b 2 3 4", "new b", "sadd b"],
  ["SINTERSTORE d a b", "SINTERSTORE d a b", "new d", "sinterstore d"],
  ["SUNIONSTORE d a b", "SUNIONSTORE d a b", "sunionstore d"],
  ["SDIFFSTORE d a b", "SDIFFSTORE d a b", "sdiffstore d"],
  ["SINTERSTORE a a b", "SINTERSTORE a a b", "sinterstore a"],
  ["SINTERSTORE d a missing", "SINTERSTORE d a missing", "keymiss missing", "del d"],
  ["SINTERSTORE d a missing", "", "keymiss missing"],
  ["SUNIONSTORE a missing", "SUNIONSTORE a missing", "keymiss missing", "del a"],
  ["SDIFFSTORE b b b", "SDIFFSTORE b b b", "del b"],
]);
