/**
 * The oracle's replies to the hand-written cases, kept in the repository (one file a group) for machines without an
 * oracle. The first line names the oracle; then a line a case: its name and a reply for each step, or where the two
 * protocol versions are answered differently, an object with the replies of each.
 *
 * @module
 */

import type { CaseGroup, FullCase } from "./case.ts";
import { difference, recordable, type Transcript } from "./compare.ts";

/** The recorded replies of one case. A version of the protocol that the case does not run under is missing. */
interface RecordedCase {
  2?: readonly (string | null)[];
  3?: readonly (string | null)[];
}

/** The recorded replies of one group, by the cases' names. */
export class Recording {
  readonly #group: CaseGroup;
  readonly #cases = new Map<string, RecordedCase>();

  /** An empty recording. */
  constructor(group: CaseGroup) {
    this.#group = group;
  }

  /** The recording kept in the repository; empty where there is none yet. */
  static async load(group: CaseGroup): Promise<Recording> {
    const recording = new Recording(group);
    let text: string;
    try {
      text = await Deno.readTextFile(fileOf(group));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return recording;
      throw error;
    }
    const [, ...lines] = text.trimEnd().split("\n");
    for (const line of lines) {
      const [name, recorded] = JSON.parse(line);
      recording.#cases.set(name, Array.isArray(recorded) ? { 2: recorded, 3: recorded } : recorded);
    }
    return recording;
  }

  /** What the oracle answered when this was recorded, or undefined where the case is not in the recording. */
  transcript(one: FullCase, protocol: 2 | 3): Transcript | undefined {
    const replies = this.#cases.get(one.name)?.[protocol];
    return replies === undefined ? undefined : { replies };
  }

  /** Takes up what the oracle answered now; the old reply stays where the case permits the difference. */
  update(one: FullCase, protocol: 2 | 3, transcript: Transcript): void {
    const old = this.#cases.get(one.name) ?? {};
    const replies = transcript.replies.map((reply, index) => {
      const step = one.steps[index];
      if (step.kind !== "send") return reply;
      const before = old[protocol]?.length === one.steps.length ? old[protocol][index] : undefined;
      const keep = typeof before === "string" && difference(step.comparison, before, reply) === undefined;
      return recordable(step.comparison, keep ? before : reply);
    });
    this.#cases.set(one.name, { ...old, [protocol]: replies });
  }

  /** Names in the recording that the group no longer has. */
  leftovers(): string[] {
    const names = new Set(this.#group.cases.map((one) => one.name));
    return [...this.#cases.keys()].filter((name) => !names.has(name));
  }

  /** Writes the recording, in the order of the group's cases. */
  async save(oracle: string): Promise<void> {
    const lines = [JSON.stringify(oracle)];
    for (const one of this.#group.cases) {
      const recorded = this.#cases.get(one.name);
      if (recorded === undefined) continue;
      const same = JSON.stringify(recorded[2]) === JSON.stringify(recorded[3]);
      lines.push(JSON.stringify([one.name, same ? recorded[2] : recorded]));
    }
    const text = `${lines.join("\n")}\n`;
    await Deno.writeTextFile(fileOf(this.#group), text);
  }
}

function fileOf(group: CaseGroup): URL {
  return new URL(`recorded/${group.name}.jsonl`, import.meta.url);
}
