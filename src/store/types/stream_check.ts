/**
 * Invariants of streams and their groups.
 *
 * @module
 */

import type { Arena } from "../../memory/arena.ts";
import type { Listpack } from "../../memory/listpack.ts";
import type { OrderedTree } from "../../memory/ordered_tree.ts";
import type { StreamGroups } from "./stream_groups.ts";
import { StreamId } from "./stream_id.ts";
import { FIRST_ID, LAST_ID, MAX_DELETED_ID, NODE_UNITS, readWord } from "./stream_layout.ts";
import type { Streams } from "./stream_value.ts";
import { StreamRange } from "./stream_range.ts";
import { StreamNodes } from "./stream_node.ts";

/**
 * Checks a stream without its groups: nodes, entries in order, counters, first and last ID.
 *
 * @throws {Error} that names the first invariant broken
 */
export function checkStream(
  streams: Streams,
  arena: Arena,
  trees: OrderedTree,
  listpack: Listpack,
  stream: number,
): void {
  const nodes = new StreamNodes(arena, listpack);
  const tree = streams.nodes(stream);
  trees.check(tree);
  let bytes = 0;
  let valid = 0;
  const deletedOf = new Map<number, { valid: number; deleted: number }>();
  streams.forEachNode(stream, (node) => {
    listpack.check(node);
    bytes += arena.capacity(node);
    valid += nodes.entries(node);
    deletedOf.set(node, { valid: nodes.entries(node), deleted: nodes.deleted(node) });
  });
  expect(bytes === readWord(arena, stream, NODE_UNITS) * 8, `nodes have ${bytes} bytes, others are counted`);
  expect(
    valid === streams.length(stream),
    `nodes have ${valid} entries, ${streams.length(stream)} are counted`,
  );

  const from = new StreamId();
  const to = new StreamId();
  to.setMax();
  for (const reverse of [false, true]) {
    const found = new Map([...deletedOf.keys()].map((node) => [node, { valid: 0, deleted: 0 }]));
    const range = new StreamRange(arena, trees, nodes);
    range.start(tree, from, to, reverse, true);
    let previous: StreamId | null = null;
    while (range.next()) {
      const counted = found.get(range.node)!;
      if (range.isDeleted) {
        // May come before smaller ones, see XSETID.
        counted.deleted++;
        continue;
      }
      counted.valid++;
      const order = previous === null ? 1 : range.id.compare(previous) * (reverse ? -1 : 1);
      expect(order > 0, `${range.id} comes after ${previous}`);
      previous = range.id.clone();
    }
    expect(
      JSON.stringify([...found.values()].sort(byCounts)) ===
        JSON.stringify([...deletedOf.values()].sort(byCounts)),
      "master entries do not count their nodes' entries",
    );
  }
  const id = new StreamId();
  const edge = new StreamId();
  streams.readId(stream, FIRST_ID, id);
  if (!streams.edge(stream, "first", edge)) edge.setMin();
  expect(id.compare(edge) === 0, `first ID is ${edge}, not ${id}`);
  streams.readId(stream, LAST_ID, id);
  expect(!streams.edge(stream, "last", edge) || id.compare(edge) >= 0, `last ID ${id} is before ${edge}`);
  streams.readId(stream, MAX_DELETED_ID, edge);
}

/**
 * Checks a group: each pending entry is its owner's, and in no other list.
 *
 * @throws {Error} that names the first invariant broken
 */
export function checkGroups(groups: StreamGroups, trees: OrderedTree, group: number): void {
  trees.check(groups.pending(group));
  const zero = new StreamId();
  let owned = 0;
  for (const consumer of groups.consumers(group)) {
    trees.check(groups.pending(consumer));
    groups.forEachPending(consumer, zero, (entry, id) => {
      owned++;
      expect(groups.owner(entry) === consumer, `pending entry ${id} has another owner`);
      expect(groups.findPending(group, id) === entry, `pending entry ${id} is not in its group's list`);
      return true;
    });
  }
  expect(
    owned === groups.pendingCount(group),
    `${owned} of ${groups.pendingCount(group)} pending entries are owned`,
  );
}

function byCounts(a: { valid: number; deleted: number }, b: { valid: number; deleted: number }): number {
  return a.valid - b.valid || a.deleted - b.deleted;
}

function expect(holds: boolean, broken: string): void {
  if (!holds) throw new Error(`Stream: ${broken}`);
}
