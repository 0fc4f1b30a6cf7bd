/**
 * Users: what the rest of the server reads of them.
 */

import assert from "node:assert/strict";
import { AclLog } from "../../src/acl/acl_log.ts";
import { Catalogue } from "../../src/acl/catalogue.ts";
import { hashPassword, isPasswordHash, matchesAnyHash } from "../../src/acl/password.ts";
import { Users } from "../../src/acl/users.ts";
import { Executor } from "../support/executor.ts";
import { Configuration } from "../../src/server/configuration.ts";

const users = () => new Users(new Catalogue([], []));

Deno.test("Hashes are SHA-256 of the password's bytes", () => {
  // NIST's example for "abc".
  assert.equal(hashPassword("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  // `printf '\xff' | sha256sum`
  assert.equal(hashPassword("\xff"), "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89");
  assert.ok(isPasswordHash(hashPassword("")));
  assert.ok(!isPasswordHash(hashPassword("").toUpperCase()));
  assert.ok(matchesAnyHash("b", ["a", "b"].map(hashPassword)));
  assert.ok(!matchesAnyHash("c", ["a", "b"].map(hashPassword)));
  assert.ok(!matchesAnyHash("c", []));
});

Deno.test("Only who may do everything is unrestricted", () => {
  const user = users().draft("u");
  const after = (...rules: string[]) => {
    user.apply(...rules);
    return user.restricted;
  };
  assert.equal(after("on", "+@all", "~*"), true);
  assert.equal(after("&*"), false);
  assert.equal(after("resetkeys"), true);
  assert.equal(after("(~* &* +@all)"), false);
  assert.equal(after("clearselectors"), true);
  assert.equal(users().default.restricted, false);
});

Deno.test("The user is restricted again though a later rule is refused", () => {
  const user = users().draft("u");
  user.apply("+@all", "~*", "&*");
  assert.throws(() => user.apply("resetkeys", "junk"));
  assert.equal(user.restricted, true);
});

Deno.test("A log entry counts the same denial within a minute, among the last ten", () => {
  const log = new AclLog();
  const denied = (object: string, time: number) =>
    log.add({ reason: "key", context: "toplevel", object, user: "u" }, time, "client");
  denied("a", 0);
  denied("a", 60_000);
  assert.deepEqual(log.entries.map(({ object, count }) => [object, count]), [["a", 2]]);
  denied("a", 120_001);
  assert.equal(log.entries.length, 2);
  for (let i = 0; i < 10; i++) denied(String(i), 120_001);
  denied("a", 120_001);
  assert.deepEqual([log.entries.length, log.entries[0].count], [13, 1]);
  log.maxLength = 2;
  denied("b", 0);
  assert.deepEqual(log.entries.map(({ object }) => object), ["b", "a"]);
});

Deno.test("A first argument is compared without regard to the case of ASCII letters only", () => {
  const executor = new Executor(new Configuration());
  executor.run("ACL", "SETUSER", "u", "+select|\xdf", "+select|One");
  assert.equal(executor.run("ACL", "DRYRUN", "u", "select", "ONE"), "+OK\r\n");
  assert.match(executor.run("ACL", "DRYRUN", "u", "select", "ss"), /no permissions/);
  assert.equal(executor.run("ACL", "DRYRUN", "u", "select", "\xdf"), "+OK\r\n");
});

Deno.test("An ACL file's errors leave the users as they are", () => {
  const all = users();
  all.put(all.draft("kept"));
  const message = all.load("user a (x\nuser b on\n", "file", () => assert.fail());
  assert.equal(
    message,
    "file:1: Unmatched parenthesis in selector definition. WARNING: ACL errors detected, " +
      "no change to the previously active ACL rules was performed",
  );
  assert.deepEqual(all.list().map(({ name }) => name), ["default", "kept"]);
});
