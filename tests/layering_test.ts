/**
 * The import rule of docs/architecture.md: a file imports from its own folder or from one above it in the list.
 */

import assert from "node:assert/strict";
import { fromFileUrl, repositoryRoot } from "./support/paths.ts";

/** The folders of src/, each allowed to import those before it. */
const LAYERS = [
  "base",
  "memory",
  "resp",
  "store",
  "persistence",
  "pubsub",
  "acl",
  "replication",
  "cluster",
  "scripting",
  "commands",
  "server",
  "http",
];

/** What our own client library may import, apart from itself. */
const CLIENT_IMPORTS = ["base", "resp"];

/** Folders and files that may read config.ts. */
const CONFIG_READERS = ["server", "http", "main.ts", "src/mod.ts"];

interface SourceFile {
  /** Path from the repository's root, with slashes. */
  readonly path: string;
  readonly text: string;
  /** What it imports from this repository, as paths from the root. */
  readonly imports: readonly string[];
}

/** The text without comments, strings and template text left in place; JSDoc examples must not count as imports. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\*[^]*?\*\/|\/\/[^\n]*/g,
    (_, literal: string | undefined) => literal ?? " ",
  );
}

/** The module names in import and export declarations and in import() of a literal. */
function moduleNames(code: string): string[] {
  const pattern =
    /(?:^|[\s;}])(?:import|export)\s*(?:type\s+)?(?:[\w*{][^;"'`]*?\s*from\s*)?["']([^"'\n]+)["']|\bimport\s*\(\s*["']([^"'\n]+)["']/g;
  return [...code.matchAll(pattern)].map((match) => match[1] ?? match[2]);
}

function sourceFile(path: string): SourceFile {
  const text = withoutComments(Deno.readTextFileSync(new URL(path, repositoryRoot)));
  const imports = moduleNames(text)
    .filter((name) => name.startsWith("."))
    .map((name) => new URL(name, new URL(path, repositoryRoot)).href)
    .filter((href) => href.startsWith(repositoryRoot.href))
    .map((href) => href.slice(repositoryRoot.href.length));
  return { path, text, imports };
}

function sourcePaths(folder: string): string[] {
  const paths: string[] = [];
  for (const entry of Deno.readDirSync(fromFileUrl(new URL(folder, repositoryRoot)))) {
    if (entry.isDirectory) paths.push(...sourcePaths(`${folder}${entry.name}/`));
    else if (entry.name.endsWith(".ts")) paths.push(`${folder}${entry.name}`);
  }
  return paths.sort();
}

/** The folder of src/ that a path is in, such as "resp", or the path itself where it is in none. */
function layerOf(path: string): string {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? path;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** Whether a file may import another, going by their layers. */
function mayImport(from: string, to: string): boolean {
  const [source, target] = [layerOf(from), layerOf(to)];
  if (to === "config.ts") return CONFIG_READERS.includes(source);
  if (from === "config.ts") return target === "base";
  if (from === "main.ts" || from === "src/mod.ts" || source === target) return true;
  if (source === "client") return CLIENT_IMPORTS.includes(target);
  return LAYERS.includes(source) && LAYERS.includes(target) &&
    LAYERS.indexOf(target) < LAYERS.indexOf(source);
}

/** The breaches of the rules in these files, a sentence each. */
function breaches(files: readonly SourceFile[]): string[] {
  const found: string[] = [];
  for (const file of files) {
    const layer = layerOf(file.path);
    if (
      file.path.startsWith("src/") && file.path !== "src/mod.ts" && layer !== "client" &&
      !LAYERS.includes(layer)
    ) {
      found.push(`${file.path} is in no folder that the list of layers names`);
    }
    for (const target of file.imports) {
      if (!mayImport(file.path, target)) {
        found.push(`${file.path} imports ${target}: ${layer} must not know ${layerOf(target)}`);
      }
      if (target.endsWith("/_internal.ts") && folderOf(target) !== folderOf(file.path)) {
        found.push(`${file.path} imports ${target}, which is for its own folder only`);
      }
    }
    if (layer === "commands" && /\bDeno\s*\./.test(file.text)) {
      found.push(`${file.path} uses Deno directly: commands reach the world through context.ts only`);
    }
  }
  return found;
}

Deno.test("every import goes to the file's own folder or one above it in the list of layers", () => {
  const paths = [...sourcePaths("src/"), "main.ts", "config.ts"];
  const files = paths.map(sourceFile);
  assert.ok(files.some((file) => file.imports.length > 0), "No imports were found at all");
  assert.deepEqual(breaches(files), []);
});

Deno.test("the rule itself: what it forbids and what it allows", () => {
  const file = (path: string, imports: string[], text = ""): SourceFile => ({ path, imports, text });
  assert.deepEqual(
    breaches([
      file("src/server/a.ts", ["src/base/b.ts", "src/server/c.ts", "src/commands/mod.ts", "config.ts"]),
      file("src/commands/string/a.ts", ["src/commands/define.ts", "src/store/entry.ts"], "Denote.x"),
      file("src/mod.ts", ["src/http/a.ts", "src/client/a.ts", "config.ts"]),
      file("src/client/a.ts", ["src/resp/a.ts", "src/base/a.ts", "src/client/b.ts"]),
      file("config.ts", ["src/base/directive.ts"]),
      file("main.ts", ["src/server/a.ts", "config.ts"]),
      file("src/store/a.ts", ["src/store/_internal.ts"]),
    ]),
    [],
  );
  const one = (path: string, target: string) => breaches([file(path, [target])]).length;
  assert.equal(one("src/base/a.ts", "src/memory/b.ts"), 1);
  assert.equal(one("src/store/a.ts", "src/commands/b.ts"), 1);
  assert.equal(one("src/client/a.ts", "src/store/b.ts"), 1);
  assert.equal(one("src/server/a.ts", "src/client/b.ts"), 1);
  assert.equal(one("src/commands/a.ts", "config.ts"), 1);
  assert.equal(one("config.ts", "src/memory/a.ts"), 1);
  assert.equal(one("src/server/a.ts", "main.ts"), 1);
  assert.equal(one("src/server/a.ts", "tests/support/paths.ts"), 1);
  assert.equal(one("src/server/a.ts", "src/store/_internal.ts"), 1);
  assert.equal(breaches([file("src/commands/a.ts", [], "x = Deno.env")]).length, 1);
  assert.equal(breaches([file("src/utils/a.ts", [])]).length, 1);
});

Deno.test("imports are found in every form, and not in comments", () => {
  const code = withoutComments(`
    /** import "./comment.ts" */
    // import "./line.ts"
    import "./bare.ts";
    import type { A } from "./type.ts";
    import a, {
      b,
    } from './several.ts';
    import * as c from "./star.ts";
    export * from "./export.ts";
    export { d } from "./named.ts";
    const e = await import("./dynamic.ts");
    const f = "// not a comment";
  `);
  assert.deepEqual(moduleNames(code), [
    "./bare.ts",
    "./type.ts",
    "./several.ts",
    "./star.ts",
    "./export.ts",
    "./named.ts",
    "./dynamic.ts",
  ]);
});
