/**
 * COMMAND against redis-server: what it says of each command that both servers have. `tests/parity` holds the cases
 * that somebody thought of; here it is all commands, so that none can be added with other metadata than Redis's.
 *
 * Permitted differences, each named below: subcommands and whole commands that Redis 7.0 does not have or that are yet
 * to come here, options that came after Redis 7.0, and the order of subcommands, which is that of a hash table there.
 */

import assert from "node:assert/strict";
import { allCommands } from "../../../src/commands/mod.ts";
import { CommandTable } from "../../../src/commands/table.ts";
import { Executor } from "../../support/executor.ts";
import { oracleState } from "../../support/oracle.ts";
import { RawConnection } from "../../support/raw_connection.ts";
import { parseReplies, type Reply } from "../../support/replies.ts";
import { type RunningServer, startOracle } from "../../support/servers.ts";

/** What we have and Redis 7.0 does not. */
const NEWER = [
  "client|no-touch",
  "client|setinfo",
  "hexpire",
  "hexpireat",
  "hexpiretime",
  "hpersist",
  "hpexpire",
  "hpexpireat",
  "hpexpiretime",
  "hpttl",
  "httl",
];

/** Commands that take a variable number of arguments since an option came after Redis 7.0: WITHSCORE. */
const VARIABLE_SINCE = ["zrank", "zrevrank"];

const table = new CommandTable(allCommands);
const ours = table.list().flatMap((command) => [command, ...command.subcommands?.list() ?? []]);
const names = ours.map(({ fullName }) => fullName);
const containers = ours.filter(({ subcommands }) => subcommands !== null).map(({ fullName }) => fullName);
const shared = names.filter((name) => !NEWER.includes(name));

const { available } = await oracleState();
const executor = new Executor();
let oracle: RunningServer | undefined;

Deno.test.beforeAll(async () => {
  if (available) oracle = await startOracle();
});

Deno.test.afterAll(async () => {
  await oracle?.stop();
});

function askOurs(protocol: 2 | 3, ...args: string[]): Reply {
  executor.run("HELLO", String(protocol));
  return parseReplies(executor.run(...args))[0];
}

async function askOracle(protocol: 2 | 3, ...args: string[]): Promise<Reply> {
  assert.ok(oracle);
  const connection = await RawConnection.connect({ port: oracle.port });
  try {
    await connection.command("HELLO", String(protocol));
    return parseReplies(await connection.command(...args))[0];
  } finally {
    connection.close();
  }
}

/** The reply of each server. */
async function ask(protocol: 2 | 3, ...args: string[]): Promise<[denodis: Reply, oracle: Reply]> {
  return [askOurs(protocol, ...args), await askOracle(protocol, ...args)];
}

function texts(reply: Reply): string[] {
  return items(reply).map(({ text }) => text ?? "");
}

function items(reply: Reply): readonly Reply[] {
  assert.ok(reply.items, `Not an array, map or set: ${reply.raw}`);
  return reply.items;
}

/** A reply as types and texts, without what came after Redis 7.0. */
type Shape = string | { readonly type: string; readonly items: readonly Shape[] };

function shape(reply: Reply): Shape {
  if (reply.items === undefined) return reply.raw;
  const items = reply.items.filter((item) => !isNewer(item)).map(shape);
  // A history that only tells of what is newer is as good as none.
  const at = items.findIndex((item, i) => {
    const value = items[i + 1];
    return item === "$7\r\nhistory\r\n" && typeof value === "object" && value.items.length === 0;
  });
  if (at >= 0) items.splice(at, 2);
  return { type: reply.type, items };
}

/** Whether this is a change in a command's history, or an argument, of a version after 7.0. */
function isNewer({ items }: Reply): boolean {
  if (items === undefined) return false;
  const texts = items.map(({ text }) => text ?? "");
  if (texts.length === 2 && isAfter70(texts[0])) return true;
  const since = texts.indexOf("since");
  return texts[0] === "name" && since > 0 && isAfter70(texts[since + 1]);
}

function isAfter70(version: string): boolean {
  return /^(7\.[1-9]|[89]|\d\d)/.test(version) && /^\d+\.\d+\.\d+$/.test(version);
}

