/**
 * `deno task test`: sets up what the tests need, runs them all, and ends with one line: `N passed, N failed`.
 *
 * Arguments are passed on to `deno test`, so `deno task test tests/parity --filter SET` runs a part.
 *
 * @module
 */

import { fromFileUrl, repositoryRoot } from "./support/paths.ts";
import { ensureOracle } from "./support/oracle.ts";

/** Lines of errors and failures printed in full; whoever broke everything has seen enough by then. */
const ERROR_LINES = 3000;

/** Characters of a line, and lines of a failure, that the list of failures at the end repeats. */
const LIST_LINE = 200, LIST_LINES = 8;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Hands the lines of a stream to `each` as they come. */
async function eachLine(stream: ReadableStream<Uint8Array>, each: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(each);
  }
  if (rest !== "") each(rest);
}

/** The counts in the last line of `deno test`: `ok | 5 passed (2 steps) | 1 failed | 1 ignored (3s)`. */
export function parseSummary(line: string): Counts | undefined {
  const match =
    /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/
      .exec(line);
  if (match === null) return undefined;
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) };
}

/** The failures of a run, each with the first lines of its error: what is left to read where only a log's end is kept. */
class Failures {
  readonly #lines: string[] = [];
  #left = 0;

  /** Takes a line of the section of errors. */
  take(line: string): void {
    if (line.trim() === "FAILURES") this.#left = -1;
    if (this.#left < 0) return;
    if (/ => \.\/.*:\d+:\d+$/.test(line)) {
      this.#lines.push(`FAILED ${line}`);
      this.#left = LIST_LINES;
    } else if (this.#left > 0 && line.trim() !== "" && !/^\s+at /.test(line)) {
      this.#lines.push(`  ${line.slice(0, LIST_LINE)}`);
      this.#left--;
    }
  }

  /** Prints the list. */
  print(): void {
    this.#lines.forEach((line) => console.log(line));
  }
}

/** Runs `deno test` and prints what is worth reading of its output: no line for a test that passes. */
async function runTests(args: readonly string[]): Promise<Counts> {
  const child = new Deno.Command(Deno.execPath(), {
    // Types are checked by `deno task ok`.
    args: ["test", "-A", "--no-check", ...(Deno.env.get("CI") === "true" ? ["--frozen"] : []), ...args],
    cwd: fromFileUrl(repositoryRoot),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let counts: Counts | undefined;
  let printed = 0;
  let inErrors = false;
  const failures = new Failures();
  function show(line: string): void {
    counts = parseSummary(line) ?? counts;
    if (/ \.\.\. (ok|ignored) \(.*\)$/.test(line)) return;
    inErrors ||= line.trim() === "ERRORS";
    if (inErrors) failures.take(line);
    if (inErrors && ++printed > ERROR_LINES) {
      if (printed === ERROR_LINES + 1) {
        console.log(`(more than ${ERROR_LINES} lines of errors: the rest is left out)`);
      }
      return;
    }
    console.log(line);
  }
  await Promise.all([eachLine(child.stdout, show), eachLine(child.stderr, show)]);
  const status = await child.status;
  failures.print();
  const result = counts ?? { passed: 0, failed: 0, skipped: 0 };
  // A module that cannot be loaded ends the run without a count.
  if (!status.success && result.failed === 0) result.failed = 1;
  return result;
}

/** Test files that cannot do without redis-server; the hand-written parity cases have recorded replies. */
async function filesThatNeedOracle(
  directory = fromFileUrl(new URL("tests/", repositoryRoot)),
): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}${name}`;
    if (isDirectory) {
      files.push(...await filesThatNeedOracle(`${path}/`));
    } else if (name.endsWith("_test.ts") && name !== "parity_test.ts") {
      if (/startOracle|"redis-server"/.test(await Deno.readTextFile(path))) files.push(path);
    }
  }
  return files;
}

async function main(): Promise<number> {
  const oracle = await ensureOracle();
  const left = oracle.available ? [] : await filesThatNeedOracle();
  const args = Deno.args.length === 0 ? ["tests/"] : Deno.args;
  const counts = await runTests(left.length === 0 ? args : [`--ignore=${left.join(",")}`, ...args]);
  console.log(`Parity with Redis: ${oracle.explanation}`);
  if (left.length > 0) {
    console.log(`Left out, because they compare with redis-server: ${left.length} test files`);
  }
  if (counts.passed + counts.failed === 0) console.log("No tests ran");
  const skipped = counts.skipped === 0 ? "" : `, ${counts.skipped} skipped`;
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
