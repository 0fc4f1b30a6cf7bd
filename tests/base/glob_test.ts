import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf } from "../../src/base/bytes.ts";
import { matchGlob, matchGlobBytes } from "../../src/base/glob.ts";
import { encodeRequest, parseReplies, printable } from "../support/replies.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { startOracle } from "../support/servers.ts";

// Redis's documentation of KEYS, and what redis-server 7.0.15 answers to KEYS for the odd ones.
const cases: [pattern: string, text: string, matches: boolean][] = [
  ["h?llo", "hello", true],
  ["h?llo", "hllo", false],
  ["h*llo", "hllo", true],
  ["h*llo", "heeeello", true],
  ["h[ae]llo", "hallo", true],
  ["h[ae]llo", "hillo", false],
  ["h[^e]llo", "hallo", true],
  ["h[^e]llo", "hello", false],
  ["h[a-b]llo", "hbllo", true],
  ["h[b-a]llo", "hallo", true],
  ["h[a-b]llo", "hcllo", false],
  ["h\\*llo", "h*llo", true],
  ["h\\*llo", "hello", false],
  ["h\\[llo", "h[llo", true],
  ["a\\", "a\\", true],
  ["[a\\]]", "]", true],
  ["[", "[", false],
  ["[a", "a", true],
  ["[^", "x", true],
  ["a[]", "a", false],
  ["a***b*", "axxb", true],
  ["*a*b*c", "xaxbxxc", true],
  ["*a*b*c", "xaxcxxb", false],
  ["*", "anything", true],
  ["*", "", false],
  ["", "", true],
  ["", "a", false],
  ["HELLO", "hello", false],
];

for (const [pattern, text, matches] of cases) {
  Deno.test(`The pattern ${printable(pattern)} ${matches ? "matches" : "does not match"} ${printable(text)}`, () => {
    assert.equal(matchGlob(pattern, text), matches);
  });
}

Deno.test("Case is ignored on demand, but not that of an escaped byte in a class", () => {
  assert.equal(matchGlob("MAX*[a-c]?", "maxmemory-Bx", true), true);
  assert.equal(matchGlob("[\\A]", "a", true), false);
  assert.equal(matchGlob("\\A", "a", true), true);
});

Deno.test("A part of a buffer is matched without looking at its neighbours", () => {
  const bytes = bytesOf("xxhelloyy");
  assert.equal(matchGlobBytes(bytesOf("h*o"), bytes, 2, 7), true);
  assert.equal(matchGlobBytes(bytesOf("h*oy"), bytes, 2, 7), false);
  assert.equal(matchGlobBytes(bytesOf("*"), bytes, 2, 2), false);
});

Deno.test("A pattern full of stars takes no more than pattern times text", () => {
  // Trying every star again would take longer than the universe has existed.
  assert.equal(matchGlob("a*".repeat(5_000) + "b", "a".repeat(20_000)), false);
});

/** Bytes that mean something in patterns, letters of both cases, and both ends of the range. */
const letters = fc.constantFrom(..."aabBcZ*?[]^-\\", "\x00", "\x7f", "\x80", "\xff");

Deno.test("Random patterns match the same keys as in redis-server", async () => {
  const keys = fc.sample(fc.string({ unit: letters, minLength: 1, maxLength: 7 }), { numRuns: 300, seed: 1 });
  const oracle = await startOracle();
  try {
    const connection = await RawConnection.connect({ port: oracle.port });
    try {
      await connection.command("MSET", ...keys.flatMap((key) => [key, ""]));
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.string({ unit: letters, maxLength: 9 }), { minLength: 50, maxLength: 50 }),
          async (patterns) => {
            await connection.write(patterns.map((pattern) => encodeRequest(["KEYS", pattern])).join(""));
            const replies = parseReplies(await connection.readReplies(patterns.length));
            replies.forEach((reply, i) => {
              const expected = (reply.items ?? []).map((item) => item.text ?? "");
              const actual = keys.filter((key) => matchGlob(patterns[i], key));
              assert.deepEqual(new Set(actual), new Set(expected), `KEYS ${printable(patterns[i])}`);
            });
          },
        ),
        { numRuns: 40 },
      );
    } finally {
      connection.close();
    }
  } finally {
    await oracle.stop();
  }
});

Deno.test("Random patterns match the same command names, whatever their case, as in redis-server", async () => {
  const part = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("*", "?", "[a-M]", "[^e]", "[X-t]", "\\S", "[\\S]", "[z-A]") },
    { weight: 2, arbitrary: fc.constantFrom(..."getSETdelHxzrangeADD") },
  );
  const oracle = await startOracle();
  try {
    const connection = await RawConnection.connect({ port: oracle.port });
    try {
      const texts = async (...args: string[]) =>
        (parseReplies(await connection.command(...args))[0].items ?? []).map((item) => item.text ?? "");
      const names = await texts("COMMAND", "LIST");
      await fc.assert(
        fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), async (parts) => {
          const pattern = parts.join("");
          const expected = await texts("COMMAND", "LIST", "FILTERBY", "PATTERN", pattern);
          const actual = names.filter((name) => matchGlob(pattern, name, true));
          assert.deepEqual(new Set(actual), new Set(expected), printable(pattern));
        }),
        { numRuns: 300 },
      );
    } finally {
      connection.close();
    }
  } finally {
    await oracle.stop();
  }
});
