/**
 * Leaving memory to the runtime. V8 ends the process where the system refuses it a page for its own heap, however small
 * that heap is, and so does Deno for what it allocates. Nothing can be done about that then, so everything that
 * takes much memory asks the system for more than it takes, and does without where that is refused:
 *
 * ```text
 *  what the system may give the process (ulimit -d)
 *  ├─ in use ────┬─ 80 MiB ─┬─ 32 ─┬─ 32 ─┬─ 48 ─┤
 *                │          │      │      └──────┤  many small buffers leave this,
 *                │          │      └─────────────┤  what stays on the JavaScript heap this,
 *                │          └────────────────────┤  a large request, reply, script and the like this,
 *                └───────────────────────────────┤  and a page of data this.
 * ```
 *
 * So reads and deletions still have memory when data gets no more. Where nothing limits the process, it is always given.
 *
 * @module
 */

const MIB = 1024 * 1024;
/** What pages of data leave. */
const BEYOND_PAGES = 192 * MIB;
/** What a buffer that is large by itself leaves. */
const BEYOND_BUFFERS = 112 * MIB;
const LARGE_BYTES = MIB;
/** What is left where commands go on of which something stays on the heap. */
const BEYOND_HEAP = 80 * MIB;
/** What is left in any case, for V8 to collect garbage with and for Deno's threads. */
const BEYOND_ALL = 48 * MIB;
/** What is taken for each byte that the heap grows: clients have sockets, buffers and certificates besides. */
const BEYOND_OBJECTS = 4;
/** So much no system gives. */
const TOO_MUCH_BYTES = 2 ** 46;
/** What is asked for beyond what is needed, first the most: it need not be asked for again until it has been spent. */
const IN_ADVANCE = [512 * MIB, 64 * MIB, 8 * MIB, 0];

/** What the system has to give, as far as that is known: of what it would have given, what has not been spent since. */
let left = 0;
/** The most that has been in use of the heap; what it grew to that was spent. */
let highest = 0;

/** Whether the process can get `bytes` more, if need be without its garbage: buffers are often just that. */
function isGiven(bytes: number): boolean {
  if (bytes <= left || ask(bytes)) return true;
  collectGarbage();
  return ask(bytes);
}

function ask(bytes: number): boolean {
  for (const more of IN_ADVANCE) {
    left = bytes + more;
    if (canCommit(left)) return true;
  }
  left = 0;
  return false;
}

/**
 * Asks the system, which takes 20 µs. While it gives, hardly anything may be left, and V8 must not want any: it
 * allocates an object before `resize` and after `transfer`, but none between the two.
 */
function canCommit(bytes: number): boolean {
  const probe = new ArrayBuffer(0, { maxByteLength: bytes });
  try {
    probe.resize(bytes);
    return true;
  } catch {
    return false;
  } finally {
    // Shrinking would touch it all.
    probe.transfer(0);
  }
}

/** Makes V8 collect garbage, which it does before it refuses memory. */
export function collectGarbage(): void {
  try {
    new ArrayBuffer(TOO_MUCH_BYTES);
  } catch {
    // As expected.
  }
}

/** Whether there is enough for the JavaScript heap to grow, of which `heapUsed` bytes are in use now. */
export function hasHeadroom(heapUsed: number): boolean {
  if (heapUsed > highest) {
    left -= BEYOND_OBJECTS * (heapUsed - highest);
    highest = heapUsed;
  }
  return isGiven(BEYOND_HEAP);
}

/** A page of data from the system, `bytes` long; null where too little would be left. */
export function takePage(bytes: number): ArrayBuffer | null {
  try {
    if (!isGiven(bytes + BEYOND_PAGES)) return null;
    left -= bytes;
    return new ArrayBuffer(bytes);
  } catch {
    return null;
  }
}

/**
 * To be asked before a buffer of `bytes` bytes is made; returns `bytes`.
 *
 * @throws {RangeError} as where the buffer could not be made, if too little would be left
 */
export function roomFor(bytes: number): number {
  if (!isGiven(bytes + (bytes < LARGE_BYTES ? BEYOND_ALL : BEYOND_BUFFERS))) {
    throw new RangeError("Array buffer allocation failed");
  }
  left -= bytes;
  return bytes;
}
