/** The ID `+` of XREAD, which redis-server 7.0 does not have; expectations are those of Redis's documentation. */

import assert from "node:assert/strict";
import { Executor } from "../../support/executor.ts";

const LAST = "*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n2-5\r\n*2\r\n$1\r\nf\r\n$1\r\nb\r\n";

/** A server with the stream `s`. */
function prepared(): Executor {
  const executor = new Executor();
  executor.run("XADD", "s", "1-1", "f", "a");
  executor.run("XADD", "s", "2-5", "f", "b");
  return executor;
}

Deno.test("+ asks for the last entry", () => {
  const executor = prepared();
  assert.equal(executor.run("XREAD", "STREAMS", "s", "+"), LAST);
  assert.equal(executor.run("XREAD", "COUNT", "5", "BLOCK", "0", "STREAMS", "none", "s", "+", "+"), LAST);
  assert.equal(executor.session.blocked, false);
});

Deno.test("+ passes over entries that have been deleted", () => {
  const executor = prepared();
  executor.run("XADD", "s", "3-0", "f", "c");
  executor.run("XDEL", "s", "3-0");
  assert.equal(executor.run("XREAD", "STREAMS", "s", "+"), LAST);
});

Deno.test("+ finds nothing where there is no entry", () => {
  const executor = prepared();
  assert.equal(executor.run("XREAD", "STREAMS", "none", "+"), "*-1\r\n");
  executor.run("XDEL", "s", "1-1", "2-5");
  assert.equal(executor.run("XREAD", "STREAMS", "s", "+"), "*-1\r\n");
});

Deno.test("+ is no ID for XREADGROUP", () => {
  const executor = prepared();
  executor.run("XGROUP", "CREATE", "s", "g", "0");
  const reply = executor.run("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", "+");
  assert.equal(reply, "-ERR Invalid stream ID specified as stream command argument\r\n");
});
