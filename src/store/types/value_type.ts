/**
 * What the store needs of a type of value that is more than a string.
 *
 * Such a value is a *root*, a reference into the arena that stands in its entry, together with the encoding that says
 * what lies there. The operations of a type work on entries, because a change may move the root or convert the value;
 * those of this interface work on a root, because a value that is being freed has no entry any more.
 *
 * @module
 */

/** A type of value: how its values are freed, copied, measured and checked. */
export interface ValueType {
  /** Prepares a value that nobody will use again for `drain`. */
  startDrain(root: number, encoding: number): void;
  /** Frees about `count` blocks of a value after `startDrain`; true when nothing of it is left. */
  drain(root: number, encoding: number, count: number): boolean;
  /**
   * The root of a copy, in the same encoding.
   *
   * @throws {ArenaExhausted} and nothing has changed
   */
  duplicate(root: number, encoding: number): number;
  /**
   * The block that looking an element up begins at, most likely: `hash` is that of its name. 0: none. It only serves to
   * have that memory in the processor's caches.
   */
  peek(root: number, encoding: number, hash: number): number;
  /** Bytes of the arena that the value takes, the entry not included. */
  size(root: number, encoding: number): number;
  /**
   * Checks all invariants of the value.
   *
   * @throws {Error} that names the first one broken
   */
  check(root: number, encoding: number): void;
}
