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
  const lines = text.split("\n");
  const rest = lines.pop()!;
  if (lines.length === 0 && rest === "") throw new AofManifestError("Found an empty AOF manifest", 0, "");
  for (const [i, line] of [...lines, ...(rest === "" ? [] : [rest])].entries()) {
    const fail = (reason: string) => new AofManifestError(reason, i + 1, line);
    if (line.startsWith("#")) continue;
    if (line.length >= LINE_MAX || i === lines.length) {
      throw fail("The AOF manifest file contains too long line");
    }
    const { name, sequence, type } = parseLine(line.trim()) ?? {};
    if (name === undefined || sequence === undefined) throw fail("Invalid AOF manifest file format");
    if (/[/\\]/.test(name)) throw fail("File can't be a path, just a filename");
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

/** The three fields of a line: pairs of name and value; undefined where they are not there. */
function parseLine(line: string): { name?: string; sequence?: number; type?: string } | undefined {
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"]+)/g)].map(([, quoted, word]) =>
    quoted === undefined ? word : unescape(quoted)
  );
  if (words.length < 6 || words.length % 2 !== 0) return undefined;
  const fields: { name?: string; sequence?: number; type?: string } = {};
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1];
    if (words[i].toLowerCase() === "file") fields.name = value;
    else if (words[i].toLowerCase() === "seq") fields.sequence = Number.parseInt(value, 10) || 0;
    else if (words[i].toLowerCase() === "type") fields.type = value;
  }
  if (!fields.name || !fields.sequence || !fields.type) return undefined;
  return fields;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b" };

function unescape(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|(.))/g,
    (_, code, letter) =>
      code !== undefined ? String.fromCharCode(parseInt(code, 16)) : ESCAPES[letter] ?? letter,
  );
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
