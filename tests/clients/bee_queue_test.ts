/** bee-queue: jobs with results, progress, retries and delays, and those of a worker that has died. */

import assert from "node:assert/strict";
import BeeQueue from "bee-queue";
import { type RunningServer, startDenodis } from "../support/servers.ts";

let server: RunningServer;

Deno.test.beforeAll(async () => {
  server = await startDenodis();
});

Deno.test.afterAll(async () => {
  await server?.stop();
});

type Settings = ConstructorParameters<typeof BeeQueue>[1];

/** Runs `use` with what opens queues, which are closed afterwards. Its sockets outlive the last line for a moment. */
function test(
  name: string,
  use: (open: (name: string, settings?: Settings) => BeeQueue) => Promise<void>,
): void {
  Deno.test({
    name: `bee-queue: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const queues: BeeQueue[] = [];
      try {
        await use((name, settings) => {
          const queue = new BeeQueue(name, { redis: { host: "127.0.0.1", port: server.port }, ...settings });
          queue.on("error", () => {});
          queues.push(queue);
          return queue;
        });
      } finally {
        for (const queue of queues) await queue.close(100).catch(() => {});
      }
    },
  });
}

/** Resolves with the arguments of a job's next event. */
function event<T>(job: BeeQueue.Job<T>, name: "succeeded" | "failed" | "retrying" | "progress") {
  return new Promise<unknown>((resolve) => job.once(name as "succeeded", (value) => resolve(value)));
}

test("runs 200 jobs, four at a time, and hands their results and progress back", async (open) => {
  const worker = open("sums", { getEvents: false, sendEvents: true });
  worker.process(4, (job: BeeQueue.Job<{ a: number; b: number }>) => {
    job.reportProgress({ half: job.data.a });
    return Promise.resolve(job.data.a + job.data.b);
  });
  const queue = open("sums", { isWorker: false });
  await queue.ready();
  const results: number[] = [];
  const all = Promise.withResolvers<void>();
  queue.on("job succeeded", (_id, result) => {
    results.push(result);
    if (results.length === 200) all.resolve();
  });
  const first = queue.createJob({ a: 0, b: 1 });
  const progress = event(first, "progress");
  await first.save();
  const others = Array.from({ length: 199 }, (_, i) => queue.createJob({ a: i + 1, b: 1 }));
  assert.equal((await queue.saveAll(others)).size, 0);
  assert.deepEqual(await progress, { half: 0 });
  await all.promise;
  assert.deepEqual(results.toSorted((a, b) => a - b), Array.from({ length: 200 }, (_, i) => i + 1));
  const { waiting, active, succeeded, failed } = await queue.checkHealth();
  assert.deepEqual({ waiting, active, succeeded, failed }, {
    waiting: 0,
    active: 0,
    succeeded: 200,
    failed: 0,
  });
});

test("tries again what fails, and gives up", async (open) => {
  const queue = open("broken", { activateDelayedJobs: true });
  let calls = 0;
  queue.process((job: BeeQueue.Job<{ lasts: number }>) => {
    if (++calls <= job.data.lasts) return Promise.reject(new Error("broken"));
    return Promise.resolve("mended");
  });
  await queue.ready();
  const mended = queue.createJob({ lasts: 2 }).retries(2).backoff("fixed", 10);
  const result = event(mended, "succeeded");
  await mended.save();
  assert.equal(await result, "mended");
  assert.equal(calls, 3);
  const hopeless = queue.createJob({ lasts: 1000 }).retries(1);
  const failure = event(hopeless, "failed");
  calls = 0;
  await hopeless.save();
  assert.equal((await failure as Error).message, "broken");
  const failed = await queue.getJobs("failed", { size: 10 });
  assert.deepEqual(failed.map(({ id, status }) => [id, status]), [[hopeless.id, "failed"]]);
});

test("delays jobs, removes them, and empties a queue", async (open) => {
  const queue = open("later", { activateDelayedJobs: true });
  const ran: string[] = [];
  await queue.ready();
  const never = await queue.createJob({ name: "never" }).delayUntil(Date.now() + 3_600_000).save();
  assert.equal((await queue.checkHealth()).delayed, 1);
  const soon = queue.createJob({ name: "soon" }).delayUntil(Date.now() + 200);
  const done = event(soon, "succeeded");
  await soon.save();
  queue.process((job: BeeQueue.Job<{ name: string }>) => Promise.resolve(ran.push(job.data.name)));
  await done;
  assert.deepEqual(ran, ["soon"]);
  await queue.removeJob(never.id);
  assert.equal((await queue.checkHealth()).delayed, 0);
  assert.equal(await queue.getJob(never.id), null);
  await queue.destroy();
});

test("gives the jobs of a worker that has died to another", async (open) => {
  const dead = open("stalled", { stallInterval: 200, redisScanCount: 10 });
  await dead.ready();
  const began = Promise.withResolvers<void>();
  dead.process(() => {
    began.resolve();
    return new Promise(() => {});
  });
  const job = await dead.createJob({ x: 1 }).save();
  await began.promise;
  await dead.close(10).catch(() => {});
  const queue = open("stalled", { stallInterval: 200 });
  const done = Promise.withResolvers<string>();
  queue.on("job succeeded", (id) => done.resolve(id));
  queue.process((job: BeeQueue.Job<{ x: number }>) => Promise.resolve(job.data.x));
  await queue.checkStalledJobs(200);
  assert.equal(await done.promise, job.id);
});
