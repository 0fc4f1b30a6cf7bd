/** A snapshot that is being taken is told of each change of a hash while all its fields can still be read. */

import assert from "node:assert/strict";
import { byteString } from "../../../src/base/bytes.ts";
import { Executor } from "../../support/executor.ts";
import { NO_SNAPSHOT } from "../../support/no_snapshot.ts";

const LONG = "x".repeat(100);

/** Requests, and how much time passes before: after 101 milliseconds the field `due` has expired. */
const changes: readonly (readonly [pass: number, request: string])[] = [
  [0, "HSET h a 9"],
  [0, "HSET h new 9"],
  [0, `HSET h a ${LONG} new 9`],
  [0, "HSETNX h new 9"],
  [0, "HDEL h a b"],
  [0, "HDEL h a b c due"],
  [0, "HINCRBY h a 5"],
  [0, "HINCRBY h new 5"],
  [0, "HINCRBYFLOAT h a 1.5"],
  [0, "HPEXPIRE h 1000 FIELDS 2 a b"],
  [0, "HPEXPIRE h 0 FIELDS 1 a"],
  [0, "HPERSIST h FIELDS 1 due"],
  [101, "HGET h due"],
  [101, "HMGET h a due b"],
  [101, "HEXISTS h due"],
  [101, "HSTRLEN h due"],
  [101, "HSETNX h due 5"],
  [101, "HINCRBY h due 5"],
  [101, "HSET h due 5"],
  [101, "HRANDFIELD h 2"],
];

for (const kind of ["listpack", "table"]) {
  for (const [pass, request] of changes) {
    Deno.test(`${kind}: ${request.slice(0, 40)}${pass > 0 ? ", expired" : ""}`, () => {
      const executor = new Executor();
      const { databases, entries, hashes } = executor.keyspace;
      executor.run("HSET", "h", "a", "1", "b", "2", "c", "3", "due", "4");
      if (kind === "table") executor.run("HSET", "h", "long", LONG);
      executor.run("HPEXPIRE", "h", "100", "FIELDS", "1", "due");
      const before = executor.run("HGETALL", "h");
      executor.clock.advance(pass);
      const saved: string[] = [];
      databases[0].snapshot = {
        ...NO_SNAPSHOT,
        beforeChange(_database, entry) {
          const fields: string[] = [];
          hashes.each(entry, () => {
            hashes.locateName(entry);
            fields.push(byteString(hashes.page, hashes.at, hashes.at + hashes.length));
            hashes.locateValue(entry);
            fields.push(byteString(hashes.page, hashes.at, hashes.at + hashes.length));
          });
          saved.push(
            `*${fields.length}\r\n` + fields.map((text) => `$${text.length}\r\n${text}\r\n`).join(""),
          );
          entries.locateKey(databases[0].random());
        },
      };
      assert.ok(!executor.run(...request.split(" ")).startsWith("-"));
      databases[0].snapshot = null;
      assert.equal(saved[0], before);
      executor.keyspace.check();
    });
  }
}
