/**
 * What the store needs of a type of value that is more than a string.
 *
 * Such a value is a *root*, a reference into the arena that stands in its entry, together with the encoding that says
 * what lies there. The operations of a type work on entries, because a change may move the root or convert the value;
 * those of this interface work on a root, because a value that is being freed has no entry any more.
 *
 * @module
 */

/** Places of a dictionary that a walk which moves blocks looks at in one step. */
export const RELOCATION_PLACES = 64;

/** How far a walk through a value has come that moves its blocks. */
export interface Relocation {
  /** The value's root; another one when it has moved. */
  root: number;
  /** Where to go on, which only the type understands; both 0 at the beginning. */
  part: number;
  position: number;
}

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
  /**
   * Moves blocks of a value out of pages that are being vacated, looking at some tens of them; true when it is through.
   * The value may change between two calls. No snapshot may be under way.
   */
  relocate(at: Relocation, encoding: number): boolean;
  /** Bytes of the arena that the value takes, the entry not included. */
  size(root: number, encoding: number): number;
  /**
   * Checks all invariants of the value.
   *
   * @throws {Error} that names the first one broken
   */
  check(root: number, encoding: number): void;
}
