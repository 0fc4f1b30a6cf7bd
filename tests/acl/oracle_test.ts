/**
 * Random rules against redis-server: the same errors, the same text in ACL LIST and GETUSER, the same verdicts of
 * ACL DRYRUN.
 *
 * The commands differ by those that one server has and the other has not, and with them how rules are summed up in
 * categories. So the texts are made from the oracle's own commands. Redis lists single commands in the order of a hash
 * table, here they are sorted.
 */

import assert from "node:assert/strict";
import { type AclCommand, Catalogue } from "../../src/acl/catalogue.ts";
import { mergeSelectors, RuleRefused } from "../../src/acl/rules.ts";
import { Users } from "../../src/acl/users.ts";
import { SeededRandom } from "../../src/base/random.ts";
import { Executor } from "../support/executor.ts";
import { oracleState } from "../support/oracle.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { encodeRequest, parseReplies, type Reply } from "../support/replies.ts";
import { type RunningServer, startOracle } from "../support/servers.ts";
import { randomRules, type Vocabulary } from "./random_rules.ts";

const { available } = await oracleState();
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (available) oracle = await startOracle();
});

Deno.test.afterAll(async () => {
  await oracle?.stop();
});

const RUNS = 400 * Number(Deno.env.get("DENODIS_PROPERTY_RUNS") ?? 1);

/** Runs a test with random numbers that its failure says how to repeat, and a connection to the oracle. */
async function withOracle(
  test: (random: SeededRandom, connection: RawConnection) => Promise<void>,
): Promise<void> {
  const seed = Number(Deno.env.get("DENODIS_PROPERTY_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  const connection = await RawConnection.connect({ port: oracle!.port });
  try {
    await test(new SeededRandom(seed), connection);
  } catch (error) {
    throw new Error(`Failed with DENODIS_PROPERTY_SEED=${seed}: ${error}`, { cause: error });
  } finally {
    connection.close();
  }
}

/** The oracle's commands. */
async function catalogueOf(connection: RawConnection): Promise<Catalogue> {
  const categories = parseReplies(await connection.command("ACL", "CAT"))[0].items!.map(({ text }) => text!);
  let id = 0;
  const commandOf = ({ items }: Reply): AclCommand => ({
    id: id++,
    fullName: items![0].text!,
    categories: items![6].items!.map(({ text }) => text!.slice(1)),
    subcommands: items![9].items!.length === 0 ? null : listOf(items![9].items!.map(commandOf)),
  });
  const commands = parseReplies(await connection.command("COMMAND"))[0].items!.map(commandOf);
  return new Catalogue(commands, categories);
}

function listOf(commands: readonly AclCommand[]): { list(): readonly AclCommand[] } {
  return { list: () => commands };
}

/** A line of ACL LIST with the single commands of each selector sorted. */
function sorted(line: string): string {
  return line.replace(/(?:(?<=[ (])[+-][^@ )][^ )]*(?: |(?=\))|$))+/g, (run) => {
    return run.trimEnd().split(" ").sort().join(" ") + (run.endsWith(" ") ? " " : "");
  });
}

/** Sends requests in one packet. */
async function ask(connection: RawConnection, requests: readonly (readonly string[])[]): Promise<string[]> {
  await connection.write(requests.map(encodeRequest).join(""));
  const replies: string[] = [];
  for (let i = 0; i < requests.length; i++) replies.push(await connection.readReplies(1));
  return replies;
}

/** What ACL SETUSER says to rules, and the line that the user has then in ACL LIST. */
function applied(catalogue: Catalogue, rules: readonly string[]): { error: string; line: string } {
  const users = new Users(catalogue);
  const draft = users.draft("u");
  const merged = mergeSelectors(rules);
  if ("unclosed" in merged) return { error: "Unmatched parenthesis", line: "" };
  try {
    for (const rule of merged.rules) draft.apply(rule);
  } catch (error) {
    if (error instanceof RuleRefused) return { error: error.reason, line: "" };
    throw error;
  }
  return { error: "", line: `user u ${draft.describe()}` };
}

Deno.test("ACL LIST says of random rules what redis-server says", { ignore: !available }, async () => {
  await withOracle(async (random, connection) => {
    const catalogue = await catalogueOf(connection);
    const vocabulary: Vocabulary = {
      commands: catalogue.all.map(({ fullName }) => fullName),
      categories: [...catalogue.categories],
    };
    for (let run = 0; run < RUNS; run++) {
      const rules = randomRules(random, vocabulary);
      const [reply, list] = await ask(connection, [
        ["ACL", "SETUSER", "u", ...rules],
        ["ACL", "LIST"],
        ["ACL", "DELUSER", "u"],
      ]);
      const { error, line } = applied(catalogue, rules);
      if (error !== "") {
        assert.ok(reply.includes(error), `${JSON.stringify(rules)}: ${reply}, expected ${error}`);
        continue;
      }
      assert.equal(reply, "+OK\r\n", JSON.stringify(rules));
      const theirs = parseReplies(list)[0].items!.map(({ text }) => text!).find((text) =>
        text.startsWith("user u ")
      );
      assert.equal(sorted(line), sorted(theirs ?? ""), JSON.stringify(rules));
      // What was written makes the same user again; but for `%RW~*`, which both servers write as `~*`.
      if (rules.some((rule) => /%[rw]+~\*/i.test(rule))) continue;
      const again = applied(catalogue, line.split(" ").slice(2));
      assert.equal(again.line, line, JSON.stringify(rules));
    }
  });
});

