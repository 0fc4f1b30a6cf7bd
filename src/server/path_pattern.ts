/**
 * Patterns of paths, as the `include` directive takes them: `*`, `?` and `[...]` in any part, as in a shell.
 *
 * @module
 */

import { join, parse, sep } from "node:path";
import { byteStringOfText } from "../base/bytes.ts";
import { matchGlob } from "../base/glob.ts";

/** Whether a path has a part that can stand for several. */
export function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/** The existing paths that an absolute pattern stands for, in the order of their bytes; none is no error. */
export function expandPattern(pattern: string): string[] {
  const { root } = parse(pattern);
  let paths = [root];
  for (const part of pattern.slice(root.length).split(sep).filter((part) => part !== "")) {
    paths = paths.flatMap((path) => isPattern(part) ? entriesMatching(path, part) : [join(path, part)]);
  }
  return paths.filter(exists).sort((a, b) => byteStringOfText(a) < byteStringOfText(b) ? -1 : 1);
}

function entriesMatching(directory: string, part: string): string[] {
  // Redis's own patterns negate a class by ^ only; a shell's by ! as well.
  const pattern = byteStringOfText(part.replaceAll("[!", "[^"));
  try {
    return [...Deno.readDirSync(directory)]
      .filter(({ name }) => !name.startsWith(".") || part.startsWith("."))
      .filter(({ name }) => matchGlob(pattern, byteStringOfText(name)))
      .map(({ name }) => join(directory, name));
  } catch {
    // No directory, or one that may not be read: as in a shell, nothing matches.
    return [];
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
