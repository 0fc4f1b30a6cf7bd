/**
 * The directives whose value is a list of things, each with a notation of its own.
 *
 * @module
 */

import {
  defineDirective,
  type Directive,
  type DirectiveTraits,
  formatMemory,
  parseLooseInt64,
  parseMemory,
  Refusal,
  type Setting,
} from "./directive.ts";
import { parseDouble } from "./numbers.ts";
import { quoteArgument } from "./quoting.ts";

/** When to save: after `seconds`, if at least `changes` keys have changed. */
export interface SavePoint {
  readonly seconds: number;
  readonly changes: number;
}

/** Pairs of seconds and changes; the lines of a file add up, and an empty argument forgets those so far. */
export function savePoints(initial: string, traits: DirectiveTraits): Directive<readonly SavePoint[]> {
  return defineDirective<readonly SavePoint[]>({ ...traits, default: initial }, {
    kind: "list",
    several: true,
    accumulates: true,
    read(words) {
      const numbers = withoutLoneEmpty(words).map(parseLooseInt64);
      const value: SavePoint[] = [];
      const texts: string[] = [];
      for (let i = 0; i < numbers.length; i += 2) {
        const [seconds, changes] = [numbers[i], numbers[i + 1]];
        if (seconds === undefined || changes === undefined || seconds < 1n || changes < 0n) {
          throw new Refusal("Invalid save parameters");
        }
        // Redis keeps the changes in a C int.
        const kept = BigInt.asIntN(32, changes);
        value.push({ seconds: Number(seconds), changes: Number(kept) });
        texts.push(`${seconds} ${kept}`);
      }
      return { value, text: texts.join(" ") };
    },
    rewrite(setting) {
      if (setting.text === "") return [{ arguments: '""', force: true }];
      const pairs = setting.text.match(/\S+ \S+/g) ?? [];
      return pairs.map((pair) => ({ arguments: pair, force: true }));
    },
  });
}

/** The most addresses that `bind` takes. */
const MAX_ADDRESSES = 16;

/** Addresses to listen on; a `-` in front means that it may be missing on this machine. */
export function addresses(initial: string, traits: DirectiveTraits): Directive<readonly string[]> {
  return defineDirective<readonly string[]>({ ...traits, default: initial }, {
    kind: "list",
    several: true,
    read(words) {
      const value = withoutLoneEmpty(words);
      if (value.length > MAX_ADDRESSES) throw new Refusal("Too many bind addresses specified.");
      return { value, text: value.join(" ") };
    },
    rewrite(setting, initial) {
      if (setting.text === initial.text) return [];
      return [{ arguments: setting.text === "" ? '""' : setting.text, force: true }];
    },
  });
}

/** The limits of one class of clients; a limit of 0 is none. */
export interface OutputBufferLimit {
  /** Bytes at which a client is closed at once. */
  readonly hard: number;
  /** Bytes at which a client is closed if it stays over them for `softSeconds`. */
  readonly soft: number;
  readonly softSeconds: number;
}

/** Classes of clients with output buffer limits of their own. */
export type ClientClass = "normal" | "replica" | "pubsub";

const CLIENT_CLASSES: readonly ClientClass[] = ["normal", "replica", "pubsub"];
const NO_LIMIT: OutputBufferLimit = { hard: 0, soft: 0, softSeconds: 0 };

/** `class hard soft seconds`, for one class or several; the others stay as they are. */
export function outputBufferLimits(
  initial: string,
  traits: DirectiveTraits,
): Directive<Readonly<Record<ClientClass, OutputBufferLimit>>> {
  return defineDirective<Readonly<Record<ClientClass, OutputBufferLimit>>>({ ...traits, default: initial }, {
    kind: "list",
    several: true,
    base: { normal: NO_LIMIT, replica: NO_LIMIT, pubsub: NO_LIMIT },
    read(words, previous) {
      const given = withoutLoneEmpty(words);
      if (given.length % 4 !== 0) {
        throw new Refusal("Wrong number of arguments in buffer limit configuration.");
      }
      const value = { ...previous };
      for (let i = 0; i < given.length; i += 4) {
        value[readClientClass(given[i])] = readLimit(given.slice(i + 1, i + 4));
      }
      return { value, text: CLIENT_CLASSES.map((name) => describeLimit(name, value[name])).join(" ") };
    },
    rewrite(setting, initial) {
      return CLIENT_CLASSES.map((name) => {
        const limit = setting.value[name];
        const bytes = [limit.hard, limit.soft].map((number) => formatMemory(BigInt(number)));
        return {
          arguments: `${name} ${bytes.join(" ")} ${limit.softSeconds}`,
          force: describeLimit(name, limit) !== describeLimit(name, initial.value[name]),
        };
      });
    },
  });
}

function readClientClass(word: string): ClientClass {
  const lower = word.toLowerCase();
  const found = CLIENT_CLASSES.find((name) => name === (lower === "slave" ? "replica" : lower));
  if (found === undefined) throw new Refusal("Invalid client class specified in buffer limit configuration.");
  return found;
}

