/**
 * Figures to text: medians, spreads, and the Markdown tables that go into the README.
 *
 * @module
 */

/** The middle of `values`, or the mean of the two middle ones; NaN where there are none. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `value` with thousands separators and `digits` decimals. */
export function decimal(value: number, digits = 0): string {
  if (!Number.isFinite(value)) return "n/a";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The median of one figure per round, with its lowest and highest where there were several: `1.02 (0.98 to 1.05)`. */
export function withSpread(values: readonly number[], digits = 2): string {
  const middle = decimal(median(values), digits);
  if (values.length < 2) return middle;
  return `${middle} (${decimal(Math.min(...values), digits)} to ${decimal(Math.max(...values), digits)})`;
}

/** Bytes as mebibytes with one decimal. */
export function mebibytes(bytes: number): string {
  return `${decimal(bytes / 1_048_576, 1)} MiB`;
}

/** A Markdown table; columns after the first are aligned to the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = header.map((_, column) => column === 0 ? "---" : "---:");
  return [header, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** A section of the report: its heading, what was measured, the table. */
export function section(heading: string, parts: readonly string[]): string {
  return [`### ${heading}`, ...parts].join("\n\n") + "\n";
}

/** Tells whoever waits what is going on; on stderr, so that stdout stays Markdown. */
export function progress(text: string): void {
  console.error(`bench: ${text}`);
}
