/** The command table: every command is found by its name in any case, and nothing else is. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf } from "../../src/base/bytes.ts";
import type { CommandDefinition } from "../../src/commands/define.ts";
import { allCommands } from "../../src/commands/mod.ts";
import { type Command, CommandTable } from "../../src/commands/table.ts";
import { runs } from "../support/property.ts";

/** Looks a name up in the middle of other bytes. */
function find(table: CommandTable, name: string): Command | null {
  return table.find(bytesOf(`x${name}x`), 1, 1 + name.length);
}

function mixedCase(name: string): string {
  return [...name].map((letter, i) => i % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase()).join("");
}

/** A definition under another name, for tables that no server has. */
function named(name: string): CommandDefinition {
  return { ...allCommands.find((command) => command.name === "GET")!, name };
}

const table = new CommandTable(allCommands);
const names = new Set(allCommands.map(({ name }) => name.toLowerCase()));

Deno.test("Every command is found in any case", () => {
  assert.equal(names.size, allCommands.length, "No two commands have the same name");
  for (const definition of allCommands) {
    for (const name of [definition.name, definition.name.toLowerCase(), mixedCase(definition.name)]) {
      assert.equal(find(table, name)?.definition, definition, name);
    }
    assert.equal(table.named(definition.name), find(table, definition.name));
  }
  assert.deepEqual(table.list().map(({ definition }) => definition), allCommands);
});

Deno.test("Every subcommand is found in its container, and by both words", () => {
  let count = 0;
  for (const container of allCommands) {
    const command = find(table, container.name)!;
    assert.equal(command.subcommands === null, container.subcommands.length === 0);
    for (const definition of container.subcommands) {
      const subcommand = find(command.subcommands!, mixedCase(definition.name));
      assert.equal(subcommand?.definition, definition);
      assert.equal(subcommand.fullName, `${container.name}|${definition.name}`.toLowerCase());
      assert.equal(table.named(subcommand.fullName.toUpperCase()), subcommand);
      assert.equal(table.named(`${subcommand.fullName}|x`), null);
      count++;
    }
  }
  assert.ok(count > 10);
});

Deno.test("What is no command's name is not found", () => {
  for (const name of ["", "g", "gett", "GET ", "get\0", "client|getname", "\xc7et", "get|x", "unknown"]) {
    assert.equal(find(table, name), null, name);
  }
  // Bytes that differ from letters in the bit that makes a letter's case.
  assert.equal(find(table, "client".replace("c", "C").replace("l", "\x0c")), null);
  assert.equal(find(table, "\x47\x45\x14"), null);
  assert.equal(table.named("get|x"), null);
  assert.equal(table.named("nosuch|x"), null);
  assert.equal(table.named("client|nosuch"), null);
});

Deno.test("Names near to a command's are found only if they are one", () => {
  const anyName = fc.oneof(
    fc.string({ unit: "binary-ascii", maxLength: 12 }),
    fc.tuple(fc.constantFrom(...names), fc.nat(20), fc.integer({ min: 0, max: 255 })).map((
      [name, at, byte],
    ) => name.slice(0, at) + String.fromCharCode(byte) + name.slice(at + 1)),
    fc.tuple(fc.constantFrom(...names), fc.nat(12)).map(([name, length]) => name.slice(0, length)),
  );
  fc.assert(
    fc.property(anyName, (name) => {
      const lower = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      assert.equal(find(table, name)?.fullName, names.has(lower) ? lower : undefined);
    }),
    runs(3000),
  );
});

Deno.test("Hundreds of commands of two letters are all found", () => {
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  const words = letters.flatMap((a) => letters.map((b) => a + b));
  const many = new CommandTable(words.map((word) => named(word.toUpperCase())));
  for (const word of words) assert.equal(find(many, word)?.fullName, word);
  for (const word of ["a", "abc", "zz ", "{a"]) assert.equal(find(many, word), null);
});

Deno.test("A renamed command answers to its new name only", () => {
  const renamed = new CommandTable(allCommands);
  assert.equal(renamed.rename("GET", "Fetch"), "");
  assert.equal(find(renamed, "get"), null);
  assert.equal(find(renamed, "FETCH")?.definition.name, "GET");
  assert.equal(renamed.rename("set", ""), "");
  assert.equal(find(renamed, "set"), null);
  assert.equal(renamed.list().length, allCommands.length - 1);
  for (const { name } of allCommands) {
    if (name !== "GET" && name !== "SET") assert.equal(find(renamed, name)?.definition.name, name);
  }
});

Deno.test("A command may take the name that another one has given up, but no other that is taken", () => {
  const renamed = new CommandTable(allCommands);
  assert.equal(renamed.rename("nosuch", "x"), "No such command in rename-command");
  assert.equal(renamed.rename("strlen", "Set"), "Target command name already exists");
  assert.equal(renamed.rename("append", "a"), "");
  assert.equal(renamed.rename("get", "append"), "");
  assert.equal(find(renamed, "append")?.definition.name, "GET");
  assert.equal(find(renamed, "a")?.definition.name, "APPEND");
});
