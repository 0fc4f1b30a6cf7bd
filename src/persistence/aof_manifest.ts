/**
 * The manifest of an AOF: which files it is made of, and in which order they are loaded.
 *
 * ```text
 *  file appendonly.aof.2.base.rdb seq 2 type b     the data at one point in time
 *  file appendonly.aof.2.incr.aof seq 2 type i     what changed since, in one file or several
 *  file appendonly.aof.1.base.rdb seq 1 type h     of no use any more, to be removed
 * ```
 *
 * @module
 */

import { splitArguments } from "../base/quoting.ts";

/** A file of an AOF. */
export interface AofFile {
  /** Without directory; a byte string. */
  readonly name: string;
  readonly sequence: number;
}

/** The files of an AOF. */
export interface AofManifest {
  readonly base: AofFile | null;
  /** Oldest first. */
  readonly increments: readonly AofFile[];
  /** Files that are to be removed. */
  readonly history: readonly AofFile[];
}

/** A manifest without files. */
export const EMPTY_MANIFEST: AofManifest = { base: null, increments: [], history: [] };

/** Characters of a line, its break included. */
const LINE_MAX = 1024;

/** What is wrong with a manifest, in Redis's words. */
export class AofManifestError extends Error {
  /** The line, from 1, and its text. */
  readonly line: number;
  readonly text: string;

  constructor(reason: string, line: number, text: string) {
    super(reason);
    this.line = line;
    this.text = text;
  }
}

/**
 * Reads a manifest, a byte string.
 *
 * @throws {AofManifestError}
 */
export function parseManifest(text: string): AofManifest {
  let base: AofFile | null = null;
  const increments: AofFile[] = [];
  const history: AofFile[] = [];
  if (text === "") throw new AofManifestError("Found an empty AOF manifest", 0, "");
  for (const [i, line] of linesOf(text).entries()) {
    const fail = (reason: string) => new AofManifestError(reason, i + 1, line);
    if (line.startsWith("#")) continue;
    // To Redis a NUL byte ends the text, so that no line break is found after it.
    if (!line.endsWith("\n") || line.includes("\0")) {
      throw fail("The AOF manifest file contains too long line");
    }
    const { name, sequence, type } = parseLine(line, fail);
    const file = { name, sequence };
    if (type === "b") {
      if (base !== null) throw fail("Found duplicate base file information");
      base = file;
    } else if (type === "h") {
      history.push(file);
    } else if (type === "i") {
      if (sequence <= (increments.at(-1)?.sequence ?? 0)) throw fail("Found a non-monotonic sequence number");
      increments.push(file);
    } else {
      throw fail("Unknown AOF file type");
    }
  }
  return { base, increments, history };
}

/** The lines with their breaks; what is longer than a line may be is cut, and its rest taken for a line, as in Redis. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < text.length;) {
    const lineBreak = text.indexOf("\n", at);
    const end = Math.min(lineBreak === -1 ? text.length : lineBreak + 1, at + LINE_MAX);
    lines.push(text.slice(at, end));
    at = end;
  }
  return lines;
}

/** The three fields of a line, which is pairs of name and value; others are passed over. Throws what `fail` makes. */
function parseLine(
  line: string,
  fail: (reason: string) => AofManifestError,
): { name: string; sequence: number; type: string } {
  const words = splitArguments(line);
  if (words === undefined || words.length < 6 || words.length % 2 !== 0) {
    throw fail("Invalid AOF manifest file format");
  }
  let name: string | undefined;
  let sequence = 0;
  let type = "";
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1];
    switch (words[i].toLowerCase()) {
      case "file":
        // In C a string ends at its first NUL byte, which an escape can make.
        name = value.split("\0", 1)[0];
        if (/[/\\]/.test(name)) throw fail("File can't be a path, just a filename");
        break;
      case "seq":
        sequence = sequenceOf(value);
        // A rewrite could not count on from it, and would write over the files that are in use.
        if (!Number.isSafeInteger(sequence)) throw fail("The sequence number is too large");
        break;
      case "type":
        type = value.slice(0, 1);
    }
  }
  if (name === undefined || sequence === 0 || type === "" || type === "\0") {
    throw fail("Invalid AOF manifest file format");
  }
  return { name, sequence, type };
}

/** The number at the beginning of a text, 0 where there is none: as C's `atoll` reads it. */
function sequenceOf(text: string): number {
  return Number(/^[ \t\n\v\f\r]*([+-]?[0-9]+)/.exec(text)?.[1] ?? 0);
}

/** The text of a manifest, a byte string: base, then history, then increments, as Redis writes it. */
export function formatManifest({ base, history, increments }: AofManifest): string {
  const line = (type: string) => ({ name, sequence }: AofFile) =>
    `file ${quoted(name)} seq ${sequence} type ${type}\n`;
  return [
    ...(base === null ? [] : [line("b")(base)]),
    ...history.map(line("h")),
    ...increments.map(line("i")),
  ].join("");
}

/** A name as it stands in a manifest: in quotes where it has characters that mean something there. */
function quoted(name: string): string {
  if (/^[!#-&(-[\]-~]+$/.test(name)) return name;
  const escaped = name.replace(/[^ !#-[\]-~]/g, (character) => {
    if (character === '"' || character === "\\") return `\\${character}`;
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}

/** The manifest with a further increment. */
export function withIncrement(manifest: AofManifest, file: AofFile): AofManifest {
  return { ...manifest, increments: [...manifest.increments, file] };
}

/** The manifest when a base has been written that stands for all before `increment`. */
export function withBase(manifest: AofManifest, base: AofFile, increment: AofFile): AofManifest {
  const { increments } = manifest;
  const replaced = [
    ...(manifest.base === null ? [] : [manifest.base]),
    ...increments.filter(({ name }) => name !== increment.name),
  ];
  return { base, increments: [increment], history: [...manifest.history, ...replaced] };
}

/** The line that says when what follows it in a file was done, seconds since the epoch (`aof-timestamp-enabled`). */
export function annotationAt(seconds: number): string {
  return `#TS:${seconds}\r\n`;
}
