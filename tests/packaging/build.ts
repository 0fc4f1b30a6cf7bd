/**
 * What the packaging tests need to know of deno.json and the Dockerfile, read from these files themselves.
 *
 * @module
 */

import { fromFileUrl, repositoryRoot } from "../support/paths.ts";

/** The path of a file of the repository. */
export function repositoryPath(path: string): string {
  return fromFileUrl(new URL(path, repositoryRoot));
}

/** deno.json, as far as the tests look at it. */
export interface DenoJson {
  readonly version: string;
  readonly tasks: Readonly<Record<string, string>>;
}

/** Reads deno.json. */
export function readDenoJson(): DenoJson {
  return JSON.parse(Deno.readTextFileSync(repositoryPath("deno.json")));
}

/** The flags of a task that decide what the program may do and how V8 runs it, sorted. */
export function runtimeFlags(task: string): string[] {
  const flags = /^(?:-[A-Z]|--(?:allow|deny|ignore|unstable|v8-flags|no-prompt|permission)\S*)$/;
  return readDenoJson().tasks[task].split(" ").filter((word) => flags.test(word)).sort();
}

/** The arguments of an instruction of the Dockerfile's last stage: those of its JSON array, or the words after it. */
export function dockerInstruction(name: string): string[] {
  const lines = Deno.readTextFileSync(repositoryPath("Dockerfile")).replaceAll(/\\\n/g, " ").split("\n");
  const line = lines.findLast((line) => line.startsWith(`${name} `));
  if (line === undefined) throw new Error(`The Dockerfile has no ${name}`);
  const array = /\[.*\]$/.exec(line)?.[0];
  return array === undefined ? line.split(/\s+/).slice(1) : JSON.parse(array);
}

/** Runs `use` with a new directory that is gone afterwards. */
export async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Copies what the Dockerfile copies from the repository into a directory. */
export async function copyBuildInputs(directory: string): Promise<void> {
  const copied = Deno.readTextFileSync(repositoryPath("Dockerfile")).matchAll(/^COPY (?!--)(.*) (\S+)$/gm);
  for (const [, sources, target] of copied) {
    for (const source of sources.split(/\s+/)) {
      await copy(repositoryPath(source), `${directory}/${source.endsWith("/") ? target : source}`);
    }
  }
}

async function copy(source: string, target: string): Promise<void> {
  if (!(await Deno.stat(source)).isDirectory) return await Deno.copyFile(source, target);
  await Deno.mkdir(target, { recursive: true });
  for await (const { name } of Deno.readDir(source)) await copy(`${source}/${name}`, `${target}/${name}`);
}

/** Runs a task in a directory that has a deno.json. Throws with what it printed where it fails. */
export async function runTask(name: string, cwd: string, env: Record<string, string> = {}): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", name],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  if (success) return;
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  throw new Error(`deno task ${name} failed:\n${text}`);
}
