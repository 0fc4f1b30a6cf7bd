/**
 * All groups of hand-written parity cases; a new file is named here.
 *
 * @module
 */

import type { CaseGroup } from "../case.ts";
import { acl } from "./acl.ts";
import { bitmap } from "./bitmap.ts";
import { client } from "./client.ts";
import { commands } from "./commands.ts";
import { config } from "./config.ts";
import { connection } from "./connection.ts";
import { counters } from "./counters.ts";
import { dump } from "./dump.ts";
import { expiry } from "./expiry.ts";
import { functions } from "./functions.ts";
import { generic } from "./generic.ts";
import { hashes } from "./hashes.ts";
import { eviction } from "./eviction.ts";
import { geo } from "./geo.ts";
import { hyperloglog } from "./hyperloglog.ts";
import { introspection } from "./introspection.ts";
import { lists } from "./lists.ts";
import { protocol } from "./protocol.ts";
import { pubsub } from "./pubsub.ts";
import { scriptLibraries } from "./script_libraries.ts";
import { scriptSandbox } from "./script_sandbox.ts";
import { scriptCases } from "./scripts.ts";
import { server } from "./server.ts";
import { sets } from "./sets.ts";
import { sort } from "./sort.ts";
import { sortedSets } from "./sorted_sets.ts";
import { consumerGroups } from "./consumer_groups.ts";
import { streams } from "./streams.ts";
import { strings } from "./strings.ts";
import { transactions } from "./transactions.ts";

/** Every group, in the order in which they run. */
export const groups: readonly CaseGroup[] = [
  protocol,
  connection,
  client,
  strings,
  counters,
  hashes,
  lists,
  bitmap,
  hyperloglog,
  sets,
  sortedSets,
  geo,
  streams,
  consumerGroups,
  generic,
  sort,
  expiry,
  eviction,
  dump,
  transactions,
  pubsub,
  scriptCases,
  scriptLibraries,
  scriptSandbox,
  functions,
  config,
  server,
  introspection,
  acl,
  commands,
];
