/**
 * What SORT leaves for the append-only file and replicas, and the key events that it causes. The expectations are what
 * redis-server 7.0.15 wrote to its append-only file and published.
 */

import { check } from "../effects.ts";

check("effects and events of SORT", [
  ["rpush n 3 1 2", "rpush n 3 1 2", "new n", "rpush n"],
  ["mset w_1 5 w_2 4", "mset w_1 5 w_2 4", "new w_1", "set w_1", "new w_2", "set w_2"],
  ["sort n", ""],
  ["SORT n by w_* get # get w_*", "", "keymiss w_3", "keymiss w_3"],
  ["sort_ro n desc", ""],
  ["sort none", "", "keymiss none"],
  ["sort n store d", "sort n store d", "new d", "sortstore d"],
  ["SORT n STORE d limit 0 2 DESC", "SORT n STORE d limit 0 2 DESC", "sortstore d"],
  ["set s x", "set s x", "new s", "set s"],
  ["sort n store s", "sort n store s", "sortstore s"],
  ["sort n limit 5 1 store s", "sort n limit 5 1 store s", "del s"],
  ["sort n limit 5 1 store s", ""],
  ["sort none store d", "sort none store d", "keymiss none", "del d"],
  ["sort none store none2", "", "keymiss none"],
  ["sort n store n desc", "sort n store n desc", "sortstore n"],
  ["rpush bad x", "rpush bad x", "new bad", "rpush bad"],
  ["sort bad store d", ""],
]);
