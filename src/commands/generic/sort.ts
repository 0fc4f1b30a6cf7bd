/**
 * SORT and SORT_RO.
 *
 * @module
 */

import { SCORES_NOT_DOUBLES, WRONG_TYPE } from "../../base/errors.ts";
import { bytesOf, byteString } from "../../base/bytes.ts";
import { ENCODING_QUICKLIST, TYPE_LIST, TYPE_SET, TYPE_ZSET } from "../../store/entry.ts";
import { EVENT_GENERIC, EVENT_LIST } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand, oneKey } from "../define.ts";
import { limitRange, parseSortOptions, type SortOptions } from "./sort_options.ts";
import { type SortItem, sortItems } from "./sort_order.ts";
import { PatternLookup } from "./sort_pattern.ts";

/** `SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA] [STORE destination]` */
export const sort = defineCommand({
  name: "SORT",
  group: "generic",
  since: "1.0.0",
  summary: "Sort the elements in a list, set or sorted set",
  complexity:
    "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["write", "denyoom"],
  categories: ["set", "sortedset", "list", "dangerous"],
  tips: [],
  keys: [oneKey(1, "RO", "access"), {
    notes:
      "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
    flags: ["RO", "access"],
    begin: { type: "unknown" },
    find: { type: "unknown" },
  }, {
    notes:
      "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
    flags: ["OW", "update"],
    begin: { type: "unknown" },
    find: { type: "unknown" },
  }],
  arguments: [
    { name: "key", type: "key", keySpecification: 0 },
    { name: "pattern", type: "pattern", token: "BY", keySpecification: 1, optional: true },
    {
      name: "offset_count",
      type: "block",
      token: "LIMIT",
      optional: true,
      arguments: [{ name: "offset", type: "integer" }, { name: "count", type: "integer" }],
    },
    {
      name: "pattern",
      type: "pattern",
      token: "GET",
      keySpecification: 1,
      optional: true,
      multiple: true,
      multipleToken: true,
    },
    {
      name: "order",
      type: "oneof",
      optional: true,
      arguments: [{ name: "asc", type: "pure-token", token: "ASC" }, {
        name: "desc",
        type: "pure-token",
        token: "DESC",
      }],
    },
    { name: "sorting", type: "pure-token", token: "ALPHA", optional: true },
    { name: "destination", type: "key", token: "STORE", keySpecification: 2, optional: true },
  ],
  subcommands: [],
  run(context) {
    run(context, parseSortOptions(context, true));
  },
});

/** `SORT_RO key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC | DESC] [ALPHA]` */
export const sortRo = defineCommand({
  name: "SORT_RO",
  group: "generic",
  since: "7.0.0",
  summary: "Sort the elements in a list, set or sorted set. Read-only variant of SORT.",
  complexity:
    "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N).",
  history: [],
  deprecated: null,
  arity: -2,
  flags: ["readonly"],
  categories: ["set", "sortedset", "list", "dangerous"],
  tips: [],
  keys: [oneKey(1, "RO", "access"), {
    notes:
      "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
    flags: ["RO", "access"],
    begin: { type: "unknown" },
    find: { type: "unknown" },
  }],
  arguments: [{ name: "key", type: "key", keySpecification: 0 }, {
    name: "pattern",
    type: "pattern",
    token: "BY",
    keySpecification: 1,
    optional: true,
  }, {
    name: "offset_count",
    type: "block",
    token: "LIMIT",
    optional: true,
    arguments: [{ name: "offset", type: "integer" }, { name: "count", type: "integer" }],
  }, {
    name: "pattern",
    type: "pattern",
    token: "GET",
    keySpecification: 1,
    optional: true,
    multiple: true,
    multipleToken: true,
  }, {
    name: "order",
    type: "oneof",
    optional: true,
    arguments: [{ name: "asc", type: "pure-token", token: "ASC" }, {
      name: "desc",
      type: "pure-token",
      token: "DESC",
    }],
  }, { name: "sorting", type: "pure-token", token: "ALPHA", optional: true }],
  subcommands: [],
  run(context) {
    run(context, parseSortOptions(context, false));
  },
});

