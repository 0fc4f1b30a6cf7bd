/** INFO against redis-server: the same fields in the same order, none missing and none unexplained. */

import assert from "node:assert/strict";
import { Executor } from "../support/executor.ts";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { parseReplies } from "../support/replies.ts";
import { startOracle } from "../support/servers.ts";

/** Fields of ours that Redis 7.0 does not have. */
const OURS = [
  "denodis_version",
  "deno_version",
  "v8_version",
  "denodis_heap_used",
  "denodis_heap_total",
  // Since Redis 7.4.
  "client_output_buffer_limit_disconnections",
];
/** Sections of which the fields are what has happened. */
const VARIABLE = ["Commandstats", "Errorstats", "Latencystats", "Keyspace"];

const { available } = await oracleState();

/** INFO's sections, read as redis_exporter reads them: titles, and lines of a name, a colon and a value. */
function parse(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let fields = new Map<string, string>();
  for (const line of text.split("\n").map((line) => line.trim())) {
    if (line.startsWith("# ")) sections.set(line.slice(2), fields = new Map());
    else if (line !== "") {
      const [name, value] = line.split(/:(.*)/s);
      assert.ok(value !== undefined, `No field: ${line}`);
      assert.ok(!fields.has(name), `Twice: ${name}`);
      fields.set(name, value);
    }
  }
  return sections;
}

function ask(executor: Executor, ...sections: string[]): Map<string, Map<string, string>> {
  return parse(parseReplies(executor.run("INFO", ...sections))[0].text!);
}

Deno.test("sections and fields are redis-server's, in its order", { ignore: !available }, async () => {
  const oracle = await startOracle();
  const connection = await RawConnection.connect({ port: oracle.port });
  try {
    for (const asked of ["default", "all", "everything", "memory server cpu", "replication", "modules"]) {
      const theirs = parse(parseReplies(await connection.command("INFO", ...asked.split(" ")))[0].text!);
      const ours = ask(new Executor(), ...asked.split(" "));
      assert.deepEqual([...ours.keys()], [...theirs.keys()], asked);
      for (const [title, fields] of ours) {
        if (VARIABLE.includes(title)) continue;
        const names = [...fields.keys()].filter((name) => !OURS.includes(name));
        assert.deepEqual(names, [...theirs.get(title)!.keys()], title);
      }
    }
  } finally {
    connection.close();
    await oracle.stop();
  }
});

Deno.test("every figure that monitors read as a number is one", () => {
  const sections = ask(new Executor(), "everything");
  const numbers = ["Clients", "Stats", "CPU", "Cluster"].flatMap((title) => [...sections.get(title)!]);
  assert.ok(numbers.length > 60);
  for (const [name, value] of numbers) assert.match(value, /^-?\d+(\.\d+)?$/, name);
});

Deno.test("commandstats and errorstats count what was called, what failed and what was refused", () => {
  const executor = new Executor();
  executor.run("SET", "k", "v");
  executor.run("LPUSH", "k", "a");
  executor.run("GET");
  const sections = ask(executor, "commandstats", "errorstats");
  const counts = (name: string) => {
    const line = sections.get("Commandstats")!.get(`cmdstat_${name}`);
    return line === undefined
      ? undefined
      : Object.fromEntries(line.split(",").map((pair) => pair.split("=")));
  };
  assert.deepEqual([counts("set").calls, counts("set").failed_calls], ["1", "0"]);
  assert.deepEqual([counts("lpush").calls, counts("lpush").failed_calls], ["1", "1"]);
  assert.deepEqual([counts("get").calls, counts("get").rejected_calls], ["0", "1"]);
  // INFO itself is counted when it has replied.
  assert.equal(counts("info"), undefined);
  assert.deepEqual([...sections.get("Errorstats")!], [["errorstat_WRONGTYPE", "count=1"], [
    "errorstat_ERR",
    "count=1",
  ]]);
});

Deno.test("CONFIG RESETSTAT sets the counters back, but for its own call", () => {
  const executor = new Executor();
  executor.run("GET", "missing");
  executor.run("NOSUCH");
  executor.run("CONFIG", "RESETSTAT");
  const sections = ask(executor, "everything");
  assert.deepEqual([...sections.get("Commandstats")!.keys()], ["cmdstat_config|resetstat"]);
  assert.deepEqual([...sections.get("Latencystats")!.keys()], ["latency_percentiles_usec_config|resetstat"]);
  assert.deepEqual([...sections.get("Errorstats")!.keys()], []);
  const stats = sections.get("Stats")!;
  assert.deepEqual(
    ["total_commands_processed", "keyspace_misses", "total_error_replies"].map((name) => stats.get(name)),
    ["1", "0", "0"],
  );
});

Deno.test("MEMORY DOCTOR has nothing to say of an empty server", { ignore: !available }, async () => {
  const oracle = await startOracle();
  const connection = await RawConnection.connect({ port: oracle.port });
  try {
    assert.equal(new Executor().run("MEMORY", "DOCTOR"), await connection.command("MEMORY", "DOCTOR"));
  } finally {
    connection.close();
    await oracle.stop();
  }
});
