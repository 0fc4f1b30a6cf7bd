/**
 * Scripts in the server: EVAL and its like, the scripts that are kept, and those that run for long.
 *
 * @module
 */

import { textOfByteString } from "../base/bytes.ts";
import {
  BUSY_FUNCTION,
  BUSY_SCRIPT,
  CountedError,
  FUNCTION_NOT_FOUND,
  FUNCTION_NUMKEYS,
  NO_SCRIPT,
  NUMKEYS_NEGATIVE,
  OUT_OF_MEMORY,
  SCRIPT_MACHINE_BROKEN,
  SCRIPT_NOT_BUSY,
  SCRIPT_UNKILLABLE,
  SCRIPT_WRITE_FLAG_READ_ONLY,
  TOO_MANY_NUMKEYS,
  WireError,
} from "../base/errors.ts";
import {
  type CommandContext,
  type RunningFunction,
  SCRIPT_END,
  type Scripting,
  type ScriptMemory,
} from "../commands/context.ts";
import type { Args } from "../resp/args.ts";
import type { ReplyWriter } from "../resp/reply_writer.ts";
import { FunctionLibraries } from "../scripting/function_libraries.ts";
import { LuaEngine } from "../scripting/lua_engine.ts";
import { parseShebang, ScriptCache } from "../scripting/script_cache.ts";
import {
  REPLICATION_ALL,
  type ScriptEnd,
  type ScriptFlags,
  type ScriptHost,
  type ScriptRun,
} from "../scripting/script_run.ts";
import type { Dispatcher } from "./dispatch.ts";

/** Milliseconds of a slow script between two turns of the others. */
const SLICE = 5;
/** Bytes of a machine's memory beyond which it is replaced when its script is done: it cannot give any back. */
const KEPT_MEMORY = 64 * 1024 * 1024;

/** Which argument of EVAL and FCALL is the first key. */
const FIRST_KEY = 3;

/** What scripts need of the server. */
export interface ScriptsParts {
  readonly dispatcher: Dispatcher;
  readonly redisVersion: string;
  /** Milliseconds after which a script is slow (`busy-reply-threshold`). */
  readonly busyThreshold: () => number;
  /** Writes to the server's log: 0 debug, 1 verbose, 2 notice, 3 warning. */
  readonly log: (level: number, text: string) => void;
  /** Whether work in the background has to wait, as a script is in the middle of something. */
  readonly hold: (isHeld: boolean) => void;
}

