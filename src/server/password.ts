/**
 * Comparing passwords.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";

/** Whether two byte strings are equal, in a time that does not tell where they differ or how long they are. */
export function samePassword(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(Buffer.from(text, "latin1")).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
