/**
 * The invariants of an ordered tree.
 *
 * @module
 */

import { type Arena, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";
import {
  COUNT,
  FIRST,
  HEADER_BYTES,
  HEIGHT,
  LAST,
  NEXT,
  PREVIOUS,
  ROOT,
  type TreeNodes,
  UNITS,
} from "./ordered_tree_nodes.ts";
import type { CompareTies } from "./ordered_tree_path.ts";

/** What is known of a tree while its nodes are checked in order. */
interface Check {
  arena: Arena;
  nodes: TreeNodes;
  keyWords: number;
  compareTies: CompareTies;
  height: number;
  /** Key and reference of the last item that was passed. */
  item: number[] | undefined;
  /** The last leaf that was passed, 0: none. */
  leaf: number;
  /** Bytes of the nodes that were passed. */
  bytes: number;
}

/**
 * Checks every invariant of a tree.
 *
 * @throws {Error} that names the first one broken.
 */
export function checkTree(
  arena: Arena,
  nodes: TreeNodes,
  tree: number,
  keyWords: number,
  compareTies: CompareTies,
): void {
  const header = (word: number) => arena.u32[tree >>> PAGE_SHIFT][((tree & UNIT_MASK) << 1) + word];
  const height = header(HEIGHT);
  const check: Check = { arena, nodes, keyWords, compareTies, height, item: undefined, leaf: 0, bytes: 0 };
  const items = checkNode(check, header(ROOT), height - 1, { first: true, last: true });
  if (items !== header(COUNT)) throw new Error(`Counts ${header(COUNT)} items, has ${items}`);
  if (check.leaf !== header(LAST)) throw new Error(`Last leaf ${check.leaf} is not ${header(LAST)}`);
  if (nodes.neighbour(check.leaf, NEXT) !== 0) throw new Error(`A leaf follows the last one, ${check.leaf}`);
  if (nodes.neighbour(header(FIRST), PREVIOUS) !== 0) throw new Error("A leaf precedes the first one");
  if (check.bytes !== header(UNITS) * 8) {
    throw new Error(`Nodes have ${check.bytes} bytes, counted ${header(UNITS) * 8}`);
  }
  if (arena.capacity(tree) !== HEADER_BYTES) {
    throw new Error(`The header has ${arena.capacity(tree)} bytes`);
  }
}

/** Checks a node and all below it; the number of items. */
function checkNode(
  check: Check,
  node: number,
  level: number,
  edge: { first: boolean; last: boolean },
): number {
  const { nodes, height } = check;
  const count = nodes.count(node);
  const capacity = nodes.capacity(node);
  const isRoot = level === height - 1;
  check.bytes += check.arena.capacity(node);
  if (count > capacity) throw new Error(`Node ${node} has ${count} entries and room for ${capacity}`);
  if (!isRoot && capacity !== nodes.max(level)) throw new Error(`Node ${node} has room for ${capacity}`);
  if (!edge.first && !edge.last && count < nodes.min(level)) {
    throw new Error(`Node ${node} has ${count} of at least ${nodes.min(level)} entries`);
  }
  if (!isRoot && count === 0) throw new Error(`Node ${node} is empty`);
  if (isRoot && level > 0 && count < 2) throw new Error(`Root ${node} has ${count} children`);
  if (level === 0) return checkLeaf(check, node, count);
  let items = 0;
  for (let slot = 0; slot < count; slot++) {
    const child = nodes.child(node, slot);
    for (let i = 0; i <= check.keyWords; i++) {
      const word = nodes.word(node, level, slot, i);
      const own = nodes.word(child, level - 1, 0, i);
      if (word !== own) throw new Error(`Word ${i} of child ${child} is ${own}, ${word} above it`);
    }
    const childEdge = { first: edge.first && slot === 0, last: edge.last && slot === count - 1 };
    const below = checkNode(check, child, level - 1, childEdge);
    const counted = nodes.word(node, level, slot, check.keyWords + 2);
    if (below !== counted) throw new Error(`Child ${child} has ${below} items, counted ${counted}`);
    items += below;
  }
  return items;
}

function checkLeaf(check: Check, leaf: number, count: number): number {
  const { nodes, keyWords } = check;
  const previous = nodes.neighbour(leaf, PREVIOUS);
  if (previous !== check.leaf) throw new Error(`Leaf ${leaf} follows ${previous}, not ${check.leaf}`);
  if (previous !== 0 && nodes.neighbour(previous, NEXT) !== leaf) {
    throw new Error(`Leaf ${previous} is not followed by ${leaf}`);
  }
  check.leaf = leaf;
  for (let slot = 0; slot < count; slot++) {
    const item = Array.from({ length: keyWords + 1 }, (_, i) => nodes.word(leaf, 0, slot, i));
    if (check.item !== undefined && !isBefore(check, check.item, item)) {
      throw new Error(`Item ${item} of leaf ${leaf} is not after ${check.item}`);
    }
    check.item = item;
  }
  return count;
}

/** Whether an item is before another: by key, then by reference. */
function isBefore(check: Check, a: number[], b: number[]): boolean {
  const { keyWords } = check;
  for (let i = 0; i < keyWords; i++) {
    if (a[i] !== b[i]) return a[i] < b[i];
  }
  return check.compareTies(a[keyWords], b[keyWords]) < 0;
}
