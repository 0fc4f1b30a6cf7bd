/**
 * How long commands take: INFO's commandstats and latencystats, and who has to hear of slow ones.
 *
 * Reading the clock costs a sixth of what a pipelined GET costs. So brief commands that follow each other are timed
 * together, up to 16 at a time, and each is charged the mean; all others have readings of their own. The sums stay
 * true. Where one of the brief ones replied at length, it gets all that the others cannot have taken. While
 * `precise` is set every command is timed by itself.
 *
 * A script that cannot run for long counts as brief, too: it is charged its own share and those of the commands that it
 * called, which are charged them as well. Any other is timed by itself, and what Lua does between its commands must not
 * be charged to them: of the brief ones every 16th is timed, the others are taken for as fast.
 *
 * @module
 */

import { latencyCell, LatencyHistogram } from "../base/latency_histogram.ts";
import type { Clock } from "../base/clock.ts";
import type { Command } from "../commands/table.ts";

const TOGETHER = 16;
/** A request of more arguments is not brief. */
const BRIEF_ARGUMENTS = 8;
/** Bytes of a reply that were worth most of the time. */
const LONG_REPLY = 8192;
/** What a brief command takes at most beside one with a long reply, microseconds. */
const BRIEF_MICROSECONDS = 1;

/** Hears of a command that took long, while the request is still at hand. */
export type OnSlow = (command: Command, microseconds: number) => void;

/** Times the commands of one dispatcher. */
export class CommandTimer {
  /** Commands that ran. */
  commands = 0;
  /** Whether each command is timed by itself. */
  precise = false;
  /** Whether histograms are kept (`latency-tracking`). */
  keepsHistograms = true;
  /** Whether what runs is called by a script that is timed by itself. */
  apart = false;
  /** From how many microseconds on a command is slow; Infinity: none is. */
  slow = Infinity;
  readonly #clock: Clock;
  readonly #onSlow: OnSlow;
  /** When the clock was read last. */
  #last = 0;
  /** Brief commands that have run since. */
  readonly #brief = new Array<Command | null>(TOGETHER).fill(null);
  /** How many shares of the time each of them is charged: a script's own and those of what it called, else 1. */
  readonly #shares = new Uint8Array(TOGETHER).fill(1);
  #count = 0;
  #replySize = 0;
  /** Whether the last one's request is still at hand. */
  #isAtHand = false;
  /** How many of the brief commands ran before the running script; -1: none runs that is brief. */
  #beforeScript = -1;
  /** When the running script began, as far as is known, and the size of the replies then. */
  #scriptStart = 0;
  #scriptReply = 0;
  /** After how many brief commands of such a script one is timed, and how long that took, microseconds. */
  #unseen = 0;
  #seen = 0;
  /** Commands whose script goes on later: when they began, and when the script was suspended. */
  readonly #suspended: { readonly command: Command; readonly start: number; readonly until: number }[] = [];

  constructor(clock: Clock, onSlow: OnSlow) {
    this.#clock = clock;
    this.#onSlow = onSlow;
  }

