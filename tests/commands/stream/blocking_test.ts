/** Clients that wait for entries of streams receive what redis-server sends them. */

import { oracleState } from "../../support/oracle.ts";
import { assertSame, type Scenario, type ScenarioRequest } from "../../support/scenario.ts";
import { type RunningServer, startDenodis, startOracle } from "../../support/servers.ts";

const { available } = await oracleState();
let denodis: RunningServer | undefined;
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (available) [denodis, oracle] = await Promise.all([startDenodis(), startOracle()]);
});

Deno.test.afterAll(async () => {
  await Promise.all([denodis?.stop(), oracle?.stop()]);
});

/** A test that plays a scenario with clients a, b and c. */
function test(name: string, play: (scenario: Scenario) => Promise<void>): void {
  Deno.test(name, { ignore: !available }, () => assertSame([denodis!, oracle!], ["a", "b", "c"], play));
}

/** A test in which a waits with a request, c does something, and a is answered. */
function served(
  request: ScenarioRequest,
  { before = [], requests }: { before?: readonly ScenarioRequest[]; requests: readonly ScenarioRequest[] },
): void {
  for (const protocol of ["2", "3"]) {
    test(`${request}; ${requests.join("; ")} (RESP${protocol})`, async (s) => {
      if (before.length > 0) await s.send("c", ...before);
      await s.ask("a", `HELLO ${protocol}`);
      await s.block("a", request);
      await s.send("c", ...requests);
      await s.unblocked("a");
    });
  }
}

const GROUP = ["XADD s 1-1 f v", "XGROUP CREATE s g $"];

served("XREAD BLOCK 0 STREAMS s 0", { requests: ["XADD s 1-1 f v"] });
served("XREAD BLOCK 0 STREAMS s $", {
  before: ["XADD s 1-1 f v"],
  requests: ["XADD s 1-2 f v", "XADD s 1-3 f v"],
});
served("XREAD BLOCK 0 STREAMS s t $ 5", {
  before: ["XADD s 1-1 f v", "XADD t 2-2 f v"],
  requests: ["XADD t 5-0 f v", "XADD t 5-1 f w"],
});
served("XREAD BLOCK 0 STREAMS s 5-0", { requests: ["XADD s 5-0 f v", "XADD s 5-1 f v"] });
served("XREAD BLOCK 0 COUNT 1 STREAMS s s 0 $", { requests: ["XADD s 1-1 f v"] });
served("XREAD BLOCK 0 STREAMS s $", {
  before: ["XADD s 1-1 f v"],
  requests: ["DEL s", "XADD s 1-1 f v", "SET s x", "DEL s", "XADD s 1-2 f v"],
});
served("XREAD BLOCK 0 STREAMS s $", { requests: ["XGROUP CREATE s g $ MKSTREAM", "XADD s 1-1 f v"] });
served("XREAD BLOCK 0 STREAMS s 0", { requests: ["XADD t 1-1 f v", "RENAME t s"] });
served("XREAD BLOCK 0 STREAMS s 0", { requests: ["XADD s MAXLEN 0 1-1 f v"] });
served("XREAD BLOCK 0 STREAMS s 0", {
  requests: [...Array.from({ length: 5 }, (_, i) => `XADD t 1-${i + 1} f v`), "COPY t s"],
});

served("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >", {
  before: GROUP,
  requests: ["XADD s 1-2 f v", "XPENDING s g"],
});
served("XREADGROUP GROUP g alice NOACK BLOCK 0 COUNT 1 STREAMS s >", {
  before: GROUP,
  requests: ["XADD s 1-2 f v", "XPENDING s g", "XINFO GROUPS s"],
});
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS s t > >", {
  before: [...GROUP, "XGROUP CREATE t g $ MKSTREAM"],
  requests: ["XADD t 1-2 f v", "XINFO GROUPS s", "XINFO GROUPS t"],
});
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >", { before: GROUP, requests: ["DEL s"] });
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >", { before: GROUP, requests: ["SET s x"] });
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >", { before: GROUP, requests: ["RENAME s t"] });
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >", { before: GROUP, requests: ["FLUSHALL"] });
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >", { before: GROUP, requests: ["XGROUP DESTROY s g"] });
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS s t > >", {
  before: [...GROUP, "XGROUP CREATE t g $ MKSTREAM"],
  requests: ["DEL t"],
});
served("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >", {
  before: GROUP,
  requests: ["XGROUP SETID s g 5-5", "XADD s 2-2 f v", "XADD s 6-0 f v"],
});

test("who has waited longest is served first, and only one of a group", async (s) => {
  await s.send("c", ...GROUP);
  await s.block("a", "XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
  await s.block("b", "XREADGROUP GROUP g bob BLOCK 0 STREAMS s >");
  await s.send("c", "XADD s 2-2 f v", "XPENDING s g");
  await s.unblocked("a");
  await s.send("c", "XADD s 2-3 f v", "XPENDING s g");
  await s.unblocked("b");
});

test("all who read without a group are served", async (s) => {
  await s.block("a", "XREAD BLOCK 0 STREAMS s $");
  await s.block("b", "XREAD BLOCK 0 STREAMS s 1-1");
  await s.send("c", "XADD s 1-1 f v");
  await s.unblocked("a");
  await s.send("c", "XADD s 1-2 f v");
  await s.unblocked("b");
});

test("time is up", async (s) => {
  await s.send("c", ...GROUP);
  await s.send("a", "XREAD BLOCK 10 STREAMS s $", "XREADGROUP GROUP g alice BLOCK 10 STREAMS s >");
  await s.ask("a", "HELLO 3");
  await s.send("a", "XREAD BLOCK 10 STREAMS s $", "XREADGROUP GROUP g alice BLOCK 10 STREAMS s >");
});
