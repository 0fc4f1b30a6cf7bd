/**
 * Passwords: only their hashes are kept.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";

/** The SHA-256 of a password, a byte string, in 64 lower-case hexadecimal digits. */
export function hashPassword(password: string): string {
  return createHash("sha256").update(Buffer.from(password, "latin1")).digest("hex");
}

/** Whether a text is such a hash. */
export function isPasswordHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/**
 * Whether one of the hashes is that of a password, in a time that tells neither which one nor how much of it is right:
 * all of them are compared.
 */
export function matchesAnyHash(password: string, hashes: readonly string[]): boolean {
  const given = Buffer.from(hashPassword(password), "latin1");
  let matches = false;
  for (const hash of hashes) {
    if (timingSafeEqual(given, Buffer.from(hash, "latin1"))) matches = true;
  }
  return matches;
}
