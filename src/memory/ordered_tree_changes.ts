/**
 * What insertions and removals do to an ordered tree's nodes, at the place that a path leads to.
 *
 * @module
 */

import { type Arena, ArenaExhausted, PAGE_SHIFT, UNIT_MASK } from "./arena.ts";
import { ENTRIES, HEIGHT, NEXT, PREVIOUS, ROOT, type TreeNodes } from "./ordered_tree_nodes.ts";
import { MAX_HEIGHT, type TreePath } from "./ordered_tree_path.ts";

/** How full two nodes may be together, of the room in one, to be merged; at an edge where items may be taken away. */
const MERGE_FILL = 0.9, MERGE_FILL_AT_EDGE = 0.5;

/** Changes of trees of one kind. */
export class TreeChanges {
  readonly #arena: Arena;
  readonly #nodes: TreeNodes;
  readonly #path: TreePath;
  readonly #keyWords: number;
  /** An entry on its way into a node. */
  readonly #entry: Uint32Array;
  /** Nodes that an insertion has allocated before it changes anything, by the level that they are for. */
  readonly #spares = new Uint32Array(MAX_HEIGHT + 1);

  constructor(arena: Arena, nodes: TreeNodes, path: TreePath, keyWords: number) {
    this.#arena = arena;
    this.#nodes = nodes;
    this.#path = path;
    this.#keyWords = keyWords;
    this.#entry = new Uint32Array(keyWords + 3);
  }

