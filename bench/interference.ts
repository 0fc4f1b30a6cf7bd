/**
 * How much of the machine other processes used while something was measured: whether its figures are to be trusted.
 *
 * @module
 */

/** CPU ticks since the machine's and this process's start. */
interface Ticks {
  /** Time of all cores, idle or not. */
  readonly all: number;
  /** Time of all cores in which a process ran. */
  readonly busy: number;
  /** Time that the hypervisor gave to other machines. */
  readonly stolen: number;
  /** What this process and its ended children used. */
  readonly own: number;
}

/** Runs from its construction. The bench's children have to have ended when it is read. */
export class InterferenceMeter {
  readonly #start = readTicks();

  /** Shares from 0 to 1 of the machine's CPU time since the construction. */
  read(): { readonly others: number; readonly stolen: number } {
    const start = this.#start;
    const end = readTicks();
    const all = Math.max(1, end.all - start.all);
    const others = end.busy - start.busy - (end.own - start.own);
    return { others: Math.max(0, others) / all, stolen: (end.stolen - start.stolen) / all };
  }
}

function readTicks(): Ticks {
  // cpu user nice system idle iowait irq softirq steal guest guest_nice; guest time is part of user time.
  const [user, nice, system, idle, iowait, irq, softirq, stolen] = Deno.readTextFileSync("/proc/stat")
    .split("\n", 1)[0].split(/\s+/).slice(1).map(Number);
  const stat = Deno.readTextFileSync("/proc/self/stat");
  // utime, stime, cutime and cstime are fields 14 to 17; the second field, in parentheses, may hold blanks.
  const own = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 15).map(Number);
  const busy = user + nice + system;
  return {
    all: busy + idle + iowait + irq + softirq + stolen,
    busy,
    stolen,
    own: own.reduce((sum, ticks) => sum + ticks, 0),
  };
}
