/**
 * A damaged manifest beside redis-server: both start with the same data, or both refuse to start.
 *
 * Every sixth of them is tried, which takes some seconds, all where `DENODIS_DAMAGE_RUNS` asks for a full run.
 */

import assert from "node:assert/strict";
import { bytesOf } from "../../src/base/bytes.ts";
import { AOF_FLAGS, digestOf } from "../support/aof_copies.ts";
import { encodeRequest } from "../support/executor.ts";
import { oracleState } from "../support/oracle.ts";
import { denodisCommand, startServer } from "../support/servers.ts";

const EVERY = Deno.env.has("DENODIS_DAMAGE_RUNS") ? 1 : 6;

const BASE = "file base seq 1 type b\n";
const INCREMENT = "file one seq 1 type i\n";
const SECOND = "file two seq 2 type i\n";

/** The files that a manifest may name; each is a log of its own. */
const FILES: Readonly<Record<string, string>> = {
  base: encodeRequest(["SELECT", "0"]) + encodeRequest(["RPUSH", "loaded", "base"]),
  one: encodeRequest(["SELECT", "0"]) + encodeRequest(["RPUSH", "loaded", "one"]),
  two: encodeRequest(["SELECT", "0"]) + encodeRequest(["RPUSH", "loaded", "two"]),
  "a b": encodeRequest(["SELECT", "0"]) + encodeRequest(["RPUSH", "loaded", "a b"]),
  empty: "",
};

/** A line that has `length` characters, its break included. */
const lineOf = (length: number) => {
  const line = "file base seq 1 type b other ";
  return `${line}${"x".repeat(length - line.length - 1)}\n`;
};
const comment = (length: number) => `#${"x".repeat(length - 2)}\n`;

const MANIFESTS: Readonly<Record<string, string>> = {
  "whole": BASE + INCREMENT + SECOND,
  "of 0 bytes": "",
  "of a line break": "\n",
  "with an empty line": `${BASE}\n${INCREMENT}`,
  "without the last line break": (BASE + INCREMENT).slice(0, -1),
  "of comments": "# nothing\n#\n",
  "with comments": `# a\n${BASE}#b\n${INCREMENT}`,
  "that ends with a comment without a line break": `${BASE}# end`,
  "with a space before a comment": ` # a\n${BASE}`,
  "with CR LF": BASE.replace("\n", "\r\n"),
  "with more space": " file\t base  seq 1 \t type b \n",
  "with a form feed": "file base\fseq 1 type b\n",
  "with names in capitals": "FILE base Seq 1 TYPE b\n",
  "with a type in capitals": "file base seq 1 type B\n",
  "with a line of 1024 characters": lineOf(1024),
  "with a line of 1025 characters": lineOf(1025),
  "with a comment of 1024 characters": comment(1024) + BASE,
  "with a comment of 1025 characters": comment(1025) + BASE,
  "with a comment whose rest is a line": `#${"x".repeat(1023)}${BASE}`,
  "with a longer type": "file base seq 1 type base\nfile one seq 1 type incr\n",
  "with an unknown type": "file base seq 1 type x\n",
  "with an empty type": 'file base seq 1 type ""\n',
  "with a sequence number of 0": "file base seq 0 type b\n",
  "with a negative sequence number": "file base seq -1 type b\n",
  "with a negative sequence number of an increment": "file one seq -1 type i\n",
  "with digits and more": "file base seq 1x type b\n",
  "with a plus": "file base seq +1 type b\n",
  "with a space in the number": 'file base seq " 1" type b\n',
  "with a no-break space in the number": 'file base seq "\xa01" type b\n',
  "with a word for a number": "file base seq one type b\n",
  "with a slash": "file ./base seq 1 type b\n",
  "with a backslash": "file ba\\se seq 1 type b\n",
  "with a slash in a name that is not the last": "file ./base file base seq 1 type b\n",
  "with two names": "file one file base seq 1 type b\n",
  "with an empty name": 'file "" seq 1 type b\n',
  "with a name in double quotes": 'file "a b" seq 1 type b\n',
  "with a name in single quotes": "file 'a b' seq 1 type b\n",
  "with an escape": 'file "\\x62ase" seq 1 type b\n',
  "with an escaped NUL": 'file "base\\x00more" seq 1 type b\n',
  "with a quote in a word": 'file ba"se" seq 1 type b\n',
  "with a quote that is not closed": 'file "base seq 1 type b\n',
  "with a word after a quote": 'file "ba"se seq 1 type b\n',
  "with a NUL byte": "file base seq 1 type b\0\n",
  "with a NUL byte in a comment": `#\0\n${BASE}`,
  "with an unknown field": "file base other x seq 1 type b\n",
  "with an odd number of words": "file base seq 1 type b other\n",
  "without a type": "file base seq 1 other b\n",
  "with a field missing": "file base seq 1\n",
  "without base": INCREMENT + SECOND,
  "with two bases": `${BASE}file one seq 2 type b\n`,
  "with the base last": INCREMENT + BASE,
  "with increments in the wrong order": BASE + SECOND + INCREMENT,
  "with an increment twice": BASE + INCREMENT + INCREMENT,
  "with a gap": `${BASE}file one seq 5 type i\nfile two seq 9 type i\n`,
  "with a base that is missing": `file missing seq 1 type b\n${INCREMENT}`,
  "with an increment that is missing": `${BASE}file missing seq 1 type i\n`,
  "with history that is missing": `${BASE}file missing seq 1 type h\n${INCREMENT}`,
  "of history": "file one seq 1 type h\n",
  "with an empty base": `file empty seq 1 type b\n${INCREMENT}`,
  "of an empty increment": "file empty seq 1 type i\n",
};

/** The digest of what a server loads; "refused" where it ends by itself instead of starting. */
async function outcome(name: string, command: readonly string[], manifest: string) {
  const directory = await Deno.makeTempDir({ prefix: "denodis-test-" });
  try {
    await Deno.mkdir(`${directory}/appendonlydir`);
    const files = { ...FILES, "appendonly.aof.manifest": manifest };
    for (const [file, text] of Object.entries(files)) {
      await Deno.writeFile(`${directory}/appendonlydir/${file}`, bytesOf(text));
    }
    let server;
    try {
      server = await startServer({ name, command, args: [...AOF_FLAGS, "--dir", directory] });
    } catch (error) {
      assert.match(String(error), /ended with exit code 1 before it answered/);
      return "refused";
    }
    try {
      return await digestOf(server);
    } finally {
      await server.stop();
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const { available } = await oracleState();

Deno.test({
  name: "A damaged manifest is loaded or refused as redis-server does",
  ignore: !available,
  async fn() {
    const differences: string[] = [];
    const seen = new Set<string>();
    for (const [what, manifest] of Object.entries(MANIFESTS).filter((_, i) => i % EVERY === 0)) {
      const [theirs, ours] = await Promise.all([
        outcome("redis-server", ["redis-server"], manifest),
        outcome("denodis", denodisCommand(), manifest),
      ]);
      seen.add(theirs);
      if (theirs !== ours) {
        differences.push(`A manifest ${what}: ${theirs} by redis-server, ${ours} by denodis`);
      }
    }
    assert.deepEqual(differences, []);
    assert.ok(seen.has("refused") && seen.size > 2, "The manifests make a difference");
  },
});