  /**
   * Inserts the path's item at the path's place.
   *
   * @throws {ArenaExhausted} with the tree as it was.
   */
  insert(tree: number): void {
    const { item, slot } = this.#path;
    if (this.#nodes.isFull(this.#path.node[0])) this.#reserve(tree);
    this.#path.addItems(tree, 1);
    if (slot[0] === 0) this.#path.nameFirst(tree, item, 0, 1);
    for (let i = 0; i <= this.#keyWords; i++) this.#entry[i] = item[i];
    this.#insertEntry(tree);
  }

  /** Takes `count` items out of the path's leaf, from the path's place on; afterwards it may have too few, or none. */
  remove(tree: number, count: number): void {
    const leaf = this.#path.node[0];
    const slot = this.#path.slot[0];
    this.#nodes.remove(leaf, this.#nodes.leafStride, slot, count);
    this.#path.addItems(tree, -count);
    if (slot > 0 || this.#nodes.count(leaf) === 0) return;
    const first = ((leaf & UNIT_MASK) << 1) + ENTRIES;
    this.#path.nameFirst(tree, this.#arena.u32[leaf >>> PAGE_SHIFT], first, 1);
  }

  /** Mends the path's nodes that have too few entries, from the leaf up. Needs no memory. */
  rebalance(tree: number): void {
    const nodes = this.#nodes;
    const root = this.#header(tree, HEIGHT) - 1;
    for (let level = 0; level < root; level++) {
      const count = nodes.count(this.#path.node[level]);
      if (count >= nodes.min(level)) return;
      if (count === 0) this.#removeEmpty(tree, level);
      else if (!this.#join(tree, level)) return;
    }
    this.#shrinkRoot(tree);
  }

  /** Allocates all that an insertion into a full leaf needs, so that it cannot fail half-way. */
  #reserve(tree: number): void {
    const nodes = this.#nodes;
    const path = this.#path.node;
    const height = this.#header(tree, HEIGHT);
    let level = 0;
    try {
      for (; level < height && nodes.isFull(path[level]); level++) {
        const capacity = nodes.capacity(path[level]);
        // A root that has not reached its full size moves to a larger block.
        const wanted = capacity < nodes.max(level) ? nodes.fit(capacity * 2, level) : nodes.max(level);
        this.#spares[level] = nodes.allocate(tree, wanted, level);
        if (capacity < nodes.max(level)) return;
      }
      if (level === height) this.#spares[level] = nodes.allocate(tree, nodes.fit(0, level), level);
    } catch (error) {
      while (--level >= 0) nodes.free(tree, this.#spares[level], level);
      throw error;
    }
  }

  /** Puts `#entry` into the path's leaf, splitting the nodes on the path that are full. */
  #insertEntry(tree: number): void {
    const nodes = this.#nodes;
    const height = this.#header(tree, HEIGHT);
    let slot = this.#path.slot[0];
    for (let level = 0; level < height; level++) {
      let node = this.#path.node[level];
      if (nodes.isFull(node)) {
        if (nodes.capacity(node) === nodes.max(level)) {
          this.#split(tree, level, slot);
          slot = this.#path.slot[level + 1] + 1;
          continue;
        }
        nodes.moveRoot(tree, level, node, this.#spares[level]);
        node = this.#spares[level];
      }
      nodes.insert(node, nodes.stride(level), slot, this.#entry);
      return;
    }
    this.#addRoot(tree);
  }

  /** Splits a node of the path around `#entry`, which becomes the entry of the new node on its right. */
  #split(tree: number, level: number, slot: number): void {
    const nodes = this.#nodes;
    const stride = nodes.stride(level);
    const left = this.#path.node[level];
    const right = this.#spares[level];
    const count = nodes.count(left);
    let kept = count >>> 1;
    let goesRight = slot > kept;
    if (slot === count && this.#isLast(tree, level)) {
      kept = count;
      goesRight = true;
    } else if (slot <= 1 && this.#isFirst(tree, level)) {
      kept = slot;
      goesRight = false;
    }
    nodes.moveRight(left, right, stride, count - kept);
    if (goesRight) nodes.insert(right, stride, slot - kept, this.#entry);
    else nodes.insert(left, stride, slot, this.#entry);
    if (level === 0) nodes.link(tree, left, right);
    const items = nodes.items(right, level);
    if (level + 1 < this.#header(tree, HEIGHT)) {
      this.#path.addToEntry(level + 1, this.#path.slot[level + 1], -items);
    }
    this.#describe(right, level, items);
  }

  /** Makes `#entry` the entry that an inner node has for `child`. */
  #describe(child: number, level: number, items: number): void {
    for (let i = 0; i <= this.#keyWords; i++) this.#entry[i] = this.#nodes.word(child, level, 0, i);
    this.#entry[this.#keyWords + 1] = child;
    this.#entry[this.#keyWords + 2] = items;
  }

  /** Puts a new root above the old one and the node that was split off it, whose entry is `#entry`. */
  #addRoot(tree: number): void {
    const nodes = this.#nodes;
    const header = this.#arena.u32[tree >>> PAGE_SHIFT];
    const at = (tree & UNIT_MASK) << 1;
    const height = header[at + HEIGHT];
    const root = this.#spares[height];
    nodes.insert(root, nodes.innerStride, 0, this.#entry);
    const old = header[at + ROOT];
    this.#describe(old, height - 1, nodes.items(old, height - 1));
    nodes.insert(root, nodes.innerStride, 0, this.#entry);
    header[at + ROOT] = root;
    header[at + HEIGHT] = height + 1;
  }

  /** Whether the path's node at a level is the last of its level. */
  #isLast(tree: number, level: number): boolean {
    for (let above = level + 1; above < this.#header(tree, HEIGHT); above++) {
      if (this.#path.slot[above] + 1 < this.#nodes.count(this.#path.node[above])) return false;
    }
    return true;
  }

  /** Whether the path's node at a level is the first of its level, and the path goes through its first child. */
  #isFirst(tree: number, level: number): boolean {
    for (let above = level; above < this.#header(tree, HEIGHT); above++) {
      if (this.#path.slot[above] > 0) return false;
    }
    return true;
  }

  /** Frees the path's node at a level, which has no entries. */
  #removeEmpty(tree: number, level: number): void {
    const nodes = this.#nodes;
    const node = this.#path.node[level];
    const parent = this.#path.node[level + 1];
    const slot = this.#path.slot[level + 1];
    if (level === 0) nodes.unlink(tree, node);
    nodes.free(tree, node, level);
    nodes.remove(parent, nodes.innerStride, slot, 1);
    if (slot > 0 || nodes.count(parent) === 0) return;
    const first = ((parent & UNIT_MASK) << 1) + ENTRIES;
    this.#path.nameFirst(tree, this.#arena.u32[parent >>> PAGE_SHIFT], first, level + 2);
  }

  /** Merges the path's node with a neighbour, or evens them out; whether the node above has one child less. */
  #join(tree: number, level: number): boolean {
    const nodes = this.#nodes;
    const node = this.#path.node[level];
    const parent = this.#path.node[level + 1];
    const slot = this.#path.slot[level + 1];
    const siblings = nodes.count(parent);
    if (siblings === 1) return false;
    const leftSlot = slot + 1 < siblings ? slot : slot - 1;
    const left = nodes.child(parent, leftSlot);
    const right = nodes.child(parent, leftSlot + 1);
    const total = nodes.count(left) + nodes.count(right);
    const atEdge = level === 0 &&
      (nodes.neighbour(node, PREVIOUS) === 0 || nodes.neighbour(node, NEXT) === 0);
    if (total > nodes.max(level) * (atEdge ? MERGE_FILL_AT_EDGE : MERGE_FILL)) {
      if (!atEdge) this.#even(level, leftSlot, left, right);
      return false;
    }
    this.#path.addToEntry(level + 1, leftSlot, nodes.items(right, level));
    nodes.moveLeft(left, right, nodes.stride(level), nodes.count(right));
    if (level === 0) nodes.unlink(tree, right);
    nodes.free(tree, right, level);
    nodes.remove(parent, nodes.innerStride, leftSlot + 1, 1);
    return true;
  }

  /** Moves entries between two neighbours, so that both have as many. */
  #even(level: number, leftSlot: number, left: number, right: number): void {
    const nodes = this.#nodes;
    const stride = nodes.stride(level);
    const before = nodes.items(left, level);
    const surplus = nodes.count(left) - nodes.count(right);
    if (surplus > 0) nodes.moveRight(left, right, stride, surplus >> 1);
    else nodes.moveLeft(left, right, stride, -surplus >> 1);
    const moved = nodes.items(left, level) - before;
    this.#path.addToEntry(level + 1, leftSlot, moved);
    this.#path.addToEntry(level + 1, leftSlot + 1, -moved);
    const parent = this.#path.node[level + 1];
    const words = this.#arena.u32[parent >>> PAGE_SHIFT];
    const at = ((parent & UNIT_MASK) << 1) + ENTRIES + (leftSlot + 1) * nodes.innerStride;
    for (let i = 0; i <= this.#keyWords; i++) words[at + i] = nodes.word(right, level, 0, i);
  }

  /** Drops a root with one child, and moves a root with few entries to a smaller block where there is memory. */
  #shrinkRoot(tree: number): void {
    const nodes = this.#nodes;
    const header = this.#arena.u32[tree >>> PAGE_SHIFT];
    const at = (tree & UNIT_MASK) << 1;
    while (header[at + HEIGHT] > 1 && nodes.count(header[at + ROOT]) === 1) {
      const old = header[at + ROOT];
      header[at + ROOT] = nodes.child(old, 0);
      nodes.free(tree, old, --header[at + HEIGHT]);
    }
    const root = header[at + ROOT];
    const level = header[at + HEIGHT] - 1;
    const count = nodes.count(root);
    const capacity = nodes.fit(count * 2, level);
    if (count * 4 > nodes.capacity(root) || capacity >= nodes.capacity(root)) return;
    let smaller: number;
    try {
      smaller = nodes.allocate(tree, capacity, level);
    } catch (error) {
      if (error instanceof ArenaExhausted) return;
      throw error;
    }
    nodes.moveRoot(tree, level, root, smaller);
  }

  #header(tree: number, word: number): number {
    return this.#arena.u32[tree >>> PAGE_SHIFT][((tree & UNIT_MASK) << 1) + word];
  }
}