  /** Commands run from now on; `replySize` bytes of replies are there already. */
  begin(replySize: number): void {
    if (this.#count > 0) this.#close(false);
    this.#last = this.#clock.microseconds();
    this.#replySize = replySize;
  }

  /** Whether there are brief commands that have not been charged yet. */
  get isOpen(): boolean {
    return this.#count > 0;
  }

  /** Charges the brief commands that are left; `command` is that of the request at hand. */
  end(command: Command | null): void {
    this.#close(this.#isAtHand && this.#brief[this.#count - 1] === command);
  }

  /** Whether a command with so many arguments is timed together with others. */
  isBrief(command: Command, argumentCount: number): boolean {
    return command.isBrief && argumentCount <= BRIEF_ARGUMENTS && !this.precise;
  }

  /** Whether the brief command that comes next is timed by itself for all the same. */
  looks(): boolean {
    if (!this.apart || --this.#unseen > 0) return false;
    this.#unseen = TOGETHER;
    return true;
  }

  /** A brief command has run; `replySize` bytes of replies are there now. */
  ranBrief(command: Command, replySize: number): void {
    if (this.apart) {
      this.commands++;
      return this.#charge(command, this.#seen, latencyCell(this.#seen * 1000));
    }
    this.#isAtHand = true;
    this.#brief[this.#count++] = command;
    if (this.#count === TOGETHER || replySize - this.#replySize > LONG_REPLY) {
      this.#close(true, replySize - this.#replySize > LONG_REPLY);
    }
    this.#replySize = replySize;
  }

  /** A command begins that runs a script; it counts as brief unless `timeScript` follows. */
  startScript(replySize: number): void {
    this.#beforeScript = this.#count;
    this.#scriptStart = this.#last;
    this.#scriptReply = replySize;
  }

  /** Times the script that is about to begin by itself. */
  timeScript(): void {
    if (this.#count > 0) this.#close(false);
    this.#beforeScript = -1;
    this.#unseen = 1;
  }

  /** The command has run that began with `startScript`. */
  ranScript(command: Command, replySize: number): void {
    const before = this.#beforeScript;
    // What it called was too much or took too long to be timed together with it.
    if (before < 0) return this.stop(command, this.#scriptStart, false);
    this.#beforeScript = -1;
    this.#shares[this.#count] = this.#count - before + 1;
    this.#replySize = this.#scriptReply;
    this.ranBrief(command, replySize);
  }

  /** The command that began at `start`, or with `startScript`, goes on when its script does. */
  suspend(command: Command, start = this.#scriptStart): void {
    this.stop(command, start, true);
    this.#suspended.push({ command, start, until: this.#last });
  }

  /** The command has ended that went on later. */
  concluded(command: Command): void {
    const at = this.#suspended.findIndex((each) => each.command === command);
    const [{ start, until }] = this.#suspended.splice(at, 1);
    const now = this.#read();
    command.microseconds += now - until;
    this.#completed(command, now - start);
  }

  /** A request that was not run follows those that were: theirs are not at hand any more. */
  interrupt(): void {
    this.#isAtHand = false;
  }

  /** A command begins that is timed by itself: returns the time. */
  start(): number {
    if (this.#count > 0) this.#close(false);
    else if (this.apart) this.#last = this.#clock.microseconds();
    return this.#last;
  }

  /** The command that began at `start` has ended, or begun to wait. */
  stop(command: Command, start: number, waits: boolean): void {
    const microseconds = this.#read() - start;
    this.commands++;
    command.calls++;
    command.microseconds += microseconds;
    if (this.apart && command.isBrief) this.#seen = microseconds;
    if (!waits) this.#completed(command, microseconds);
  }

  /** A command that waited has run anew, and was counted when it began to. */
  resumed(command: Command, start: number, waits: boolean): void {
    const microseconds = this.#read() - start;
    command.microseconds += microseconds;
    if (!waits) this.#completed(command, microseconds);
  }

  #completed(command: Command, microseconds: number): void {
    if (this.keepsHistograms) histogramOf(command).add(latencyCell(microseconds * 1000));
    if (microseconds >= this.slow) this.#onSlow(command, microseconds);
  }

  /** Reads the clock, ending what brief commands ran before. */
  #read(): number {
    if (this.#count === 0) return this.#last = this.#clock.microseconds();
    this.#close(false);
    return this.#last;
  }

  /** Charges the brief commands; `reports` says whether the last one's request is at hand. */
  #close(reports: boolean, lastIsLong = false): void {
    const now = this.#clock.microseconds();
    const elapsed = now - this.#last;
    const count = this.#count;
    const mean = elapsed / count;
    if (this.#beforeScript >= 0) {
      this.#scriptStart = this.#last + mean * this.#beforeScript;
      this.#beforeScript = -1;
    }
    this.#last = now;
    this.#count = 0;
    this.commands += count;
    const each = lastIsLong ? Math.min(mean, BRIEF_MICROSECONDS) : mean;
    const cell = latencyCell(each * 1000);
    for (let i = 0; i < count - 1; i++) {
      const shares = this.#sharesOf(i);
      this.#charge(this.#brief[i]!, each * shares, shares === 1 ? cell : latencyCell(each * shares * 1000));
    }
    const last = this.#brief[count - 1]!;
    const shares = this.#sharesOf(count - 1);
    const ofLast = elapsed - each * (count - shares);
    this.#charge(last, ofLast, lastIsLong || shares > 1 ? latencyCell(ofLast * 1000) : cell);
    if (reports && ofLast >= this.slow) this.#onSlow(last, ofLast);
  }

  /** How many shares of the time brief command `i` is charged; the next one in its place is charged one. */
  #sharesOf(i: number): number {
    const shares = this.#shares[i];
    if (shares > 1) this.#shares[i] = 1;
    return shares;
  }

  #charge(command: Command, microseconds: number, cell: number): void {
    command.calls++;
    command.microseconds += microseconds;
    if (this.keepsHistograms) histogramOf(command).add(cell);
  }
}

function histogramOf(command: Command): LatencyHistogram {
  return command.latencies ??= new LatencyHistogram();
}