function readLimit(words: readonly string[]): OutputBufferLimit {
  const hard = parseMemory(words[0]);
  const soft = parseMemory(words[1]);
  const seconds = parseLooseInt64(words[2]);
  if (hard === undefined || soft === undefined || seconds === undefined || seconds < 0n) {
    throw new Refusal("Error in hard, soft or soft_seconds setting in buffer limit configuration.");
  }
  return { hard: Number(hard), soft: Number(soft), softSeconds: Number(BigInt.asIntN(32, seconds)) };
}

function describeLimit(name: ClientClass, limit: OutputBufferLimit): string {
  // CONFIG GET still calls replicas slaves, so that older tools understand it.
  const shown = name === "replica" ? "slave" : name;
  return `${shown} ${BigInt(limit.hard)} ${BigInt(limit.soft)} ${limit.softSeconds}`;
}

/** Where to replicate from. */
export interface PrimaryAddress {
  readonly host: string;
  readonly port: number;
}

/** `host port`, or `no one`. */
export function primaryAddress(initial: "", traits: DirectiveTraits): Directive<PrimaryAddress | undefined> {
  return defineDirective<PrimaryAddress | undefined>({ ...traits, default: initial }, {
    kind: "list",
    several: true,
    read(words) {
      // The default, which no file can contain: a line always has two arguments.
      if (words.length === 1 && words[0] === initial) return { value: undefined, text: "" };
      if (words.length !== 2) throw new Refusal("wrong number of arguments");
      const [host, portText] = words;
      if (host.toLowerCase() === "no" && portText.toLowerCase() === "one") {
        return { value: undefined, text: "" };
      }
      const port = parseLooseInt64(portText);
      if (port === undefined || port < 0n || port > 65535n) throw new Refusal("Invalid master port");
      return { value: { host, port: Number(port) }, text: `${host} ${port}` };
    },
    rewrite: (setting) => setting.value === undefined ? [] : [{ arguments: setting.text, force: true }],
  });
}

/** The classes of key events that `A` stands for, in the order in which they are printed. */
const ALL_EVENTS = "g$lshzxetd";

/**
 * The classes of key events to publish. The value has one letter for each, `A` being spelled out; the text has `A`
 * where all of its classes are on.
 */
export function keyspaceEvents(initial: string, traits: DirectiveTraits): Directive<string> {
  return defineDirective({ ...traits, default: initial }, {
    kind: "string",
    read([word]) {
      const given = word.replaceAll("A", ALL_EVENTS);
      for (const letter of given) {
        if (!`${ALL_EVENTS}nKEm`.includes(letter)) {
          throw new Refusal("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
        }
      }
      const value = [...`${ALL_EVENTS}nKEm`].filter((letter) => given.includes(letter)).join("");
      return { value, text: value.replace(ALL_EVENTS, "A") };
    },
    rewrite: (setting) => [{ arguments: quoteArgument(setting.text), force: setting.text !== "" }],
  });
}

/** Percentiles between 0 and 100. */
export function percentiles(initial: string, traits: DirectiveTraits): Directive<readonly number[]> {
  return defineDirective<readonly number[]>({ ...traits, default: initial }, {
    kind: "list",
    several: true,
    read(words): Setting<readonly number[]> {
      const value = withoutLoneEmpty(words).map((word) => {
        const number = parseDouble(word);
        if (Number.isNaN(number)) {
          throw new Refusal("Invalid latency-tracking-info-percentiles parameters");
        }
        if (number < 0 || number > 100) {
          throw new Refusal("latency-tracking-info-percentiles parameters should sit between [0.0,100.0]");
        }
        return number;
      });
      return { value, text: value.map((number) => trimZeros(number.toFixed(6))).join(" ") };
    },
    rewrite: (setting) => [{ arguments: setting.text === "" ? '""' : setting.text, force: true }],
  });
}

/** The adjustments of the out-of-memory score: primary, replica, background process. */
export function outOfMemoryScores(initial: string, traits: DirectiveTraits): Directive<readonly number[]> {
  return defineDirective<readonly number[]>({ ...traits, default: initial }, {
    kind: "list",
    several: true,
    read(words) {
      if (words.length !== 3) throw new Refusal("wrong number of arguments");
      const value = words.map((word) => {
        const number = parseLooseInt64(word);
        if (number === undefined || number < -2000n || number > 2000n) {
          throw new Refusal("Invalid oom-score-adj-values, elements must be between -2000 and 2000.");
        }
        return Number(number);
      });
      return { value, text: value.join(" ") };
    },
  });
}

/** A single empty argument is how a list is written that has nothing in it. */
function withoutLoneEmpty(words: readonly string[]): readonly string[] {
  return words.length === 1 && words[0] === "" ? [] : words;
}

function trimZeros(decimal: string): string {
  return decimal.replace(/\.?0+$/, "");
}
