/**
 * Scripts: one call, and a thousand.
 *
 * @module
 */
import type { Bench } from "./bench.ts";
import { section } from "./report.ts";
import { request } from "./request.ts";
import type { Server } from "./server.ts";
import { measureTests, type Test } from "./throughput.ts";

const GET = "return redis.call('get',KEYS[1])";
const GET_SHA = "fd758d1589d044dd850a6f05d52f2eefd27f033f";
const INCREMENTS = "for i=1,1000 do redis.call('incr',KEYS[1]) end";
const INCREMENTS_SHA = "e189a430f64edd296fbad67a551887b2b3648861";

const TESTS: readonly Test[] = [
  {
    name: "EVALSHA of one GET",
    request: ["evalsha", GET_SHA, "1", "key"],
    fill: (server) => load(server, GET),
  },
  {
    name: "EVALSHA of 1,000 INCRs",
    request: ["evalsha", INCREMENTS_SHA, "1", "counter"],
    fill: (server) => load(server, INCREMENTS),
    commands: 100,
  },
];

async function load(server: Server, script: string): Promise<void> {
  await request(server.port, ["SET", "key", "x".repeat(64)]);
  await request(server.port, ["SCRIPT", "LOAD", script]);
}

/** Runs each script at several pipeline depths against both servers in turns. */
export async function measureScripting(bench: Bench): Promise<string> {
  const { table, summary } = await measureTests(bench, { tests: TESTS, pipelines: [1, 16] });
  return section("Scripts", [`redis-benchmark, 50 clients; P is the pipeline depth. ${summary}`, table]);
}
