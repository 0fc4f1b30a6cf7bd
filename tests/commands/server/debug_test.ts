/** Who may use DEBUG, and what it changes. */

import assert from "node:assert/strict";
import { Configuration } from "../../../src/server/configuration.ts";
import { Executor } from "../../support/executor.ts";

const REFUSED =
  '-ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local ' +
  "connection, otherwise you need to set this option in the configuration file, and then restart the server.\r\n";

function withDebug(allowed: string, local: boolean): Executor {
  const configuration = new Configuration();
  configuration.assign("enable-debug-command", [allowed]);
  const executor = new Executor(configuration);
  Object.assign(executor.session, { local });
  return executor;
}

for (
  const [allowed, local, refused] of [
    ["no", true, true],
    ["no", false, true],
    ["local", true, false],
    ["local", false, true],
    ["yes", true, false],
    ["yes", false, false],
  ] as const
) {
  const who = local ? "a local client" : "a client from elsewhere";
  Deno.test(`enable-debug-command ${allowed} ${refused ? "refuses" : "lets"} ${who}`, () => {
    const reply = withDebug(allowed, local).run("DEBUG", "SLEEP", "0");
    assert.equal(reply, refused ? REFUSED : "+OK\r\n");
  });
}

Deno.test("DEBUG refused says so whatever the subcommand", () => {
  assert.equal(new Executor().run("DEBUG", "JUNK", "a", "b"), REFUSED);
});

Deno.test("DEBUG SET-ACTIVE-EXPIRE turns active expiry off and on", () => {
  const executor = withDebug("yes", true);
  for (const [argument, active] of [["0", false], ["1", true], ["junk", false], ["2x", true]] as const) {
    assert.equal(executor.run("DEBUG", "SET-ACTIVE-EXPIRE", argument), "+OK\r\n");
    assert.equal(executor.server.activeExpiry, active);
  }
});

Deno.test("DEBUG OBJECT tells the length in an RDB file, as redis-server 7.0.15 does", () => {
  const executor = withDebug("yes", true);
  const lengths = [["127", 2], ["-129", 3], ["32768", 5], ["2147483648", 11], ["abc", 4], [
    "x".repeat(20),
    21,
  ]] as const;
  for (const [value, length] of lengths) {
    executor.run("SET", "k", value);
    assert.match(executor.run("DEBUG", "OBJECT", "k"), new RegExp(` serializedlength:${length} lru:`));
  }
});

Deno.test("DEBUG QUICKLIST-PACKED-THRESHOLD has longer elements put in nodes of their own", () => {
  const executor = withDebug("yes", true);
  const nodes = () => Number(/ql_nodes:(\d+)/.exec(executor.run("DEBUG", "OBJECT", "l"))?.[1]);
  const element = "x".repeat(64);
  executor.run("RPUSH", "l", ...new Array<string>(130).fill(element));
  const before = nodes();
  executor.run("RPUSH", "l", element);
  assert.equal(nodes(), before);
  executor.run("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "64b");
  executor.run("RPUSH", "l", element);
  assert.equal(nodes(), before + 1);
  executor.run("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "0");
  executor.run("LPUSH", "l", element);
  executor.run("RPUSH", "l", element, element);
  assert.equal(nodes(), before + 2);
  assert.match(executor.run("DEBUG", "JMAP"), /integrity:ok/);
});
