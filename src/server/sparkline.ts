/**
 * Graphs made of characters, as LATENCY GRAPH shows them.
 *
 * @module
 */

/** From the lowest to the highest step of a row. */
const STEPS = "_o#";
/** What stands in the rows below a step. */
const FILL = "|";

/** One column of the graph; its label is written downwards below it. */
export interface SparklineSample {
  readonly value: number;
  readonly label: string;
}

/** How large the graph is. Further samples go into another graph below. */
export interface SparklineSize {
  readonly columns: number;
  readonly rows: number;
}

/** The graph, each line with a line break. */
export function sparkline(samples: readonly SparklineSample[], { columns, rows }: SparklineSize): string {
  const values = samples.map(({ value }) => value);
  const low = Math.min(...values);
  const range = Math.max(...values) - low || 1;
  const steps = STEPS.length * rows;
  const lines: string[] = [];
  for (let from = 0; from < samples.length; from += columns) {
    const shown = samples.slice(from, from + columns);
    if (from > 0) lines.push("");
    const heights = shown.map(({ value }) =>
      Math.min(steps - 1, Math.trunc(((value - low) * steps) / range))
    );
    for (let row = rows - 1; row >= 0; row--) {
      lines.push(heights.map((height) => mark(height - row * STEPS.length)).join(""));
    }
    lines.push(" ".repeat(shown.length));
    const depth = Math.max(...shown.map(({ label }) => label.length));
    for (let i = 0; i < depth; i++) lines.push(shown.map(({ label }) => label[i] ?? " ").join(""));
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** What stands in a row that a column reaches `step` steps into. */
function mark(step: number): string {
  if (step < 0) return " ";
  return STEPS[step] ?? FILL;
}
