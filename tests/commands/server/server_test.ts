/**
 * What CONFIG SET, SHUTDOWN and INFO pass on to the server; their replies are in `tests/parity/cases/server.ts`.
 */

import assert from "node:assert/strict";
import type { ShutdownOptions } from "../../../src/commands/context.ts";
import { Configuration } from "../../../src/server/configuration.ts";
import { Executor } from "../../support/executor.ts";

Deno.test("CONFIG SET says whether the client is on this machine", () => {
  const configuration = new Configuration();
  configuration.assign("enable-protected-configs", ["local"]);
  const executor = new Executor(configuration);
  const set = (local: boolean) => {
    Object.assign(executor.session, { local });
    return executor.run("CONFIG", "SET", "dbfilename", `${local}.rdb`);
  };
  assert.equal(set(true), "+OK\r\n");
  assert.equal(
    set(false),
    "-ERR CONFIG SET failed (possibly related to argument 'dbfilename') - can't set protected config\r\n",
  );
  assert.equal(configuration.get("dbfilename"), "true.rdb");
});

for (
  const [words, expected] of [
    ["", { save: null, now: false, force: false }],
    ["NOSAVE", { save: false, now: false, force: false }],
    ["save", { save: true, now: false, force: false }],
    ["NOW FORCE", { save: null, now: true, force: true }],
    ["force nosave now nosave", { save: false, now: true, force: true }],
  ] as const
) {
  Deno.test(`SHUTDOWN ${words}`.trimEnd(), () => {
    const executor = new Executor();
    const asked: ShutdownOptions[] = [];
    executor.server.shutdown = (options) => void asked.push(options);
    assert.equal(executor.run(..."SHUTDOWN".concat(` ${words}`).trimEnd().split(" ")), "");
    assert.deepEqual(asked, [expected]);
  });
}

for (const words of ["SAVE NOSAVE", "ABORT SAVE", "ABORT NOW", "ABORT FORCE", "junk", "NOW junk"]) {
  Deno.test(`SHUTDOWN ${words} shuts nothing down`, () => {
    const executor = new Executor();
    let asked = 0;
    executor.server.shutdown = () => void asked++;
    executor.server.abortShutdown = () => Boolean(asked++);
    assert.equal(executor.run("SHUTDOWN", ...words.split(" ")), "-ERR syntax error\r\n");
    assert.equal(asked, 0);
  });
}

Deno.test("SHUTDOWN ABORT takes back the one under way", () => {
  const executor = new Executor();
  executor.server.abortShutdown = () => true;
  assert.equal(executor.run("SHUTDOWN", "abort"), "+OK\r\n");
});

Deno.test("INFO passes its sections on in lower case, and asks for the usual ones where there are none", () => {
  const executor = new Executor();
  const asked: (readonly string[])[] = [];
  executor.server.info = (sections) => {
    asked.push(sections);
    return "# Text\r\n";
  };
  assert.equal(executor.run("INFO"), "$8\r\n# Text\r\n\r\n");
  executor.run("INFO", "Server", "CLIENTS");
  assert.deepEqual(asked, [["default"], ["server", "clients"]]);
});
