/** A snapshot that is being taken is told of each change while the old value can still be read. */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { Executor } from "../../support/executor.ts";
import { NO_SNAPSHOT } from "../../support/no_snapshot.ts";

const changes: [before: string, request: string[]][] = [
  ["old", ["SET", "k", "new"]],
  ["old", ["SET", "k", "longer".repeat(50)]],
  ["old", ["SET", "k", "new", "EX", "10"]],
  ["old", ["MSET", "k", "new"]],
  ["old", ["GETSET", "k", "new"]],
  ["old", ["GETDEL", "k"]],
  ["old", ["GETEX", "k", "EX", "10"]],
  ["old", ["GETEX", "k", "PXAT", "1"]],
  ["x".repeat(5000), ["GETEX", "k", "EX", "10"]],
  ["old", ["APPEND", "k", "x"]],
  ["old", ["APPEND", "k", "x".repeat(5000)]],
  ["old", ["SETRANGE", "k", "1", "x"]],
  ["old", ["SETRANGE", "k", "5000", "x"]],
  ["10", ["INCR", "k"]],
  ["9", ["INCR", "k"]],
  ["9", ["INCRBY", "k", "1000000000000000"]],
  ["9", ["INCRBY", "k", "1000000000000000000"]],
  ["1.5", ["INCRBYFLOAT", "k", "1"]],
];

for (const [before, request] of changes) {
  Deno.test(`${request.join(" ").slice(0, 60)} on ${before.slice(0, 10)}`, () => {
    const executor = new Executor();
    const { entries, databases } = executor.keyspace;
    executor.run("SET", "k", before);
    executor.run("SET", "other", "x");
    const saved: string[] = [];
    databases[0].snapshot = {
      ...NO_SNAPSHOT,
      beforeChange(_database, entry) {
        entries.locateKey(entry);
        assert.equal(byteString(entries.page, entries.at, entries.at + entries.length), "k");
        entries.locateValue(entry);
        saved.push(byteString(entries.page, entries.at, entries.at + entries.length));
        // A snapshot looks at other entries too.
        entries.locateValue(databases[0].random());
      },
    };
    assert.ok(!executor.run(...request).startsWith("-"));
    databases[0].snapshot = null;
    assert.equal(saved[0], before);
    assert.equal(executor.run("GET", "other"), "$1\r\nx\r\n");
    executor.keyspace.check();
  });
}
