/** Requests that stand in a buffer as they would be encoded. */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { Args } from "../../src/resp/args.ts";

/** Where the encoded request begins whose arguments are at these places of `text`. */
function encodedFrom(text: string, ...places: number[]): number {
  const args = new Args();
  args.attach(bytesOf(text), Int32Array.from(places), 0, places.length / 2);
  return args.encodedFrom();
}

Deno.test("A request as clients send it is found, with its lengths", () => {
  assert.equal(encodedFrom("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", 8, 11, 17, 18), 4);
  assert.equal(encodedFrom("*1\r\n$10\r\n0123456789\r\n", 9, 19), 4);
  assert.equal(encodedFrom("*1\r\n$0\r\n\r\n", 8, 8), 4);
});

Deno.test("What only looks like one is not taken for it", () => {
  // Inline, queued behind one another, and lengths written otherwise or wrong.
  assert.equal(encodedFrom("GET k\r\n", 0, 3, 4, 5), -1);
  assert.equal(encodedFrom("GETk", 0, 3, 3, 4), -1);
  assert.equal(encodedFrom("$03\r\nGET\r\n", 5, 8), -1);
  assert.equal(encodedFrom("$9\r\nGET\r\n", 4, 7), -1);
  assert.equal(encodedFrom("$3\r\nGET$1\r\nk\r\n", 4, 7, 11, 12), -1);
  assert.equal(encodedFrom("$3\r\nGET", 4, 7), -1);
});
