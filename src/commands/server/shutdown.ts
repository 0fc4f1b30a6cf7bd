/**
 * SHUTDOWN.
 *
 * @module
 */

import { NO_SHUTDOWN, SYNTAX } from "../../base/errors.ts";
import type { Args } from "../../resp/args.ts";
import { defineCommand } from "../define.ts";

/** `SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE] [ABORT]` */
export const shutdown = defineCommand({
  name: "SHUTDOWN",
  group: "server",
  since: "1.0.0",
  summary: "Synchronously save the dataset to disk and then shut down the server",
  complexity:
    "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
  history: [["7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers."]],
  deprecated: null,
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "no_multi", "allow_busy"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [
    {
      name: "nosave_save",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "nosave", type: "pure-token", token: "NOSAVE" },
        { name: "save", type: "pure-token", token: "SAVE" },
      ],
    },
    { name: "now", type: "pure-token", token: "NOW", since: "7.0.0", optional: true },
    { name: "force", type: "pure-token", token: "FORCE", since: "7.0.0", optional: true },
    { name: "abort", type: "pure-token", token: "ABORT", since: "7.0.0", optional: true },
  ],
  subcommands: [],
  run({ args, reply, server }) {
    const words = parseWords(args);
    const has = (word: Word) => words.has(word);
    if (has("ABORT") ? words.size > 1 : has("SAVE") && has("NOSAVE")) throw SYNTAX;
    if (has("ABORT")) {
      if (!server.abortShutdown()) throw NO_SHUTDOWN;
      reply.ok();
      return;
    }
    const save = has("SAVE") ? true : has("NOSAVE") ? false : null;
    server.shutdown({ save, now: has("NOW"), force: has("FORCE") });
  },
});

const WORDS = ["NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"] as const;
type Word = typeof WORDS[number];

function parseWords(args: Args): Set<Word> {
  const words = new Set<Word>();
  for (let i = 1; i < args.count; i++) {
    const word = WORDS.find((word) => args.is(i, word));
    if (word === undefined) throw SYNTAX;
    words.add(word);
  }
  return words;
}