/** A container's documentation without that of its subcommands, which is compared by itself. */
function withoutSubcommands(documentation: Reply): readonly Reply[] {
  const fields = items(documentation);
  const at = fields.findIndex(({ text }, i) => i % 2 === 0 && text === "subcommands");
  return [...fields.slice(0, at), ...fields.slice(at + 2)];
}

Deno.test("what one server has and the other has not is named", { ignore: !available }, async () => {
  const theirs = texts(await askOracle(2, "COMMAND", "LIST"));
  assert.deepEqual(names.filter((name) => !theirs.includes(name)).sort(), NEWER);
  const missing = theirs.filter((name) => containers.includes(name.split("|")[0]) && !names.includes(name));
  assert.deepEqual(missing, []);
});

for (const protocol of [2, 3] as const) {
  Deno.test(`COMMAND INFO of all commands (RESP${protocol})`, { ignore: !available }, async () => {
    const [denodis, oracle] = (await ask(protocol, "COMMAND", "INFO", ...shared)).map(items);
    assert.equal(denodis.length, shared.length);
    for (const [i, name] of shared.entries()) {
      if (!containers.includes(name)) {
        const raw = VARIABLE_SINCE.includes(name) ? denodis[i].raw.replace(":-", ":") : denodis[i].raw;
        assert.equal(raw, oracle[i].raw, name);
        continue;
      }
      const [left, right] = [denodis[i], oracle[i]].map(items);
      assert.deepEqual(left.slice(0, 9), right.slice(0, 9), name);
      assert.equal(left[9].type, right[9].type);
      assert.deepEqual(
        items(left[9]).map((subcommand) => texts(subcommand)[0]).sort(),
        names.filter((other) => other.startsWith(`${name}|`)).sort(),
      );
    }
  });

  Deno.test(`COMMAND DOCS of all commands (RESP${protocol})`, { ignore: !available }, async () => {
    const [denodis, oracle] = (await ask(protocol, "COMMAND", "DOCS", ...shared)).map(items);
    assert.equal(denodis.length, 2 * shared.length);
    for (const [i, name] of shared.entries()) {
      assert.equal(denodis[2 * i].raw, oracle[2 * i].raw);
      const [left, right] = [denodis[2 * i + 1], oracle[2 * i + 1]];
      if (containers.includes(name)) {
        assert.deepEqual(withoutSubcommands(left), withoutSubcommands(right), name);
      } else if (right.raw !== left.raw) {
        assert.deepEqual(shape(left), shape(right), name);
      }
    }
  });

  Deno.test(`subcommands are told within their container as by themselves (RESP${protocol})`, () => {
    for (const container of containers) {
      const own = names.filter((name) => name.startsWith(`${container}|`));
      const within = items(askOurs(protocol, "COMMAND", "INFO", container))[0];
      assert.equal(items(within)[9].raw, askOurs(protocol, "COMMAND", "INFO", ...own).raw);

      const documentation = items(askOurs(protocol, "COMMAND", "DOCS", container))[1];
      assert.equal(
        items(documentation).at(-1)?.raw,
        askOurs(protocol, "COMMAND", "DOCS", ...own).raw,
      );
    }
  });

  Deno.test(`without names, all commands are told (RESP${protocol})`, () => {
    const top = table.list().map(({ fullName }) => fullName);
    const named = askOurs(protocol, "COMMAND", "INFO", ...top).raw;
    assert.equal(askOurs(protocol, "COMMAND", "INFO").raw, named);
    assert.equal(askOurs(protocol, "COMMAND").raw, named);
    assert.equal(
      askOurs(protocol, "COMMAND", "DOCS").raw,
      askOurs(protocol, "COMMAND", "DOCS", ...top).raw,
    );
    assert.equal(askOurs(protocol, "COMMAND", "COUNT").raw, `:${top.length}\r\n`);
    assert.deepEqual(texts(askOurs(protocol, "COMMAND", "LIST")), names);
  });
}

Deno.test("COMMAND LIST FILTERBY ACLCAT finds the same commands", { ignore: !available }, async () => {
  // The categories that the oracle knows; ACL is yet to come here.
  const categories = texts(await askOracle(2, "ACL", "CAT"));
  for (const category of categories) {
    const [denodis, oracle] = (await ask(2, "COMMAND", "LIST", "FILTERBY", "ACLCAT", category)).map(texts);
    const both = (list: string[]) => list.filter((name) => shared.includes(name)).sort();
    assert.deepEqual(both(denodis), both(oracle), category);
  }
});
