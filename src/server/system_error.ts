/**
 * What the operating system says about a failure, in the words that Redis's messages have from `strerror`.
 *
 * @module
 */

/** The system's own text of an error: `No such file or directory` without Deno's additions, such as the path. */
export function systemErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /^(.*?) \(os error \d+\)/.exec(error.message)?.[1] ?? error.message.split(":")[0];
}

/** Whether an error says that there is no memory for a buffer. */
export function isAllocationFailure(error: unknown): boolean {
  return error instanceof RangeError &&
    /allocation failed|Invalid (typed )?array.*length/i.test(error.message);
}