function run(context: CommandContext, options: SortOptions): void {
  const entry = context.read(1);
  const type = entry === 0 ? TYPE_LIST : context.entries.type(entry);
  if (type !== TYPE_LIST && type !== TYPE_SET && type !== TYPE_ZSET) throw WRONG_TYPE;
  if (type === TYPE_ZSET) unpack(context, entry);
  // What is stored must be the same everywhere, and the members of a set have no order.
  if (options.unsorted && type === TYPE_SET && options.store !== 0) {
    options = { ...options, unsorted: false, alpha: true, by: null };
  }
  const length = entry === 0 ? 0 : countOf(context, entry, type);
  const { start, end } = limitRange(options, length);
  const inOrder = options.unsorted && type !== TYPE_SET;
  const elements = inOrder
    ? elementsOf(context, entry, type, { start, end, backwards: options.descending })
    : elementsOf(context, entry, type, { start: 0, end: length, backwards: false });
  let items: SortItem[] = elements.map((element) => ({ element, score: 0, weight: null }));
  if (!options.unsorted && !sortItems(context, items, { ...options, start, end })) throw SCORES_NOT_DOUBLES;
  if (!inOrder) items = items.slice(start, end);
  if (options.store === 0) replyItems(context, items, options);
  else storeItems(context, items, options);
}

/** Redis sorts only unpacked sorted sets, and leaves them so: OBJECT ENCODING tells. */
function unpack({ database, keyspace }: CommandContext, entry: number): void {
  database.willChange(entry);
  keyspace.sortedSets.unpack(entry);
}

function countOf({ keyspace }: CommandContext, entry: number, type: number): number {
  if (type === TYPE_LIST) return keyspace.lists.count(entry);
  return type === TYPE_SET ? keyspace.sets.count(entry) : keyspace.sortedSets.count(entry);
}

/** The elements from `start` to before `end`, counted from the end of the collection where it goes backwards. */
function elementsOf(
  { keyspace }: CommandContext,
  entry: number,
  type: number,
  range: { start: number; end: number; backwards: boolean },
): string[] {
  const { lists, sets, sortedSets } = keyspace;
  const { backwards, end, start } = range;
  const elements: string[] = [];
  if (start >= end) return elements;
  if (type === TYPE_SET) {
    sets.forEach(entry, (page, at, length) => elements.push(byteString(page, at, at + length)));
  } else if (type === TYPE_LIST) {
    lists.seek(entry, backwards ? -1 - start : start);
    for (let i = start; i < end; i++) {
      lists.get();
      elements.push(byteString(lists.page, lists.at, lists.at + lists.length));
      if (backwards) lists.previous();
      else lists.next();
    }
  } else {
    const cursor = sortedSets.shared;
    sortedSets.seek(entry, cursor, backwards ? sortedSets.count(entry) - 1 - start : start);
    for (let i = start; i < end; i++) {
      elements.push(byteString(cursor.page, cursor.at, cursor.at + cursor.length));
      if (backwards) cursor.previous();
      else cursor.next();
    }
  }
  return elements;
}

function replyItems(context: CommandContext, items: readonly SortItem[], { get }: SortOptions): void {
  const { reply } = context;
  const lookup = new PatternLookup(context);
  reply.array(items.length * Math.max(1, get.length));
  for (const { element } of items) {
    if (get.length === 0) reply.bulkText(element);
    for (const pattern of get) {
      if (lookup.find(pattern, element)) reply.bulk(lookup.page, lookup.at, lookup.at + lookup.length);
      else reply.null();
    }
  }
}

/** Stores the result as a list, and replies its length; an empty one removes the key. */
function storeItems(context: CommandContext, items: readonly SortItem[], { get, store }: SortOptions): void {
  const { args, database, entries, keyspace, reply } = context;
  const { lists } = keyspace;
  const [start, end] = [args.start(store), args.end(store)];
  const count = items.length * Math.max(1, get.length);
  if (count === 0) {
    if (database.delete(args.bytes, start, end)) context.changed(store, EVENT_GENERIC, "del");
    return reply.integer(0);
  }
  const root = lists.create(ENCODING_QUICKLIST);
  const made = database.prepare(args.bytes, start, end, TYPE_LIST, ENCODING_QUICKLIST, root);
  const lookup = new PatternLookup(context);
  try {
    for (const { element } of items) {
      if (get.length === 0) {
        const bytes = bytesOf(element);
        lists.push(made, true, bytes, 0, bytes.length);
      }
      for (const pattern of get) {
        const length = lookup.find(pattern, element) ? lookup.length : 0;
        lists.push(made, true, lookup.page, lookup.at, lookup.at + length);
      }
    }
    lists.packIfSmall(made);
  } catch (error) {
    entries.free(made);
    throw error;
  }
  database.place(made);
  context.changed(store, EVENT_LIST, "sortstore", count);
  reply.integer(count);
}
