/**
 * The form in which parity cases are written down: requests, and for a reply that may differ from the oracle's, how
 * and why.
 *
 * Arguments are byte strings: "\xff" is one byte. A command is either one string, split at single spaces
 * (`"SET k v"`), or an array of arguments where one is empty or holds a space (`["SET", "k", "a b"]`). `{id2}` and
 * `{address2}` in an argument stand for the client id and the `ip:port` of connection 2.
 *
 * @module
 */

import { encodeRequest, printable } from "../support/replies.ts";

/** A command: its words in one string, or its arguments. */
export type Command = string | readonly string[];

/** How a reply is compared with the oracle's. */
export type Comparison =
  /** Byte for byte. */
  | { readonly how: "exact" }
  /** Same bytes but for every integer and every number in a bulk, which may be `within` apart. */
  | { readonly how: "approximate"; readonly within: number }
  /** As approximate against a live oracle; replies that depend on the time of day are not recorded. */
  | { readonly how: "clock"; readonly within: number }
  /** The same elements in any order: at `depth` 1 those of the reply, at 2 those of the arrays in it. */
  | { readonly how: "sorted"; readonly depth: number; readonly reason: string }
  /** Byte for byte, but that a small list is called listpack, as by Redis 7.2, and quicklist by Redis 7.0. */
  | { readonly how: "encoding" }
  /** Both are errors that begin with the same code. */
  | { readonly how: "errorCode"; readonly reason: string }
  /** Ours matches the pattern, and so does the oracle's. Not recorded. */
  | { readonly how: "like"; readonly pattern: RegExp; readonly reason: string }
  /** Both are INFO sections of that title in which each of the fields has a line. Not recorded. */
  | {
    readonly how: "fields";
    readonly title: string;
    readonly fields: readonly string[];
    readonly reason: string;
  }
  /** Anything goes, as long as it is as many replies. Not recorded. */
  | { readonly how: "ignore"; readonly reason: string };

/** Something that a case does on one of its connections. */
export interface SendStep {
  readonly kind: "send";
  /** The arguments of a command, or undefined where `raw` has the bytes. */
  readonly args: readonly string[] | undefined;
  /** The bytes of a raw request. */
  readonly raw: string;
  /** Replies that the request must get. */
  readonly replies: number;
  /** 1 for the connection that most cases use. */
  readonly connection: number;
  /** Whether each byte is sent by itself. */
  readonly byteByByte: boolean;
  readonly comparison: Comparison;
}

/** The server must have closed the connection, after sending nothing more. */
export interface ClosedStep {
  readonly kind: "closed";
  readonly connection: number;
}

/** We close the connection, whatever it still owes us. */
export interface HangUpStep {
  readonly kind: "hangUp";
  readonly connection: number;
}

/** Lets time pass, for keys that expire. Only ever longer than what it waits for. */
export interface PauseStep {
  readonly kind: "pause";
  readonly milliseconds: number;
}

/** A step in its full form. */
export type Step = SendStep | ClosedStep | HangUpStep | PauseStep;

/** A hand-written case as it stands in a file. */
export interface ParityCase {
  /** Unique in its group; the commands themselves where it is left out. */
  readonly name?: string;
  /** What is sent, in order, each step waiting for its replies. */
  readonly send: readonly (Command | Step)[];
  /** Commands run on another connection before the case and after it, such as CONFIG SET. They must succeed. */
  readonly prepare?: readonly Command[];
  readonly cleanup?: readonly Command[];
  /** Only this protocol version, for cases about protocol versions; both unless told. */
  readonly protocol?: 2 | 3;
  /**
   * For what the oracle does not have yet: the replies by Redis's documentation, one string a step, and since which
   * version. Such a case is not sent to the oracle.
   */
  readonly expect?: {
    readonly since: string;
    readonly resp2: readonly string[];
    readonly resp3?: readonly string[];
  };
}

/** A case with everything filled in. */
export interface FullCase {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly prepare: readonly Command[];
  readonly cleanup: readonly Command[];
  readonly protocols: readonly (2 | 3)[];
  readonly expect: ParityCase["expect"] | undefined;
}

/** The cases of one file. */
export interface CaseGroup {
  readonly name: string;
  readonly cases: readonly FullCase[];
}

/** The protocol versions that cases run under. */
export const PROTOCOLS = [2, 3] as const;

const EXACT: Comparison = { how: "exact" };

/** The arguments of a command. */
export function argumentsOf(command: Command): readonly string[] {
  return typeof command === "string" ? command.split(" ") : command;
}

/** The full form of a step. */
export function stepOf(step: Command | Step): Step {
  if (typeof step === "object" && "kind" in step) return step;
  return {
    kind: "send",
    args: argumentsOf(step),
    raw: "",
    replies: 1,
    connection: 1,
    byteByByte: false,
    comparison: EXACT,
  };
}

function sendStepOf(step: Command | SendStep): SendStep {
  return stepOf(step) as SendStep;
}

/** Bytes as they stand, and how many replies they get; `byteByByte` sends each byte by itself. */
export function raw(bytes: string, options: { replies?: number; byteByByte?: boolean } = {}): SendStep {
  return {
    kind: "send",
    args: undefined,
    raw: bytes,
    replies: options.replies ?? 1,
    connection: 1,
    byteByByte: options.byteByByte ?? false,
    comparison: EXACT,
  };
}

