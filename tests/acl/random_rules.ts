/**
 * Random rules and requests for the tests of permissions. Names are short and few, so that they meet often.
 *
 * @module
 */

import type { SeededRandom } from "../../src/base/random.ts";

const KEY_PATTERNS = ["*", "a", "a*", "?b", "[ab]c", "k", "", "\\*", "a*b*c", "\xff*"];
const CHANNEL_PATTERNS = ["*", "c", "c*", "news.?", "", "\xff"];
const KEY_PREFIXES = ["~", "%R~", "%W~", "%RW~", "%wr~", "%r~"];
const WORDS = [
  "on",
  "off",
  "nopass",
  "resetpass",
  ">secret",
  ">",
  "<secret",
  "<other",
  "#2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
  "!2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
  "#2bb80d",
  "sanitize-payload",
  "skip-sanitize-payload",
  "allkeys",
  "resetkeys",
  "allchannels",
  "resetchannels",
  "allcommands",
  "nocommands",
  "reset",
  "clearselectors",
  "ON",
  "AllKeys",
  "+@ALL",
  "-@all",
  "+select|0",
  "+select|ONE",
  "+select|\xe0",
  "+select|\xc0",
  "+config|GET",
  "-config|get",
  "+Get",
];
const JUNK = [
  "",
  "+",
  "-",
  "+@",
  "%",
  "%~",
  "%R",
  "%RR~a",
  "%X~a",
  "~a b",
  "&a\tb",
  "(",
  ")",
  "()",
  "(on)",
  "+nosuch",
  "+@nosuch",
  "-select|0",
  "+config|nosuch",
  "+config|get|x",
  "+config|",
  "+get|x|y",
  "+|",
  "junk",
  "~a\0b",
  "allkeys\0x",
  "+get\0x",
  "@all",
  "on ",
  '("+get)',
];

/** What a random rule may name. */
export interface Vocabulary {
  /** Commands and subcommands, `config|get`. */
  readonly commands: readonly string[];
  /** Categories without their `@`. */
  readonly categories: readonly string[];
}

/** A rule that can stand in a selector; a tenth of them make no sense. */
function selectorRule(random: SeededRandom, { commands, categories }: Vocabulary): string {
  switch (random.below(10)) {
    case 0:
    case 1:
      return pick(random, ["+", "-"]) + pick(random, commands);
    case 2:
    case 3:
      return pick(random, ["+@", "-@"]) + pick(random, categories);
    case 4:
    case 5:
      return pick(random, KEY_PREFIXES) + pick(random, KEY_PATTERNS);
    case 6:
      return "&" + pick(random, CHANNEL_PATTERNS);
    case 7:
    case 8:
      return pick(random, WORDS);
    default:
      return pick(random, JUNK);
  }
}

/** A list of rules, byte strings, as the arguments of ACL SETUSER. */
export function randomRules(random: SeededRandom, vocabulary: Vocabulary): string[] {
  const rules: string[] = [];
  for (let left = random.below(8); left > 0; left--) {
    if (random.below(6) > 0) {
      rules.push(selectorRule(random, vocabulary));
      continue;
    }
    const inner = Array.from({ length: random.below(4) }, () => selectorRule(random, vocabulary));
    const selector = `(${inner.join(" ")})`;
    // In one argument, or spread over several.
    if (random.below(2) === 0) rules.push(selector);
    else rules.push(...selector.split(" "));
  }
  return rules;
}

/** Some element of a list. */
export function pick<T>(random: SeededRandom, list: readonly T[]): T {
  return list[random.below(list.length)];
}
