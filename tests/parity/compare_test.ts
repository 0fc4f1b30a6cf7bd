import assert from "node:assert/strict";
import {
  approximate,
  caseGroup,
  clockBased,
  encoding,
  errorCode,
  fields,
  ignore,
  like,
  sorted,
} from "./case.ts";
import { difference, firstDifference, recordable } from "./compare.ts";

const exact = { how: "exact" } as const;

Deno.test("exact: any other byte is a difference", () => {
  assert.equal(difference(exact, "+OK\r\n", "+OK\r\n"), undefined);
  assert.ok(difference(exact, "+OK\r\n", "+ok\r\n"));
  assert.ok(difference(exact, "$2\r\nOK\r\n", "+OK\r\n"));
  assert.ok(difference(exact, "+OK\r\n", ""));
});

Deno.test("exact: a large reply is recorded as its digest, which tells one byte", () => {
  const large = `$9000\r\n${"x".repeat(9000)}\r\n`;
  const recorded = recordable(exact, large);
  assert.ok(recorded !== null && recorded.length < 200);
  assert.equal(difference(exact, recorded, large), undefined);
  assert.equal(difference(exact, recorded, recorded), undefined);
  assert.ok(difference(exact, recorded, large.replace("xxxx", "xxyx")));
});

Deno.test("approximate: numbers may be that far apart, negative ones and everything else may not differ", () => {
  const { comparison } = approximate("TTL k", 1);
  assert.equal(difference(comparison, ":100\r\n", ":99\r\n"), undefined);
  assert.equal(difference(comparison, "*2\r\n$3\r\n100\r\n+a\r\n", "*2\r\n$2\r\n99\r\n+a\r\n"), undefined);
  assert.ok(difference(comparison, ":100\r\n", ":98\r\n"));
  assert.ok(difference(comparison, ":-1\r\n", ":-2\r\n"));
  assert.ok(difference(comparison, ":0\r\n", ":-1\r\n"));
  assert.ok(difference(comparison, ":100\r\n", "$3\r\n100\r\n"));
  assert.ok(difference(comparison, "*2\r\n:1\r\n+a\r\n", "*2\r\n:1\r\n+b\r\n"));
  assert.ok(difference(comparison, "*1\r\n:1\r\n", "*2\r\n:1\r\n:1\r\n"));
  assert.ok(difference(comparison, ":1\r\n", ":1\r\n:1\r\n"));
});

Deno.test("clock: compared live, not recorded", () => {
  const { comparison } = clockBased("EXPIRETIME k", 2);
  assert.equal(difference(comparison, ":1000\r\n", ":1002\r\n"), undefined);
  assert.ok(difference(comparison, ":1000\r\n", ":1003\r\n"));
  assert.equal(recordable(comparison, ":1000\r\n"), null);
  assert.equal(difference(comparison, null, ":5\r\n"), undefined);
});

Deno.test("sorted: the order may differ, at the depth that is named, the elements may not", () => {
  const one = sorted("KEYS *", "order").comparison;
  assert.equal(difference(one, "*2\r\n+a\r\n+b\r\n", "*2\r\n+b\r\n+a\r\n"), undefined);
  assert.ok(difference(one, "*2\r\n+a\r\n+b\r\n", "*2\r\n+b\r\n+b\r\n"));
  assert.ok(difference(one, "*2\r\n+a\r\n+b\r\n", "*1\r\n+b\r\n"));
  const two = sorted("SCAN 0", "order", 2).comparison;
  assert.equal(
    difference(two, "*2\r\n+0\r\n*2\r\n+a\r\n+b\r\n", "*2\r\n+0\r\n*2\r\n+b\r\n+a\r\n"),
    undefined,
  );
  assert.ok(difference(two, "*2\r\n+0\r\n*1\r\n+a\r\n", "*2\r\n*1\r\n+a\r\n+0\r\n"));
  assert.equal(
    difference(one, "%2\r\n+a\r\n+1\r\n+b\r\n+2\r\n", "%2\r\n+b\r\n+2\r\n+a\r\n+1\r\n"),
    undefined,
  );
  assert.ok(difference(one, "%2\r\n+a\r\n+1\r\n+b\r\n+2\r\n", "%2\r\n+a\r\n+2\r\n+b\r\n+1\r\n"));
});

