/**
 * A damaged increment of an AOF: loaded up to where it is whole, if that is allowed, or refused with file, place and
 * reason.
 *
 * `DENODIS_DAMAGE_RUNS` says how many mutations of a larger file there are; 150 unless told, 10,000 in a full run.
 */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { Configuration } from "../../src/server/configuration.ts";
import { AofLoading } from "../../src/server/aof_loading.ts";
import type { ServerLog } from "../../src/server/log.ts";
import { LoadingFailed } from "../../src/server/rdb_loading.ts";
import { ReplayClient } from "../../src/server/replay_client.ts";
import { mutated } from "../persistence/damaged_files.ts";
import { encodeRequest, Executor } from "../support/executor.ts";
import { withSeed } from "../support/property.ts";

const RUNS = Number(Deno.env.get("DENODIS_DAMAGE_RUNS") ?? 150);
const SILENT = { notice() {}, warning() {} } as unknown as ServerLog;

/** What is loaded whole or not at all. */
const GROUPS: string[][][] = [
  [["SELECT", "0"]],
  [["SET", "a", "1"]],
  [["RPUSH", "l", "x", "y"]],
  [["MULTI"], ["SADD", "s", "m"], ["INCR", "a"], ["EXEC"]],
  [["HSET", "h", "f", "v"]],
];

const configuration = new Configuration();
configuration.assign("enable-debug-command", ["yes"]);
const executor = new Executor(configuration);

/** The digest of what a file has, and how long it is then; or why it is refused. */
function load(path: string, bytes: Uint8Array, loadsTruncated: boolean) {
  executor.run("FLUSHALL");
  Deno.writeFileSync(path, bytes);
  const { keyspace, server } = executor;
  try {
    const loading = new AofLoading(keyspace, [{ kind: "incr", name: "file.aof", path }], {
      replayer: new ReplayClient(server, server.dispatcher),
      log: SILENT,
      loadsTruncated,
      verifiesChecksum: true,
      onFunction() {},
    });
    while (loading.step(1000));
  } catch (error) {
    assert.ok(error instanceof LoadingFailed, String(error instanceof Error ? error.stack : error));
    return { refusal: error.message };
  }
  return { digest: executor.run("DEBUG", "DIGEST"), size: Deno.statSync(path).size };
}

function withFile(test: (path: string) => void): void {
  const path = Deno.makeTempFileSync({ prefix: "denodis-test-" });
  try {
    test(path);
  } finally {
    Deno.removeSync(path);
  }
}

Deno.test("An increment that is cut off at any byte is loaded up to its last whole group, or refused", () =>
  withFile((path) => {
    const encoded = GROUPS.map((group) => group.map(encodeRequest).join(""));
    const bytes = bytesOf(encoded.join(""));
    const ends = new Map<number, string>();
    executor.run("FLUSHALL");
    ends.set(0, executor.run("DEBUG", "DIGEST"));
    let end = 0;
    for (const [i, group] of GROUPS.entries()) {
      for (const request of group) executor.run(...request);
      ends.set(end += encoded[i].length, executor.run("DEBUG", "DIGEST"));
    }
    for (let length = 0; length <= bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      const whole = Math.max(...[...ends.keys()].filter((end) => end <= length));
      assert.deepEqual(load(path, cut, true), { digest: ends.get(whole), size: whole }, `${length} bytes`);
      const { refusal } = load(path, cut, false);
      if (whole === length) assert.equal(refusal, undefined);
      else assert.ok(refusal?.includes(`${path} at offset ${whole}: `), `${length} bytes: ${refusal}`);
      assert.equal(Deno.statSync(path).size, length, "The file is left as it is");
    }
  }));

Deno.test("An increment of which any bit is flipped is loaded, or refused with a reason", () =>
  withFile((path) => {
    const bytes = bytesOf(GROUPS.flat().map(encodeRequest).join(""));
    let refused = 0;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const { refusal } = load(path, damaged, false);
      if (refusal === undefined) continue;
      refused++;
      assert.match(refusal, /file\.aof.* at offset \d+/s, `Bit ${bit}`);
      assert.ok(refusal.includes(path), refusal);
    }
    assert.ok(refused > 0 && refused < bytes.length * 8, `${refused} are refused`);
    executor.keyspace.check();
  }));

Deno.test("A number that promises more than the file has takes no memory", () =>
  withFile((path) => {
    for (const head of ["*1000000\r\n", "*9999999999\r\n", "*1\r\n$536870912\r\n", "*1\r\n$9999999999\r\n"]) {
      const before = Deno.memoryUsage();
      assert.match(load(path, bytesOf(head), false).refusal ?? "", /at offset 0: /);
      const { heapTotal, external } = Deno.memoryUsage();
      const more = heapTotal + external - before.heapTotal - before.external;
      assert.ok(more < 64 * 1024 * 1024, `${head}: ${more} bytes`);
    }
  }));

Deno.test("Random damage of a larger increment does no harm", () =>
  withFile((path) => {
    const text = Array.from({ length: 100 }, (_, i) =>
      GROUPS.flat().map(encodeRequest)
        .join("") + encodeRequest(["SET", `key:${i}`, "v".repeat(i)])).join("");
    const bytes = bytesOf(text);
    withSeed((random) => {
      for (let i = 0; i < RUNS; i++) {
        load(path, mutated(random, bytes), i % 2 === 0);
        if (i % 64 === 0) executor.keyspace.check();
      }
    });
  }));
