/**
 * Random rules against a model that keeps them as they are: a request is allowed where the rules, read one after the
 * other by a person, say so, and no other.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { Executor } from "../support/executor.ts";
import { runs } from "../support/property.ts";

/** What a request uses: its keys with what it does to them, and its channels. */
interface Use {
  readonly words: string;
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  readonly channels?: readonly string[];
}

const USES: readonly Use[] = [
  { words: "get a", reads: ["a"] },
  { words: "get b", reads: ["b"] },
  { words: "set a v", writes: ["a"] },
  { words: "set b v get", reads: ["b"], writes: ["b"] },
  { words: "copy a b", reads: ["a"], writes: ["b"] },
  { words: "mget a b c", reads: ["a", "b", "c"] },
  { words: "mset a 1 b 2", writes: ["a", "b"] },
  { words: "sort a store c", reads: ["a"], writes: ["c"] },
  { words: "zunionstore c 2 a b", reads: ["a", "b"], writes: ["c"] },
  { words: "publish x m", channels: ["x"] },
  { words: "subscribe x y", channels: ["x", "y"] },
  { words: "ping" },
  { words: "config get x" },
  { words: "config resetstat" },
];

/** The categories of the commands above, from Redis's documentation. */
const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  "get": ["read", "string", "fast"],
  "set": ["write", "string", "slow"],
  "copy": ["keyspace", "write", "slow"],
  "mget": ["read", "string", "fast"],
  "mset": ["write", "string", "slow"],
  "sort": ["write", "set", "sortedset", "list", "slow", "dangerous"],
  "zunionstore": ["write", "sortedset", "slow"],
  "publish": ["pubsub", "fast"],
  "subscribe": ["pubsub", "slow"],
  "ping": ["fast", "connection"],
  // The container too is a slow command, and takes its subcommands with it.
  "config|get": ["admin", "slow", "dangerous"],
  "config|resetstat": ["admin", "slow", "dangerous"],
};

const nameOf = ({ words }: Use) =>
  /^config/.test(words) ? words.split(" ", 2).join("|") : words.split(" ")[0];

/** Rules of one selector, none of which is refused. */
const rule = fc.oneof(
  fc.constantFrom(...Object.keys(CATEGORIES), "config").chain((name) =>
    fc.constantFrom(`+${name}`, `-${name}`)
  ),
  fc.constantFrom(...new Set(Object.values(CATEGORIES).flat())).chain((name) =>
    fc.constantFrom(`+@${name}`, `-@${name}`)
  ),
  fc.constantFrom("+@all", "-@all", "resetkeys", "resetchannels"),
  fc.constantFrom("~a", "~b", "%R~a", "%W~b", "%R~c", "%W~c", "%RW~[ab]", "%R~?", "~\\*"),
  fc.constantFrom("&x", "&y", "&?", "&z*"),
);

/** Whether a glob of the few kinds above matches a name of one letter. */
function matches(glob: string, name: string): boolean {
  if (glob === "?") return true;
  return glob.startsWith("[") ? glob.includes(name) : glob === name;
}

/** Whether the rules of one selector allow a request. */
function allows(rules: readonly string[], use: Use): boolean {
  const name = nameOf(use);
  let command = false;
  let keys: string[] = [];
  let channels: string[] = [];
  for (const rule of rules) {
    const names = [name, name.split("|")[0], "@all", ...CATEGORIES[name].map((category) => `@${category}`)];
    if (/^[+-]/.test(rule)) {
      if (names.includes(rule.slice(1))) command = rule.startsWith("+");
    } else if (rule === "resetkeys") keys = [];
    else if (rule === "resetchannels") channels = [];
    else if (rule.startsWith("&")) channels.push(rule.slice(1));
    else keys.push(rule.startsWith("~") ? `%RW${rule}` : rule);
  }
  // Two rules on the same pattern add up, two patterns do not.
  const letters = (pattern: string) =>
    keys.filter((key) => key.split("~")[1] === pattern).map((key) => key.split("~")[0]).join("");
  const permits = (key: string, needed: string) =>
    keys.some((rule) => {
      const pattern = rule.split("~")[1];
      return matches(pattern, key) && [...needed].every((letter) => letters(pattern).includes(letter));
    });
  const { reads = [], writes = [] } = use;
  return command &&
    [...new Set([...reads, ...writes])].every((key) =>
      permits(key, (reads.includes(key) ? "R" : "") + (writes.includes(key) ? "W" : ""))
    ) &&
    (use.channels ?? []).every((channel) => channels.some((pattern) => matches(pattern, channel)));
}

Deno.test("A request is allowed exactly where the rules of one selector allow all of it", () => {
  const executor = new Executor();
  const { access } = executor.server;
  const everybody = access.users.default;
  const rules = fc.array(rule, { maxLength: 8 });
  fc.assert(
    fc.property(rules, fc.array(rules, { maxLength: 2 }), (root, selectors) => {
      executor.session.account = everybody;
      executor.run("ACL", "DELUSER", "u");
      const all = [...root, ...selectors.map((inner) => `(${inner.join(" ")})`)];
      assert.equal(executor.run("ACL", "SETUSER", "u", "on", "nopass", ...all), "+OK\r\n");
      for (const use of USES) {
        const allowed = [root, ...selectors].some((rules) => allows(rules, use));
        executor.session.account = everybody;
        const words = use.words.split(" ");
        assert.equal(executor.run("ACL", "DRYRUN", "u", ...words) === "+OK\r\n", allowed, use.words);
        executor.session.account = access.users.get("u")!;
        assert.equal(executor.run(...words).startsWith("-NOPERM"), !allowed, use.words);
        executor.server.pubsub.forget(executor.session);
      }
    }),
    runs(300),
  );
});
