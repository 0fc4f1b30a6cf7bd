/**
 * LOLWUT: the art of Redis 5 and 6, and the version.
 *
 * @module
 */

import { Canvas } from "../../base/canvas.ts";
import { byteStringOfText } from "../../base/bytes.ts";
import type { CommandContext } from "../context.ts";
import { defineCommand } from "../define.ts";

/** Pixels of a braille character and the bit that each sets, columns first. */
const DOTS = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [0, 3], [1, 3]] as const;
const BRAILLE = 0x2800;
/** How a terminal shows the four grays of a Game Boy, from black to white. */
const GRAYS = ["0;30;40m", "0;90;100m", "0;37;47m", "0;97;107m"];
const WHITE = 3;

/** `LOLWUT [VERSION version] [argument ...]` */
export const lolwut = defineCommand({
  name: "LOLWUT",
  group: "server",
  since: "5.0.0",
  summary: "Display some computer art and the Redis version",
  complexity: "",
  history: [],
  deprecated: null,
  arity: -1,
  flags: ["readonly", "fast"],
  categories: [],
  tips: [],
  keys: [],
  arguments: [{ name: "version", type: "integer", token: "VERSION", optional: true }],
  subcommands: [],
  run(context) {
    const { args, reply, server: { settings } } = context;
    const version = args.count >= 3 && args.is(1, "VERSION") ? BigInt.asUintN(32, args.int64(2)) : 0n;
    const art = version === 5n ? schotter(context) : version === 6n ? skyline(context) : "";
    reply.verbatim(byteStringOfText(`${art}Redis ver. ${settings.redisVersion}\n`));
  },
});

/** Argument `i` brought between 1 and `most`, or a default where it is left out. */
function size(
  { args }: CommandContext,
  i: number,
  { initial, most }: { initial: number; most: number },
): number {
  if (i >= args.count) return initial;
  return Math.min(Math.max(args.integer(i), 1), most);
}

/** Georg Nees's picture of squares that fall into disorder: columns, squares in a row, rows of squares. */
function schotter(context: CommandContext): string {
  const columns = size(context, 3, { initial: 66, most: 1000 });
  const across = size(context, 4, { initial: 8, most: 200 });
  const down = size(context, 5, { initial: 12, most: 200 });
  const width = columns * 2;
  const padding = width > 4 ? 2 : 0;
  const side = Math.fround((width - padding * 2) / across);
  const canvas = new Canvas(width, Math.trunc(Math.fround(side * down) + padding * 2), 0);
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      // The first two rows are in order.
      const disorder = () => row > 1 ? (context.keyspace.random() / 2 ** 31 - 1) * row / down : 0;
      const x = Math.trunc(Math.trunc(column * side + side / 2 + padding) + disorder() * side / 3);
      const y = Math.trunc(Math.trunc(row * side + side / 2 + padding) + disorder() * side / 3);
      drawSquare(canvas, { x, y, side, angle: disorder() });
    }
  }
  return `${brailleOf(canvas)}\nGeorg Nees - schotter, plotter on paper, 1968. `;
}

interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  /** Radians. */
  readonly angle: number;
}

function drawSquare(canvas: Canvas, { x, y, side, angle }: Square): void {
  const radius = Math.round(side / Math.SQRT2);
  const corners = [0, 1, 2, 3].map((quarter): [number, number] => {
    const direction = Math.PI / 4 + angle + quarter * Math.PI / 2;
    return [Math.round(Math.sin(direction) * radius + x), Math.round(Math.cos(direction) * radius + y)];
  });
  for (let i = 0; i < 4; i++) canvas.line(corners[i], corners[(i + 1) % 4]);
}

function brailleOf(canvas: Canvas): string {
  let text = "";
  for (let y = 0; y < canvas.height; y += 4) {
    for (let x = 0; x < canvas.width; x += 2) {
      const bits = DOTS.reduce(
        (sum, [right, below], bit) => sum | canvas.get(x + right, y + below) << bit,
        0,
      );
      text += String.fromCharCode(BRAILLE + bits);
    }
    if (y !== canvas.height - 1) text += "\n";
  }
  return text;
}

interface Skyscraper {
  /** Where it begins. */
  readonly x: number;
  readonly width: number;
  readonly height: number;
  readonly hasWindows: boolean;
  readonly color: number;
}

/** A skyline as the backgrounds of 8 bit games have it, after Plaguemon: columns and rows. */
function skyline(context: CommandContext): string {
  const columns = size(context, 3, { initial: 80, most: 1000 });
  const rows = size(context, 4, { initial: 20, most: 1000 });
  const below = (limit: number) => context.keyspace.random() % limit;
  const canvas = new Canvas(columns, rows, WHITE);
  const half = Math.trunc(rows / 2);
  for (const color of [2, 1]) {
    const part = color === 2 ? 2 : 3;
    for (let x = -10; x < columns;) {
      x += below(8);
      const width = 10 + below(9);
      const height = half + Math.trunc(below(rows) / part);
      drawSkyscraper(canvas, { x, width, height, hasWindows: false, color }, below);
      x += color === 2 ? Math.trunc(width / 2) : width + 1;
    }
  }
  for (let x = -10; x < columns;) {
    x += below(8);
    let width = 5 + below(14);
    if (width % 4 > 0) width += width % 3;
    const height = Math.trunc(rows / 3) + Math.trunc(below(rows) / 2);
    drawSkyscraper(canvas, { x, width, height, hasWindows: true, color: 0 }, below);
    x += width + 5;
  }
  return `${graysOf(canvas)}\nDedicated to the 8 bit game developers of past and present.\n` +
    "Original 8 bit image from Plaguemon by hikikomori. ";
}

function drawSkyscraper(canvas: Canvas, house: Skyscraper, below: (limit: number) => number): void {
  const bottom = canvas.height - 1;
  const top = bottom - house.height + 1;
  const right = house.x + house.width;
  for (let y = bottom; y >= top; y--) {
    for (let x = house.x; x < right; x++) {
      // The roof is narrower.
      if (y === top && (x <= house.x + 1 || x >= right - 2)) continue;
      const inside = x > house.x + 1 && x < right - 2 && y > top + 1 && y < bottom - 1;
      // A window is two pixels wide.
      const [column, row] = [x - (house.x + 1), y - (top + 1)];
      const isWindow = house.hasWindows && inside && Math.trunc(column / 2) % 2 === 1 && row % 2 === 1;
      if (!isWindow) canvas.set(x, y, house.color);
      else canvas.set(x, y, column % 2 === 1 ? canvas.get(x - 1, y) : 1 + below(2));
    }
  }
}

function graysOf(canvas: Canvas): string {
  const lines: string[] = [];
  for (let y = 0; y < canvas.height; y++) {
    let line = "";
    for (let x = 0; x < canvas.width; x++) line += `\x1b[${GRAYS[canvas.get(x, y)]} \x1b[0m`;
    lines.push(line);
  }
  return lines.join("\n");
}
