/**
 * All that a server holds, in a form that two servers share where they hold the same.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Executor } from "../support/executor.ts";
import { parseReplies, printable, type Reply } from "../support/replies.ts";

/** What reads the whole of a value, by TYPE. Streams and strings lie in the same bytes wherever they are. */
const READERS: Readonly<Record<string, readonly string[]>> = {
  string: ["DUMP"],
  list: ["LRANGE", "0", "-1"],
  set: ["SMEMBERS"],
  zset: ["ZRANGE", "0", "-1", "WITHSCORES"],
  hash: ["HGETALL"],
  stream: ["DUMP"],
};

/**
 * Each key with its database, type, time of expiry and value, sorted. Keys whose time has come count as not there.
 *
 * @param streams what is compared of streams: the bytes in which they lie, or what requests could make again: not how
 * entries lie in nodes, when consumers were seen, and what is pending of entries that are not there any more
 */
export function contentsOfExecutor(executor: Executor, streams: "bytes" | "entries" = "bytes"): string[] {
  const contents: string[] = [];
  const before = executor.session.database;
  for (const { index } of executor.keyspace.databases) {
    executor.run("SELECT", String(index));
    for (const key of textsOf(executor.run("KEYS", "*"))) {
      const type = executor.run("TYPE", key).slice(1, -2);
      const [name, ...rest] = READERS[type];
      const reply = executor.run(name, key, ...rest);
      const value = type === "set"
        ? textsOf(reply).sort().join("\0")
        : type === "hash"
        ? fields(executor, key)
        : type === "stream" && streams === "entries"
        ? streamEntries(executor, key)
        : reply;
      contents.push([index, key, type, executor.run("PEXPIRETIME", key), value].join("\0"));
    }
  }
  executor.run("SELECT", String(before));
  return contents.sort();
}

/** Compares what two servers hold, and says where they first differ without printing it whole. */
export function assertSameKeys(actual: readonly string[], expected: readonly string[]): void {
  const shown = (text: string | undefined) => text === undefined ? "nothing" : printable(text, 300);
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
    if (actual[i] !== expected[i]) assert.fail(`There is ${shown(actual[i])}, not ${shown(expected[i])}`);
  }
}

/** A hash's fields with values and times of expiry, sorted. */
function fields(executor: Executor, key: string): string {
  const texts = textsOf(executor.run("HGETALL", key));
  const names = texts.filter((_, i) => i % 2 === 0);
  const [times] = parseReplies(executor.run("HPEXPIRETIME", key, "FIELDS", String(names.length), ...names));
  return names.map((name, i) => `${name}\0${texts[2 * i + 1]}\0${times.items?.[i]?.text}`).sort().join("\0");
}

/** A stream's entries, IDs and groups. */
function streamEntries(executor: Executor, key: string): string {
  const entries = executor.run("XRANGE", key, "-", "+");
  const ids = new Set(parseReplies(entries)[0].items?.map(({ items }) => items?.[0].text));
  const [reply] = parseReplies(executor.run("XINFO", "STREAM", key, "FULL", "COUNT", "0"));
  const stream = fieldsOf(reply);
  const figures = ["last-generated-id", "max-deleted-entry-id"].map((name) => stream(name).text);
  // A request cannot say a count that has overflowed.
  const added = stream("entries-added").text;
  figures.push(added?.startsWith("-") ? "9223372036854775807" : added);
  const groups = stream("groups").items?.map((item) => {
    const group = fieldsOf(item);
    const consumers = group("consumers").items?.map((item) => fieldsOf(item)("name").text);
    const pending = group("pending").items?.filter(({ items }) => ids.has(items?.[0].text))
      .map(({ items }) => items?.map(({ text }) => text).join(" "));
    const own = ["name", "last-delivered-id"].map((name) => group(name).text);
    const read = group("entries-read").text;
    own.push(read?.startsWith("-") ? undefined : read);
    return [...own, consumers?.join(), pending?.join()].join("\0");
  });
  return [entries, ...figures, groups?.join("\0")].join("\0");
}

/** Looks up fields of a reply in which names and values take turns. */
function fieldsOf({ items = [] }: Reply): (name: string) => Reply {
  return (name) => {
    const at = items.findIndex(({ text }, i) => i % 2 === 0 && text === name);
    if (at < 0) throw new Error(`There is no field ${name}`);
    return items[at + 1];
  };
}

/** The texts of an array of bulks. */
function textsOf(reply: string): string[] {
  return (parseReplies(reply)[0].items ?? []).map(({ text }) => text ?? "");
}
