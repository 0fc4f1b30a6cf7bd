import assert from "node:assert/strict";
import fc from "fast-check";
import { quoteArgument, splitArguments } from "../../src/base/quoting.ts";
import { parseReplies, printable } from "../support/replies.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { startOracle } from "../support/servers.ts";

const cases: [line: string, words: string[] | undefined][] = [
  ["", []],
  ["  \t ", []],
  ["save 900 1", ["save", "900", "1"]],
  [" a\t b\vc ", ["a", "b\vc"]],
  ['"a b" c', ["a b", "c"]],
  ['""', [""]],
  ["''", [""]],
  ['"\\x41\\n\\r\\t\\a\\b\\"\\\\\\q\\xZZ"', ['A\n\r\t\x07\b"\\qxZZ']],
  ["'a\\'b\\n'", ["a'b\\n"]],
  ['a"b c"', ["ab c"]],
  ['"a"b', undefined],
  ['"a', undefined],
  ["'a'b", undefined],
  ["'a", undefined],
  ['"a\\', undefined],
  ["a\0b c", ["a"]],
];

for (const [line, words] of cases) {
  Deno.test(`The line ${printable(line)} ${words === undefined ? "is unbalanced" : `has ${words.length} arguments`}`, () => {
    assert.deepEqual(splitArguments(line), words);
  });
}

Deno.test("An argument is quoted as in redis.conf and reads back as itself, whatever bytes it has", () => {
  assert.equal(quoteArgument('a b"\\\n\x01\xff\x07'), '"a b\\"\\\\\\n\\x01\\xff\\a"');
  const bytes = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  });
  fc.assert(fc.property(bytes, (text) => assert.deepEqual(splitArguments(quoteArgument(text)), [text])));
});

Deno.test("Random inline commands have the same arguments as in redis-server", async () => {
  const letters = fc.constantFrom(..."ab\"\"''\\ \\xn4F", "\t", "\v", "\x80");
  const oracle = await startOracle();
  const reader = await RawConnection.connect({ port: oracle.port });
  let compared = 0;
  try {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: letters, minLength: 1, maxLength: 12 }), async (rest) => {
        const words = splitArguments(`LPUSH key ${rest}`);
        const writer = await RawConnection.connect({ port: oracle.port });
        await writer.write(`LPUSH key ${rest}\r\nQUIT\r\n`);
        const reply = await writer.readToEnd();
        writer.close();
        if (words === undefined) {
          assert.match(reply, /unbalanced quotes/);
        } else if (words.length === 2) {
          assert.match(reply, /^-ERR wrong number of arguments/);
        } else {
          assert.match(reply, /^:/);
          const list = parseReplies(await reader.command("LRANGE", "key", "0", "-1"))[0];
          assert.deepEqual(list.items?.map((item) => item.text), words.slice(2).reverse());
          compared++;
        }
        await reader.command("DEL", "key");
      }),
      { numRuns: 500 },
    );
    assert.ok(compared > 50, `only ${compared} lines were accepted`);
  } finally {
    reader.close();
    await oracle.stop();
  }
});
