/**
 * How Redis quotes arguments in redis.conf, in inline commands and in MONITOR: `"a\x00b"`, `'it\'s'`.
 *
 * @module
 */

const NAMED_ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };
const ESCAPE_NAMES: Record<string, string> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\b": "\\b",
  "\x07": "\\a",
};

/**
 * Splits a line into arguments as Redis's `sdssplitargs` does; `undefined` if its quotes are unbalanced.
 *
 * Double quotes know `\n \r \t \b \a \xHH` and take any other escaped byte as itself; single quotes know only `\'`.
 * A closing quote has to be followed by white space. A NUL byte ends the line. Line and arguments are byte strings.
 */
export function splitArguments(line: string): string[] | undefined {
  const nul = line.indexOf("\0");
  if (nul !== -1) line = line.slice(0, nul);
  const words: string[] = [];
  let at = 0;
  while (true) {
    while (at < line.length && isSpace(line[at])) at++;
    if (at >= line.length) return words;
    const word = readWord(line, at);
    if (word === undefined) return undefined;
    words.push(word.text);
    at = word.end;
  }
}

/** The argument in double quotes, everything but printable ASCII escaped; {@linkcode splitArguments} undoes it. */
export function quoteArgument(text: string): string {
  let quoted = '"';
  for (const char of text) {
    const named = ESCAPE_NAMES[char];
    if (named !== undefined) quoted += named;
    else if (char >= " " && char <= "~") quoted += char;
    else quoted += "\\x" + char.charCodeAt(0).toString(16).padStart(2, "0");
  }
  return quoted + '"';
}

/** Reads one argument at `start`, where there is no white space; `end` is the place after it. */
function readWord(line: string, start: number): { text: string; end: number } | undefined {
  let text = "";
  let at = start;
  while (at < line.length) {
    const char = line[at];
    if (char === '"' || char === "'") {
      const part = char === '"' ? readDoubleQuoted(line, at + 1) : readSingleQuoted(line, at + 1);
      if (part === undefined) return undefined;
      // The quote that closed is followed by white space or by nothing: the argument ends here.
      return { text: text + part.text, end: part.end };
    }
    // Vertical tab and form feed are skipped between arguments but do not end one: so it is in Redis.
    if (char === " " || char === "\n" || char === "\r" || char === "\t") break;
    text += char;
    at++;
  }
  return { text, end: at };
}

function readDoubleQuoted(line: string, start: number): { text: string; end: number } | undefined {
  let text = "";
  for (let at = start; at < line.length; at++) {
    const char = line[at];
    if (char === '"') return closed(line, at, text);
    if (char !== "\\" || at + 1 >= line.length) {
      text += char;
      continue;
    }
    const hex = /^x([0-9a-fA-F]{2})/.exec(line.slice(at + 1, at + 4));
    if (hex !== null) {
      text += String.fromCharCode(parseInt(hex[1], 16));
      at += 3;
    } else {
      at++;
      text += NAMED_ESCAPES[line[at]] ?? line[at];
    }
  }
  return undefined;
}

function readSingleQuoted(line: string, start: number): { text: string; end: number } | undefined {
  let text = "";
  for (let at = start; at < line.length; at++) {
    const char = line[at];
    if (char === "'") return closed(line, at, text);
    if (char === "\\" && line[at + 1] === "'") at++;
    text += line[at];
  }
  return undefined;
}

function closed(line: string, quote: number, text: string): { text: string; end: number } | undefined {
  const end = quote + 1;
  return end < line.length && !isSpace(line[end]) ? undefined : { text, end };
}

function isSpace(char: string): boolean {
  return char === " " || (char >= "\t" && char <= "\r");
}
