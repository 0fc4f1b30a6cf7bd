/** Properties that hold for all inputs: counters against BigInt, LCS against its definition, and no leaks. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Executor } from "../../support/executor.ts";

const MIN = -(2n ** 63n), MAX = 2n ** 63n - 1n;

/** Integers of 64 bits, many of them where doubles and the integers themselves end. */
const int64 = fc.oneof(
  fc.bigInt({ min: MIN, max: MAX }),
  fc.bigInt({ min: -3n, max: 3n }),
  fc.tuple(fc.constantFrom(MIN + 4n, MAX - 4n, 2n ** 53n, -(2n ** 53n)), fc.bigInt({ min: -4n, max: 4n }))
    .map(([edge, distance]) => edge + distance),
  fc.integer({ min: 0, max: 18 }).map((power) => 10n ** BigInt(power) - 1n),
);

Deno.test("INCRBY and DECRBY add and subtract as integers of 64 bits do", () => {
  const executor = new Executor();
  fc.assert(fc.property(int64, int64, fc.boolean(), fc.boolean(), (value, by, isDecrement, expires) => {
    executor.run("SET", "k", String(value), ...(expires ? ["EX", "100"] : []));
    const sum = isDecrement ? value - by : value + by;
    const reply = executor.run(isDecrement ? "DECRBY" : "INCRBY", "k", String(by));
    const stored = executor.run("GET", "k");
    if (isDecrement && by === MIN) {
      assert.equal(reply, "-ERR decrement would overflow\r\n");
    } else if (sum < MIN || sum > MAX) {
      assert.equal(reply, "-ERR increment or decrement would overflow\r\n");
    } else {
      assert.equal(reply, `:${sum}\r\n`);
      assert.equal(stored, `$${String(sum).length}\r\n${sum}\r\n`);
      return;
    }
    assert.equal(stored, `$${String(value).length}\r\n${value}\r\n`);
  }));
  executor.keyspace.check();
});

/** The length of the longest common subsequence by its definition: the longest of `a`'s subsequences that `b` has. */
function longestCommon(a: string, b: string): number {
  let longest = 0;
  for (let chosen = 0; chosen < 1 << a.length; chosen++) {
    const candidate = [...a].filter((_, i) => (chosen & (1 << i)) !== 0).join("");
    if (candidate.length > longest && isSubsequence(candidate, b)) longest = candidate.length;
  }
  return longest;
}

function isSubsequence(candidate: string, text: string): boolean {
  let at = 0;
  for (const character of text) {
    if (at < candidate.length && candidate[at] === character) at++;
  }
  return at === candidate.length;
}

Deno.test("LCS answers a common subsequence, and there is no longer one", () => {
  const executor = new Executor();
  const text = (maxLength: number) =>
    fc.array(fc.constantFrom("a", "b", "c", "\0", "\xff"), { maxLength }).map((characters) =>
      characters.join("")
    );
  fc.assert(fc.property(text(8), text(20), (a, b) => {
    executor.run("MSET", "a", a, "b", b);
    const length = longestCommon(a, b);
    assert.equal(executor.run("LCS", "a", "b", "LEN"), `:${length}\r\n`);
    const common = executor.run("LCS", "a", "b").slice(`$${length}\r\n`.length, -2);
    assert.equal(common.length, length);
    assert.ok(isSubsequence(common, a) && isSubsequence(common, b), JSON.stringify(common));

    // *4 matches *n ... len :length, and the matches, last one first, spell the same.
    const lines = executor.run("LCS", "a", "b", "IDX", "WITHMATCHLEN").split("\r\n");
    const numbers = lines.slice(4).filter((line) => line.startsWith(":")).map((line) =>
      Number(line.slice(1))
    );
    assert.equal(numbers.pop(), length);
    let spelled = "";
    for (let i = 0; i < numbers.length; i += 5) {
      const [startA, endA, startB, endB, matchLength] = numbers.slice(i, i + 5);
      const match = a.slice(startA, endA + 1);
      assert.equal(match.length, matchLength);
      assert.equal(b.slice(startB, endB + 1), match);
      spelled = match + spelled;
    }
    assert.equal(spelled, common);
  }));
});

const key = fc.constantFrom("a", "b", "key:with:a:longer:name");
const value = fc.oneof(
  fc.constantFrom("", "0", "99", "9223372036854775807", "3.5", "x", "x".repeat(45)),
  fc.nat({ max: 9000 }).map((length) => "y".repeat(length)),
);
const offset = fc.nat({ max: 5000 }).map(String);
const request = fc.oneof(
  fc.tuple(fc.constant("SET"), key, value),
  fc.tuple(fc.constant("SET"), key, value, fc.constant("KEEPTTL")),
  fc.tuple(fc.constant("SETEX"), key, fc.constant("100"), value),
  fc.tuple(fc.constantFrom("INCR", "DECR", "GETDEL", "GET"), key),
  fc.tuple(fc.constantFrom("INCRBY", "DECRBY"), key, fc.constantFrom("-99", "9007199254740993")),
  fc.tuple(fc.constant("INCRBYFLOAT"), key, fc.constantFrom("0.1", "1e40", "1e4000")),
  fc.tuple(fc.constantFrom("APPEND", "GETSET", "SETNX"), key, value),
  fc.tuple(fc.constant("SETRANGE"), key, offset, value),
  fc.tuple(fc.constantFrom("MSET", "MSETNX"), key, value, key, value),
  fc.tuple(fc.constant("GETEX"), key, fc.constantFrom("PX", "PXAT"), fc.constantFrom("1", "5000")),
  fc.tuple(fc.constant("GETEX"), key, fc.constant("PERSIST")),
);

Deno.test("when all keys are gone, no memory is in use but the empty dictionaries'", () => {
  const executor = new Executor();
  const used = () => {
    for (const name of ["a", "b", "key:with:a:longer:name"]) {
      executor.run("SETEX", name, "1", "");
      executor.run("GETDEL", name);
    }
    return executor.keyspace.arena.used;
  };
  const before = used();
  fc.assert(fc.property(fc.array(request, { maxLength: 40 }), (requests) => {
    for (const words of requests) {
      assert.ok(!executor.run(...words).startsWith("-ERR internal"), words.join(" ").slice(0, 100));
    }
    executor.keyspace.check();
    assert.equal(used(), before);
  }));
});