/** A request that gets no reply. */
export function silent(step: Command | SendStep): SendStep {
  return { ...sendStepOf(step), replies: 0 };
}

/** The same step on another connection; 1 is the first, others are opened when first used. */
export function on(connection: number, step: Command | SendStep): SendStep {
  return { ...sendStepOf(step), connection };
}

/** The server closes this connection. */
export function closed(connection = 1): ClosedStep {
  return { kind: "closed", connection };
}

/** We close this connection. */
export function hangUp(connection = 1): HangUpStep {
  return { kind: "hangUp", connection };
}

/** Time passes. */
export function pause(milliseconds: number): PauseStep {
  return { kind: "pause", milliseconds };
}

/** Permits numbers to be `within` apart: times to live. */
export function approximate(step: Command | SendStep, within: number): SendStep {
  return { ...sendStepOf(step), comparison: { how: "approximate", within } };
}

/** Permits numbers that follow the time of day to be `within` apart. */
export function clockBased(step: Command | SendStep, within: number): SendStep {
  return { ...sendStepOf(step), comparison: { how: "clock", within } };
}

/** Permits any order of the elements. */
export function sorted(step: Command | SendStep, reason: string, depth = 1): SendStep {
  return { ...sendStepOf(step), comparison: { how: "sorted", depth, reason } };
}

/** Permits the encoding that small lists and sets have since Redis 7.2. */
export function encoding(step: Command | SendStep): SendStep {
  return { ...sendStepOf(step), comparison: { how: "encoding" } };
}

/** Permits another text after the same error code. */
export function errorCode(step: Command | SendStep, reason: string): SendStep {
  return { ...sendStepOf(step), comparison: { how: "errorCode", reason } };
}

/** Permits whatever matches the pattern, which both servers' replies must. */
export function like(step: Command | SendStep, pattern: RegExp, reason: string): SendStep {
  return { ...sendStepOf(step), comparison: { how: "like", pattern, reason } };
}

/** Permits other figures in a reply of INFO that begins with that section and has these fields. */
export function fields(
  step: Command | SendStep,
  section: { title: string; fields: readonly string[] },
  reason: string,
): SendStep {
  return { ...sendStepOf(step), comparison: { how: "fields", ...section, reason } };
}

/** Permits any reply. */
export function ignore(step: Command | SendStep, reason: string): SendStep {
  return { ...sendStepOf(step), comparison: { how: "ignore", reason } };
}

/** A step as a person reads it: the command's words, or the raw bytes. */
export function describeStep(step: Step): string {
  if (step.kind === "closed") return `(connection ${step.connection} is closed by the server)`;
  if (step.kind === "hangUp") return `(we close connection ${step.connection})`;
  if (step.kind === "pause") return `(${step.milliseconds} ms pass)`;
  const where = step.connection === 1 ? "" : `[${step.connection}] `;
  if (step.args === undefined) {
    return `${where}${printable(step.raw, 200)}${step.byteByByte ? " byte by byte" : ""}`;
  }
  return where +
    step.args.slice(0, 40).map((arg) => /^[!#-~]+$/.test(arg) ? arg.slice(0, 200) : printable(arg, 200)).join(
      " ",
    );
}

/** The bytes of a step, its placeholders replaced by `fill`. */
export function bytesOfStep(step: SendStep, fill: (arg: string) => string): string {
  return step.args === undefined ? step.raw : encodeRequest(step.args.map(fill));
}

/** The cases without those that do the same as one before: for lists that are put together from several. */
export function distinct(cases: readonly ParityCase[]): ParityCase[] {
  const seen = new Set<string>();
  return cases.filter((one) => {
    const name = one.name ?? JSON.stringify(one.send);
    return !seen.has(name) && seen.add(name);
  });
}

/** A group of cases with names and defaults filled in. Throws where two have the same name. */
export function caseGroup(name: string, cases: readonly ParityCase[]): CaseGroup {
  const names = new Set<string>();
  const full = cases.map((one) => {
    const steps = one.send.map(stepOf);
    const caseName = one.name ?? steps.map(describeStep).join("; ");
    if (names.has(caseName)) throw new Error(`Two parity cases in ${name} are called ${caseName}`);
    names.add(caseName);
    return {
      name: caseName,
      steps,
      prepare: one.prepare ?? [],
      cleanup: one.cleanup ?? [],
      protocols: one.protocol === undefined ? PROTOCOLS : [one.protocol],
      expect: one.expect,
    };
  });
  return { name, cases: full };
}

/** A case for each request, named by itself: what `before` sends first, the request, and what `after` asks. */
export function each(
  requests: readonly (Command | Step)[],
  around: { before?: readonly (Command | Step)[]; after?: readonly (Command | Step)[] } = {},
): ParityCase[] {
  return requests.map((request) => ({ send: [...around.before ?? [], request, ...around.after ?? []] }));
}

/** The wrong-arity cases of a command: too few and, where it takes a fixed number, too many arguments. */
export function wrongArity(command: string, counts: readonly number[]): ParityCase[] {
  return counts.map((count) => ({
    name: `wrong arity: ${command} with ${count} arguments`,
    send: [[...command.split(" "), ...Array.from({ length: count }, (_, index) => `a${index}`)]],
  }));
}
