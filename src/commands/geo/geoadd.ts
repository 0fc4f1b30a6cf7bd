/**
 * GEOADD: a ZADD whose scores stand for places.
 *
 * @module
 */

import { SYNTAX } from "../../base/errors.ts";
import { cellNumber, cellOf, GEO_STEP_MAX } from "../../base/geohash.ts";
import { ADD_EXISTING_ONLY, ADD_NEW_ONLY } from "../../store/types/zset_value.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { ADD_COUNT_CHANGED, addMembers } from "../sorted_set/add_members.ts";
import { positionArgument } from "./_internal.ts";

/** `GEOADD key [NX | XX] [CH] longitude latitude member [longitude latitude member ...]` */
export const geoadd = defineCommand({
  name: "GEOADD",
  group: "geo",
  since: "3.2.0",
  summary: "Add one or more geospatial items in the geospatial index represented using a sorted set",
  complexity: "O(log(N)) for each item added, where N is the number of elements in the sorted set.",
  history: [["6.2.0", "Added the `CH`, `NX` and `XX` options."]],
  deprecated: null,
  arity: -5,
  flags: ["write", "denyoom"],
  categories: ["geo"],
  tips: [],
  keys: [oneKey(1, "RW", "update")],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    {
      name: "condition",
      type: "oneof",
      since: "6.2.0",
      optional: true,
      arguments: [{ name: "nx", type: "pure-token", token: "NX" }, {
        name: "xx",
        type: "pure-token",
        token: "XX",
      }],
    },
    { name: "change", type: "pure-token", token: "CH", since: "6.2.0", optional: true },
    {
      name: "longitude_latitude_member",
      type: "block",
      multiple: true,
      arguments: [{ name: "longitude", type: "double" }, { name: "latitude", type: "double" }, {
        name: "member",
        type: "string",
      }],
    },
  ],
  subcommands: [],
  run(context) {
    const { args, keyspace, reply } = context;
    let options = 0;
    let first = 2;
    for (; first < args.count; first++) {
      const option = optionIn(context, first);
      if (option === 0) break;
      options |= option;
    }
    const places = (args.count - first) / 3;
    const isBoth = (options & ADD_NEW_ONLY) !== 0 && (options & ADD_EXISTING_ONLY) !== 0;
    if (places < 1 || places % 1 !== 0 || isBoth) throw SYNTAX;
    const scores = new Float64Array(places);
    for (let i = 0; i < places; i++) {
      scores[i] = cellNumber(cellOf(positionArgument(context, first + 3 * i), GEO_STEP_MAX));
    }
    const dirty = keyspace.dirty;
    reply.integer(addMembers(context, options, scores, first + 2, 3));
    if (keyspace.dirty !== dirty) recordAsZadd(context, first, scores);
  },
});

function optionIn({ args }: CommandContext, i: number): number {
  if (args.is(i, "NX")) return ADD_NEW_ONLY;
  if (args.is(i, "XX")) return ADD_EXISTING_ONLY;
  return args.is(i, "CH") ? ADD_COUNT_CHANGED : 0;
}

function recordAsZadd(context: CommandContext, first: number, scores: Float64Array): void {
  if (!context.beginEffect(first + 2 * scores.length)) return;
  const { effects } = context.keyspace;
  effects.text("zadd");
  for (let i = 1; i < first; i++) context.effectArgument(i);
  scores.forEach((score, i) => {
    effects.text(String(score));
    context.effectArgument(first + 3 * i + 2);
  });
}