/** All scripts of a server. */
export class Scripts implements Scripting, ScriptHost {
  readonly functions: FunctionLibraries;
  readonly #parts: ScriptsParts;
  readonly #cache = new ScriptCache();
  /** The machine that runs EVAL; made when it is needed. */
  #engine: LuaEngine | null = null;
  /** The machine whose script runs. */
  #running: LuaEngine | null = null;
  #turnedAt = 0;
  #stopped = false;
  /** The one run there is at a time. */
  readonly #run: ScriptRun = {
    ...{
      kind: "eval",
      name: "",
      readOnly: false,
      allowOom: false,
      written: false,
      killed: false,
      busy: false,
    },
    ...{ protocol: 2, replication: REPLICATION_ALL, startedAt: 0 },
  };
  /** The request whose script runs. */
  #context: CommandContext | null = null;

  constructor(parts: ScriptsParts) {
    this.#parts = parts;
    this.functions = new FunctionLibraries(
      () => new LuaEngine(this, parts.redisVersion, "function"),
      (text) => parts.log(3, text),
    );
  }

  /** Lets no script go on that is slow: the server is stopping. */
  stop(): void {
    this.#stopped = true;
  }

  /** The script that runs, null: none does. */
  get run(): ScriptRun | null {
    return this.#running?.run ?? null;
  }

  memory(): ScriptMemory {
    return {
      evalMachine: this.#engine?.machine.memory ?? 0,
      evalScripts: this.#cache.bytes,
      scripts: this.#cache.size,
      functionMachine: this.functions.machineBytes,
      functions: this.functions.bytes,
    };
  }

  #evalEngine(): LuaEngine {
    return this.#engine ??= new LuaEngine(this, this.#parts.redisVersion, "eval");
  }

  evaluate(
    context: CommandContext,
    { bySha, readOnly }: { bySha: boolean; readonly readOnly: boolean },
  ): void {
    const { args } = context;
    if (bySha && args.length(1) !== 40) throw NO_SCRIPT;
    const keys = numberOfKeys(args);
    const script = bySha
      ? this.#cache.find(args.bytes, args.start(1), args.end(1))
      : this.#cache.add(args.view(1), () => this.#evalEngine());
    if (script === undefined) throw NO_SCRIPT;
    this.#checkState(context, script.flags);
    checkReadOnly(script.flags, readOnly);
    const engine = this.#evalEngine();
    this.#prepareRun("eval", script.sha, script.flags, readOnly);
    const isFirst = !script.hasRun;
    script.hasRun = true;
    this.#start(context, engine, this.#cache.referenceIn(script, engine), keys, script.isBrief, isFirst);
  }

  callFunction(context: CommandContext, { readOnly }: { readonly readOnly: boolean }): void {
    const { args } = context;
    const called = this.functions.find(args.text(1));
    if (called === undefined) throw FUNCTION_NOT_FOUND;
    this.#checkState(context, called.flags);
    const keys = numberOfKeys(args, FUNCTION_NUMKEYS);
    checkReadOnly(called.flags, readOnly);
    this.#prepareRun("function", called.name, called.flags, readOnly);
    this.#start(context, this.functions.engine, called.reference, keys, false, false);
  }

  saysNoWrites(command: string, args: Args): boolean {
    return this.#flagsOf(command, args)?.noWrites === true;
  }

  /** What the script or function of a request says of itself; null where it says nothing or cannot be run. */
  #flagsOf(command: string, args: Args): ScriptFlags | null {
    switch (command) {
      case "eval":
        try {
          return parseShebang(args.view(1)).flags;
        } catch (error) {
          if (error instanceof WireError) return null;
          throw error;
        }
      case "evalsha":
        return this.#cache.find(args.bytes, args.start(1), args.end(1))?.flags ?? null;
      case "fcall":
        return this.functions.find(args.text(1))?.flags ?? null;
      default:
        return null;
    }
  }

  /** Checks whether a script may run as things stand, by what it says of itself. @throws {WireError} */
  #checkState({ keyspace }: CommandContext, flags: ScriptFlags | null): void {
    if (flags === null || flags.noWrites) return;
    const writesDenied = this.#parts.dispatcher.restrictions?.writesDenied;
    if (writesDenied) throw writesDenied;
    const { eviction } = keyspace;
    const isShort = (eviction.limit > 0 && eviction.refuses) ||
      this.#parts.dispatcher.restrictions?.lacksMemory === true;
    if (isShort && !flags.allowOom) throw OUT_OF_MEMORY;
  }

  /** Runs a script, of whose run `#run` tells. The first one of a script is slow: it may have had to be compiled. */
  #start(
    context: CommandContext,
    engine: LuaEngine,
    reference: number,
    keys: number,
    isBrief: boolean,
    isFirst: boolean,
  ): void {
    const { dispatcher } = this.#parts;
    dispatcher.enterScript(isBrief && !isFirst);
    this.#running = engine;
    this.#context = context;
    const end = engine.begin(this.#run, reference, context.args, FIRST_KEY, keys, isBrief);
    if (end === "suspended") {
      context.ownEffect = true;
      context.waitsFor = SCRIPT_END;
      return;
    }
    this.#finish(end, context);
  }

  #prepareRun(kind: ScriptRun["kind"], name: string, flags: ScriptFlags | null, readOnly: boolean): void {
    const run = this.#run;
    run.kind = kind;
    run.name = name;
    run.readOnly = readOnly || flags?.noWrites === true;
    run.allowOom = flags?.allowOom === true;
    run.written = run.killed = run.busy = false;
    run.protocol = 2;
    run.replication = REPLICATION_ALL;
    run.startedAt = 0;
  }

  /** Replies what a script has returned. */
  #finish(end: ScriptEnd, context: CommandContext): void {
    const engine = this.#running!;
    this.#parts.dispatcher.leaveScript();
    this.#running = null;
    try {
      if (end === "broken") throw SCRIPT_MACHINE_BROKEN;
      const error = engine.finish(context.reply);
      if (error !== null) {
        throw error.isCounted ? new CountedError(error.message) : new WireError(error.message);
      }
    } finally {
      if (engine !== this.#engine) {
        this.functions.ran();
      } else if (engine.broken || engine.machine.memory > KEPT_MEMORY) {
        this.#engine = null;
      }
    }
  }

  ended(end: ScriptEnd): void {
    const { dispatcher, hold } = this.#parts;
    const context = this.#context!;
    dispatcher.busy = null;
    hold(false);
    dispatcher.concludeScript(() => this.#finish(end, context));
  }

  load(text: Uint8Array): string {
    return this.#cache.add(text, () => this.#evalEngine()).sha;
  }

  has(sha: string): boolean {
    return this.#cache.has(sha);
  }

  flush(): void {
    this.#cache.clear();
    this.#engine = null;
  }

  runningFunction(): RunningFunction | null {
    const { run } = this;
    if (run === null) return null;
    if (run.kind === "eval") throw BUSY_SCRIPT;
    const milliseconds = Math.floor(performance.now() - run.startedAt);
    return { name: run.name, request: this.#parts.dispatcher.scriptRequest, milliseconds };
  }

  kill(kind: "eval" | "function"): void {
    const { run } = this;
    if (run === null) throw SCRIPT_NOT_BUSY;
    if (run.written) throw SCRIPT_UNKILLABLE;
    if (run.kind !== kind) throw busyError(run);
    run.killed = true;
    this.#parts.log(3, "Lua script killed by user with SCRIPT KILL.");
  }

  // What scripts ask.

  get args(): Args {
    return this.#parts.dispatcher.args;
  }

  call(run: ScriptRun, reply: ReplyWriter): string | null {
    return this.#parts.dispatcher.callForScript(run, reply);
  }

  mayCall(): boolean | null {
    return this.#parts.dispatcher.mayCallForScript();
  }

  scriptLog(level: number, text: string): void {
    this.#parts.log(level, textOfByteString(text));
  }

  get busyThreshold(): number {
    return this.#parts.busyThreshold();
  }

  becameBusy(run: ScriptRun): void {
    const { dispatcher, log, hold } = this.#parts;
    const elapsed = Math.floor(performance.now() - run.startedAt);
    const kind = run.kind === "eval" ? "SCRIPT" : "FUNCTION";
    log(
      3,
      `Slow script detected: still in execution after ${elapsed} milliseconds. ` +
        `You can try killing the script using the ${kind} KILL command. Script name is: ${run.name}.`,
    );
    dispatcher.busy = busyError(run);
    hold(true);
    this.#turnedAt = 0;
  }

  isTurnDue(): boolean {
    return performance.now() - this.#turnedAt >= SLICE;
  }

  nextTurn(): Promise<void> {
    return new Promise((resolve) =>
      setTimeout(() => {
        // A server that stops leaves the script where it is.
        if (this.#stopped) return;
        this.#turnedAt = performance.now();
        resolve();
      }, 0)
    );
  }
}

/**
 * The number of keys, argument 2 of EVAL and FCALL.
 *
 * @throws {WireError} where it makes no sense; `notANumber` where it is no number
 */
function numberOfKeys(args: Args, notANumber?: WireError): number {
  const keys = args.integer(2, notANumber);
  if (keys > args.count - 3) throw TOO_MANY_NUMKEYS;
  if (keys < 0) throw NUMKEYS_NEGATIVE;
  return keys;
}

/** Refuses to run a script that may write by a command that may not. @throws {WireError} */
function checkReadOnly(flags: ScriptFlags | null, readOnly: boolean): void {
  if (readOnly && flags !== null && !flags.noWrites) throw SCRIPT_WRITE_FLAG_READ_ONLY;
}

function busyError(run: ScriptRun): WireError {
  return run.kind === "eval" ? BUSY_SCRIPT : BUSY_FUNCTION;
}