Deno.test("encoding: small lists and sets may be listpacks, and nothing else may be another", () => {
  const { comparison } = encoding("OBJECT ENCODING k");
  const [listpack, quicklist, hashtable] = [
    "$8\r\nlistpack\r\n",
    "$9\r\nquicklist\r\n",
    "$9\r\nhashtable\r\n",
  ];
  assert.equal(difference(comparison, listpack, listpack), undefined);
  assert.equal(difference(comparison, quicklist, listpack), undefined);
  assert.equal(difference(comparison, hashtable, listpack), undefined);
  assert.ok(difference(comparison, listpack, quicklist));
  assert.ok(difference(comparison, quicklist, hashtable));
  assert.ok(difference(comparison, "$6\r\nintset\r\n", listpack));
  assert.ok(difference(comparison, null, listpack));
  assert.equal(recordable(comparison, quicklist), quicklist);
});

Deno.test("errorCode: both are errors of the same code", () => {
  const { comparison } = errorCode("X", "text");
  assert.equal(difference(comparison, "-ERR a\r\n", "-ERR b\r\n"), undefined);
  assert.ok(difference(comparison, "-ERR a\r\n", "-WRONGTYPE a\r\n"));
  assert.ok(difference(comparison, "+OK\r\n", "+OK\r\n"));
});

Deno.test("fields: the section and each field, over both protocol versions", () => {
  const { comparison } = fields("INFO x", { title: "X", fields: ["a", "b"] }, "figures");
  assert.equal(difference(comparison, null, "$10\r\n# X\r\nb:1\r\na:2\r\n\r\n"), undefined);
  assert.equal(difference(comparison, null, "=14\r\ntxt:# X\r\nb:1\r\na:2\r\n\r\n"), undefined);
  assert.match(difference(comparison, null, "$5\r\n# X\r\nb:1\r\naa:2\r\n\r\n") ?? "", /field a$/);
  assert.ok(difference(comparison, null, "$5\r\n# Y\r\nb:1\r\na:2\r\n\r\n"));
  assert.ok(difference(comparison, "$5\r\n# X\r\nb:1\r\n", "$10\r\n# X\r\nb:1\r\na:2\r\n\r\n"));
});

Deno.test("like: both match, ignore: anything", () => {
  const { comparison } = like("TIME", /^:\d+\r\n$/, "time");
  assert.equal(difference(comparison, ":1\r\n", ":2\r\n"), undefined);
  assert.ok(difference(comparison, ":1\r\n", "+x\r\n"));
  assert.ok(difference(comparison, "+x\r\n", ":1\r\n"));
  assert.equal(difference(comparison, null, ":1\r\n"), undefined);
  assert.equal(difference(ignore("X", "free").comparison, ":1\r\n", "+x\r\n"), undefined);
});

Deno.test("firstDifference names the step, and a server that stopped answering is a difference", () => {
  const [one] = caseGroup("test", [{ send: ["SET k v", "GET k"] }]).cases;
  assert.equal(firstDifference(one, { replies: ["a", "b"] }, { replies: ["a", "b"] }), undefined);
  assert.equal(firstDifference(one, { replies: ["a", "b"] }, { replies: ["a", "c"] })?.step, 1);
  assert.equal(
    firstDifference(one, { replies: ["a", "b"] }, { replies: ["a"], failure: "time-out" })?.step,
    1,
  );
  assert.equal(
    firstDifference(one, { replies: ["a", "b"] }, { replies: ["a", "b"], failure: "an extra reply" })?.step,
    2,
  );
});

Deno.test("two cases of one name are refused", () => {
  assert.throws(() => caseGroup("test", [{ send: ["GET k"] }, { send: ["GET k"] }]), /GET k/);
});
