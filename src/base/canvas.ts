/**
 * A small picture made of pixels, each a whole number: what LOLWUT draws on.
 *
 * @module
 */

/** Pixels in rows; what lies outside is 0 and stays so. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Uint8Array;

  /** A picture of which all pixels are `color`. */
  constructor(width: number, height: number, color: number) {
    this.width = width;
    this.height = height;
    this.#pixels = new Uint8Array(width * height).fill(color);
  }

  /** The color of a pixel. */
  get(x: number, y: number): number {
    return this.#has(x, y) ? this.#pixels[y * this.width + x] : 0;
  }

  /** Colors a pixel. */
  set(x: number, y: number, color: number): void {
    if (this.#has(x, y)) this.#pixels[y * this.width + x] = color;
  }

  #has(x: number, y: number): boolean {
    return x >= 0 && x < this.width && y >= 0 && y < this.height;
  }

  /** Draws a line between two pixels, by Bresenham's algorithm. */
  line([x, y]: readonly [number, number], [endX, endY]: readonly [number, number]): void {
    const [width, height] = [Math.abs(endX - x), Math.abs(endY - y)];
    const [stepX, stepY] = [x < endX ? 1 : -1, y < endY ? 1 : -1];
    let error = width - height;
    this.set(x, y, 1);
    while (x !== endX || y !== endY) {
      const twice = error * 2;
      if (twice > -height) {
        error -= height;
        x += stepX;
      }
      if (twice < width) {
        error += width;
        y += stepY;
      }
      this.set(x, y, 1);
    }
  }
}
