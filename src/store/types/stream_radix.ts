/**
 * How many nodes the radix tree would have in which Redis keeps what is a B+ tree here: XINFO STREAM tells.
 *
 * Such a tree has a node for each key, a node for each place where keys part, and one for each stretch of bytes that
 * lies between these without a choice.
 *
 * @module
 */

const KEY_BYTES = 16;

/** Adds up the nodes of a radix tree of IDs that come in rising order. */
export class RadixNodes {
  readonly #previous = new Uint32Array(4);
  /** Depths in bytes at which the keys so far part, on the way to the last one; the largest is the last. */
  readonly #depths: number[] = [];
  #keys = 0;
  #nodes = 0;
  /** Depth at which the last key parts from the one before it, -1: there is none. */
  #lastDepth = -1;

  /** Adds a key, four words, larger than those before it. */
  add(w0: number, w1: number, w2: number, w3: number): void {
    if (this.#keys++ > 0) {
      const depth = this.#commonBytes([w0, w1, w2, w3]);
      this.#countStretch(Math.max(this.#lastDepth, depth), KEY_BYTES);
      this.#close(depth);
      if (this.#depths.at(-1) !== depth) {
        this.#depths.push(depth);
        this.#nodes++;
      }
      this.#lastDepth = depth;
    }
    this.#previous.set([w0, w1, w2, w3]);
    this.#nodes++;
  }

  /** Number of nodes, when all keys have been added. */
  finish(): number {
    if (this.#keys === 0) return 1;
    this.#countStretch(this.#lastDepth, KEY_BYTES);
    this.#close(-1);
    return this.#nodes;
  }

  /** Leaves the places where keys part below `depth`. */
  #close(depth: number): void {
    for (let last = this.#depths.at(-1); last !== undefined && last > depth; last = this.#depths.at(-1)) {
      this.#depths.pop();
      this.#countStretch(Math.max(this.#depths.at(-1) ?? -1, depth), last);
    }
  }

  /** Counts a node for the bytes between the place that keys part at, -1: the root, and what comes below it. */
  #countStretch(above: number, below: number): void {
    if (below > above + 1) this.#nodes++;
  }

  /** Number of bytes in which a key begins as the previous one does. */
  #commonBytes(words: readonly number[]): number {
    for (let i = 0; i < 4; i++) {
      const difference = this.#previous[i] ^ words[i];
      if (difference !== 0) return i * 4 + (Math.clz32(difference) >>> 3);
    }
    return KEY_BYTES;
  }
}
