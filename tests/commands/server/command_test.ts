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
import { oracleState } from "../../support/oracle.ts";
import { RawConnection } from "../../support/raw_connection.ts";
import { parseReplies, type Reply } from "../../support/replies.ts";
import { type RunningServer, startDenodis, startOracle } from "../../support/servers.ts";

/** What we have and Redis 7.0 does not. */
const NEWER = ["client|no-touch", "client|setinfo"];

/** Subcommands of our containers that are yet to come. */
const TO_COME = [
  "client|caching",
  "client|getredir",
  "client|tracking",
  "client|trackinginfo",
  "memory|doctor",
  "memory|malloc-stats",
  "memory|purge",
  "memory|stats",
  "object|freq",
];

const table = new CommandTable(allCommands);
const ours = table.list().flatMap((command) => [command, ...command.subcommands?.list() ?? []]);
const names = ours.map(({ fullName }) => fullName);
const containers = ours.filter(({ subcommands }) => subcommands !== null).map(({ fullName }) => fullName);
const shared = names.filter((name) => !NEWER.includes(name));

const { available } = await oracleState();
let servers: RunningServer[] = [];

Deno.test.beforeAll(async () => {
  if (available) servers = await Promise.all([startDenodis(), startOracle()]);
});

Deno.test.afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

/** The reply of each server, ours first. */
async function ask(protocol: 2 | 3, ...args: string[]): Promise<[denodis: Reply, oracle: Reply]> {
  const replies: Reply[] = [];
  for (const { port } of servers) {
    const connection = await RawConnection.connect({ port });
    await connection.command("HELLO", String(protocol));
    replies.push(parseReplies(await connection.command(...args))[0]);
    connection.close();
  }
  return [replies[0], replies[1]];
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
  return { type: reply.type, items: reply.items.filter((item) => !isNewer(item)).map(shape) };
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
  const [, list] = await ask(2, "COMMAND", "LIST");
  const theirs = texts(list);
  assert.deepEqual(names.filter((name) => !theirs.includes(name)).sort(), NEWER);
  const missing = theirs.filter((name) => containers.includes(name.split("|")[0]) && !names.includes(name));
  assert.deepEqual(missing.sort(), TO_COME);
});

for (const protocol of [2, 3] as const) {
  Deno.test(`COMMAND INFO of all commands (RESP${protocol})`, { ignore: !available }, async () => {
    const [denodis, oracle] = (await ask(protocol, "COMMAND", "INFO", ...shared)).map(items);
    assert.equal(denodis.length, shared.length);
    for (const [i, name] of shared.entries()) {
      if (!containers.includes(name)) {
        assert.equal(denodis[i].raw, oracle[i].raw, name);
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

  Deno.test(`subcommands are told within their container as by themselves (RESP${protocol})`, {
    ignore: !available,
  }, async () => {
    for (const container of containers) {
      const own = names.filter((name) => name.startsWith(`${container}|`));
      const [within] = await ask(protocol, "COMMAND", "INFO", container);
      const [alone] = await ask(protocol, "COMMAND", "INFO", ...own);
      assert.equal(items(items(within)[0])[9].raw, alone.raw);

      const [documentation] = await ask(protocol, "COMMAND", "DOCS", container);
      const fields = items(items(documentation)[1]);
      const [documentations] = await ask(protocol, "COMMAND", "DOCS", ...own);
      assert.equal(fields.at(-1)?.raw, documentations.raw);
    }
  });

  Deno.test(`without names, all commands are told (RESP${protocol})`, { ignore: !available }, async () => {
    const top = table.list().map(({ fullName }) => fullName);
    const [named] = await ask(protocol, "COMMAND", "INFO", ...top);
    const [all] = await ask(protocol, "COMMAND", "INFO");
    const [bare] = await ask(protocol, "COMMAND");
    assert.equal(all.raw, named.raw);
    assert.equal(bare.raw, named.raw);
    const [documented] = await ask(protocol, "COMMAND", "DOCS", ...top);
    const [documentation] = await ask(protocol, "COMMAND", "DOCS");
    assert.equal(documentation.raw, documented.raw);
    const [count] = await ask(protocol, "COMMAND", "COUNT");
    assert.equal(count.raw, `:${top.length}\r\n`);
  });
}

Deno.test("COMMAND LIST FILTERBY ACLCAT finds the same commands", { ignore: !available }, async () => {
  // The categories that the oracle knows; ACL is yet to come here.
  const connection = await RawConnection.connect({ port: servers[1].port });
  const categories = texts(parseReplies(await connection.command("ACL", "CAT"))[0]);
  connection.close();
  for (const category of categories) {
    const [denodis, oracle] = (await ask(2, "COMMAND", "LIST", "FILTERBY", "ACLCAT", category)).map(texts);
    const both = (list: string[]) => list.filter((name) => shared.includes(name)).sort();
    assert.deepEqual(both(denodis), both(oracle), category);
  }
});