/** Requests of all kinds of key specifications and channels; a, ab, ac, k and so on are met by random patterns. */
const REQUESTS: readonly string[] = [
  "get a",
  "GET k",
  "set a v",
  "set a v GET",
  "set k v EX 10",
  "mget a ab ac",
  "mset a 1 ab 2",
  "copy a k",
  "rename k a",
  "lmove a ab LEFT RIGHT",
  "blmove a ab LEFT RIGHT 0",
  "lmpop 2 a ac LEFT",
  "blmpop 0 1 a LEFT",
  "lmpop x a LEFT",
  "zunionstore a 2 ab ac",
  "zinter 1 a",
  "zrangestore a k 0 1",
  "sinterstore a ab",
  "sintercard 2 a ab",
  "sort a",
  "sort a store ab",
  "sort a by w_* get x",
  "sort_ro a",
  "georadius a 1 1 1 m",
  "georadius a 1 1 1 m store ab",
  "georadius a 1 1 1 m storedist k",
  "geosearchstore a ab fromlonlat 1 1 byradius 1 m",
  "xread streams a ab 0 0",
  "xreadgroup group g c streams a >",
  "xadd a * f v",
  "xgroup create a g 0",
  "xinfo stream a",
  "object encoding a",
  "object help",
  "memory usage a",
  "bitfield a get u8 0",
  "bitfield a set u8 0 1",
  "bitfield_ro a get u8 0",
  "bitop and a ab ac",
  "pfcount a ab",
  "pfmerge a ab",
  "getex a persist",
  "getdel a",
  "del a ab k",
  "unlink a",
  "exists a",
  "touch a",
  "type a",
  "expire a 1",
  "hset a f v",
  "hget a f",
  "hgetall a",
  "smove a ab x",
  "spop a",
  "srandmember a",
  "zadd a 1 x",
  "bzpopmin a ab 0",
  "dump a",
  "restore a 0 x",
  "watch a k",
  "publish c m",
  "publish news.1 m",
  "spublish c m",
  "subscribe c news.1",
  "ssubscribe c d",
  "psubscribe c*",
  "psubscribe *",
  "unsubscribe zz",
  "punsubscribe zz*",
  "select 0",
  "select one",
  "select \xe0",
  "auth x",
  "hello 3",
  "quit",
  "reset",
  "ping",
  "config get x",
  "config set a b",
  "config resetstat",
  "client id",
  "client list",
  "acl whoami",
  "acl setuser x",
  "command count",
  "keys *",
  "scan 0",
  "flushall",
  "dbsize",
  "info",
  "debug object a",
  "multi",
  "exec",
  // No such command, no such subcommand, not enough arguments.
  "nosuch",
  "config nosuch",
  "get",
  "config",
];

Deno.test("ACL DRYRUN and SETUSER answer as redis-server does", { ignore: !available }, async () => {
  await withOracle(async (random, connection) => {
    const catalogue = await catalogueOf(connection);
    const executor = new Executor();
    const { catalogue: ours } = executor.server.access.users;
    const vocabulary: Vocabulary = {
      commands: catalogue.all.map(({ fullName }) => fullName).filter((name) =>
        ours.named(name) !== undefined
      ),
      categories: [...catalogue.categories],
    };
    for (let run = 0; run < RUNS / 4; run++) {
      const setuser = ["ACL", "SETUSER", "u", ...randomRules(random, vocabulary)];
      // Half of the users may run everything, so that it is keys and channels that decide.
      if (random.below(2) === 0) setuser.push("+@all");
      const dryruns = REQUESTS.map((request) => ["ACL", "DRYRUN", "u", ...request.split(" ")]);
      const requests = [setuser, ...dryruns];
      if (random.below(4) > 0) requests.push(["ACL", "DELUSER", "u"]);
      const theirs = await ask(connection, requests);
      for (const [i, request] of requests.entries()) {
        assert.equal(executor.run(...request), theirs[i], `${JSON.stringify([setuser, request])}`);
      }
    }
    await connection.command("ACL", "DELUSER", "u");
  });
});

Deno.test("Requests that dispatch refuses are those that DRYRUN refuses", () => {
  const seed = Number(Deno.env.get("DENODIS_PROPERTY_SEED") ?? Math.floor(Math.random() * 2 ** 31));
  const random = new SeededRandom(seed);
  const executor = new Executor();
  const { access, commands } = executor.server;
  const vocabulary: Vocabulary = {
    commands: access.users.catalogue.all.map(({ fullName }) => fullName),
    categories: [...access.users.catalogue.categories],
  };
  // None that would end the session or change who it is.
  const requests = REQUESTS.filter((request) =>
    !/^(auth|hello|exec|quit|reset|multi|client|\w*subscribe|bl|bz)/.test(request)
  );
  const { default: everybody } = access.users;
  let refused = 0;
  for (let run = 0; run < 200; run++) {
    executor.session.account = everybody;
    const rules = randomRules(random, vocabulary);
    if (executor.run("ACL", "SETUSER", "u", ...rules, "on", "nopass") !== "+OK\r\n") continue;
    const user = access.users.get("u")!;
    for (const request of requests) {
      const words = request.split(" ");
      if (commands.named(words[0]) === null) continue;
      executor.session.account = everybody;
      const dryrun = executor.run("ACL", "DRYRUN", "u", ...words);
      // An error: a request that dispatch does not get as far with.
      if (dryrun.startsWith("-")) continue;
      executor.session.account = user;
      const isRefused = executor.run(...words).startsWith("-NOPERM");
      assert.equal(isRefused, dryrun !== "+OK\r\n", `${JSON.stringify([rules, words, seed])}`);
      if (isRefused) refused++;
    }
    executor.session.account = everybody;
    executor.run("ACL", "DELUSER", "u");
  }
  assert.ok(refused > 100);
});
