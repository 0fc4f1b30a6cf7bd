/**
 * Positions on the earth as integers: the bits of latitude and longitude in turns, so that places near to each other
 * often have near numbers. These are the computations of Redis's geohash.c and geohash_helper.c, step by step, so that
 * their results have the same digits and come in the same order.
 *
 * ```text
 *  a cell at step s   latitude and longitude as s bits each: 2^s strips of the world in each direction
 *  its number         [ longitude bit s-1 ][ latitude bit s-1 ] ... [ longitude bit 0 ][ latitude bit 0 ]
 *  a member's score   the number of its cell at step 26: 52 bits
 * ```
 *
 * @module
 */

/** The finest step, that of scores. */
export const GEO_STEP_MAX = 26;
/** The world as Web Mercator (EPSG:900913) has it, in degrees. */
export const LONGITUDE_MAX = 180, LATITUDE_MAX = 85.05112878;

const EARTH_RADIUS = 6372797.560856;
const MERCATOR_MAX = 20037726.37;
const DEGREE = Math.PI / 180;
const BITS_A_HALF = 13, HALF_MASK = (1 << BITS_A_HALF) - 1;
const TWO_TO_26 = 2 ** 26, TWO_TO_63 = 2 ** 63, TWO_TO_64 = 2 ** 64;

/** A place, in degrees. */
export interface Position {
  longitude: number;
  latitude: number;
}

/** A rectangle between degrees of longitude and latitude. */
export interface Area {
  west: number;
  east: number;
  south: number;
  north: number;
}

/** A cell: which strip of the world from west to east, and from south to north, out of 2^step each. */
export interface Cell {
  readonly longitude: number;
  readonly latitude: number;
  readonly step: number;
}

/** What is searched: a circle, or a rectangle on the map, around a centre. */
export interface Shape {
  readonly center: Position;
  /** Of a circle; null: it is a rectangle. */
  readonly radius: number | null;
  /** Of a rectangle. */
  readonly width: number;
  readonly height: number;
  /** Meters in the unit that the lengths are given in. */
  readonly unit: number;
}

/** Whether a place can be encoded. */
export function isOnMap({ longitude, latitude }: Position): boolean {
  return longitude >= -LONGITUDE_MAX && longitude <= LONGITUDE_MAX && latitude >= -LATITUDE_MAX &&
    latitude <= LATITUDE_MAX;
}

/** The cell of a place, in a world that reaches to `latitudeMax`. */
export function cellOf(position: Position, step: number, latitudeMax = LATITUDE_MAX): Cell {
  const strips = 2 ** step;
  const latitude = (position.latitude + latitudeMax) / (latitudeMax + latitudeMax) * strips;
  const longitude = (position.longitude + LONGITUDE_MAX) / (LONGITUDE_MAX + LONGITUDE_MAX) * strips;
  return { longitude: Math.floor(longitude), latitude: Math.floor(latitude), step };
}

/** The number of a cell. */
export function cellNumber({ longitude, latitude }: Cell): number {
  const low = spread(latitude & HALF_MASK) | (spread(longitude & HALF_MASK) << 1);
  const high = spread(latitude >>> BITS_A_HALF) | (spread(longitude >>> BITS_A_HALF) << 1);
  return high * TWO_TO_26 + low;
}

/** The lowest score in a cell, and the one after its last. */
export function scoresOf(cell: Cell): { first: number; end: number } {
  const scale = 2 ** (2 * (GEO_STEP_MAX - cell.step));
  const number = cellNumber(cell);
  return { first: number * scale, end: (number + 1) * scale };
}

/** Puts a 0 before each of 16 bits. */
function spread(bits: number): number {
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}

/** Keeps every second one of 32 bits. */
function gather(bits: number): number {
  bits &= 0x55555555;
  bits = (bits | (bits >>> 1)) & 0x33333333;
  bits = (bits | (bits >>> 2)) & 0x0f0f0f0f;
  bits = (bits | (bits >>> 4)) & 0x00ff00ff;
  return (bits | (bits >>> 8)) & 0x0000ffff;
}

/** The cell at the finest step that a score names; any score does, as C converts it to an integer of 64 bits. */
export function cellOfScore(score: number): Cell {
  let low: number;
  let high: number;
  let shift = BITS_A_HALF;
  if (score >= 0 && score < TWO_TO_26 * TWO_TO_26) {
    const whole = Math.floor(score);
    high = Math.floor(whole / TWO_TO_26);
    low = whole - high * TWO_TO_26;
  } else {
    const bits = toUint64(score);
    high = Number(bits >> 32n);
    low = Number(bits & 0xffffffffn);
    shift = 16;
  }
  return {
    longitude: ((gather(high >>> 1) << shift) | gather(low >>> 1)) >>> 0,
    latitude: ((gather(high) << shift) | gather(low)) >>> 0,
    step: GEO_STEP_MAX,
  };
}

/** A double as an unsigned integer of 64 bits, also where C leaves it to the processor (x86). */
function toUint64(value: number): bigint {
  const outOfRange = 1n << 63n;
  if (value < TWO_TO_63) {
    return value >= -TWO_TO_63 ? BigInt.asUintN(64, BigInt(Math.trunc(value))) : outOfRange;
  }
  return value < TWO_TO_64 ? BigInt(value) : 0n;
}

/** The rectangle of a cell. */
export function areaOf({ longitude, latitude, step }: Cell): Area {
  const strips = 2 ** step;
  return {
    west: -LONGITUDE_MAX + longitude / strips * (LONGITUDE_MAX + LONGITUDE_MAX),
    east: -LONGITUDE_MAX + ((longitude + 1) >>> 0) / strips * (LONGITUDE_MAX + LONGITUDE_MAX),
    south: -LATITUDE_MAX + latitude / strips * (LATITUDE_MAX + LATITUDE_MAX),
    north: -LATITUDE_MAX + ((latitude + 1) >>> 0) / strips * (LATITUDE_MAX + LATITUDE_MAX),
  };
}

/** The place that a score stands for: the middle of its cell. */
export function positionOf(score: number): Position {
  const { west, east, south, north } = areaOf(cellOfScore(score));
  return {
    longitude: Math.max(-LONGITUDE_MAX, Math.min(LONGITUDE_MAX, (west + east) / 2)),
    latitude: Math.max(-LATITUDE_MAX, Math.min(LATITUDE_MAX, (south + north) / 2)),
  };
}

/**
 * Meters between two places on a sphere, by the haversine formula. Now and then (once in 400 times) the last of 17
 * digits is another one than Redis's, because the sine and cosine of C's library are rounded otherwise.
 */
export function distance(a: Position, b: Position): number {
  return 2 * EARTH_RADIUS * Math.asin(halfChord(a, b));
}

/** Half of the straight line between two places, in radii of the earth. */
function halfChord(a: Position, b: Position): number {
  const v = Math.sin((b.longitude * DEGREE - a.longitude * DEGREE) / 2);
  const from = a.latitude * DEGREE;
  const to = b.latitude * DEGREE;
  const u = Math.sin((to - from) / 2);
  return Math.sqrt(u * u + Math.cos(from) * Math.cos(to) * v * v);
}

/** Meters from the centre of a shape to a place, -1 where that lies outside. */
export function distanceWithin(shape: Shape, position: Position): number {
  const { center, radius, unit } = shape;
  if (radius !== null) {
    const meters = distance(center, position);
    return meters > radius * unit ? -1 : meters;
  }
  const northwards = EARTH_RADIUS * Math.abs(position.latitude * DEGREE - center.latitude * DEGREE);
  if (northwards > shape.height * unit / 2) return -1;
  const sideways = { longitude: center.longitude, latitude: position.latitude };
  if (distance(position, sideways) > shape.width * unit / 2) return -1;
  return distance(center, position);
}

/** The rectangle of degrees around a shape. */
function boundsOf({ center, radius, width, height, unit }: Shape): Area {
  const { longitude, latitude } = center;
  const northwards = unit * (radius ?? height / 2) / EARTH_RADIUS / DEGREE;
  const sideways = unit * (radius ?? width / 2) / EARTH_RADIUS;
  // A degree of longitude is shortest at the side that is nearer to a pole.
  const nearest = latitude < 0 ? latitude - northwards : latitude + northwards;
  const eastwards = sideways / Math.cos(nearest * DEGREE) / DEGREE;
  return {
    west: longitude - eastwards,
    east: longitude + eastwards,
    south: latitude - northwards,
    north: latitude + northwards,
  };
}

/** A step whose cells are about as large as a shape, so that it and its eight neighbours cover the shape. */
function estimateStep(meters: number, latitude: number): number {
  if (meters === 0) return GEO_STEP_MAX;
  let step = 1;
  for (; meters < MERCATOR_MAX; step++) meters *= 2;
  step -= 2;
  // Towards the poles cells are narrower.
  if (latitude > 66 || latitude < -66) step--;
  if (latitude > 80 || latitude < -80) step--;
  return Math.max(1, Math.min(GEO_STEP_MAX, step));
}

/** The cell so many places further east and north; the world is round in both directions. */
function neighbor(cell: Cell, east: number, north: number): Cell {
  const mask = 2 ** cell.step - 1;
  return {
    longitude: east === 0 ? cell.longitude : (cell.longitude + east) & mask,
    latitude: north === 0 ? cell.latitude : (cell.latitude + north) & mask,
    step: cell.step,
  };
}

/** The neighbours of a cell, itself first, in the order in which Redis searches them: places east and north. */
const SEARCH_ORDER = [[0, 0], [0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [-1, 1], [1, -1], [-1, -1]] as const;

/** The cells that cover a shape, in the order in which Redis searches them. */
export function cellsOf(shape: Shape): Cell[] {
  const { center, radius, width, height, unit } = shape;
  const bounds = boundsOf(shape);
  const length = radius ?? Math.sqrt((width / 2) * (width / 2) + (height / 2) * (height / 2));
  let cell = cellOf(center, estimateStep(length * unit, center.latitude));
  if (cell.step > 1 && !reaches(cell, bounds)) cell = cellOf(center, cell.step - 1);
  const area = areaOf(cell);
  const skips = cell.step >= 2;
  const cells: Cell[] = [];
  let last = 0;
  SEARCH_ORDER.forEach(([east, north], i) => {
    if (skips && isUseless(area, bounds, east, north)) return;
    const found = neighbor(cell, east, north);
    const before = cells.at(-1);
    // With a huge shape neighbours may be the same cell; Redis does not compare with the first one.
    if (last > 0 && before!.longitude === found.longitude && before!.latitude === found.latitude) return;
    cells.push(found);
    last = i;
  });
  return cells;
}

/** Whether the neighbours of a cell reach to the bounds of what is searched. */
function reaches(cell: Cell, bounds: Area): boolean {
  return areaOf(neighbor(cell, 0, 1)).north >= bounds.north &&
    areaOf(neighbor(cell, 0, -1)).south <= bounds.south &&
    areaOf(neighbor(cell, 1, 0)).east >= bounds.east &&
    areaOf(neighbor(cell, -1, 0)).west <= bounds.west;
}

/** Whether the neighbour in a direction lies outside of what is searched, because the cell itself reaches beyond. */
function isUseless(area: Area, bounds: Area, east: number, north: number): boolean {
  return (north < 0 && area.south < bounds.south) || (north > 0 && area.north > bounds.north) ||
    (east < 0 && area.west < bounds.west) || (east > 0 && area.east > bounds.east);
}

const ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz";
const GEOHASH_LENGTH = 11;

/** The geohash of a score as the rest of the world writes it: of a world that reaches to the poles, 11 characters. */
export function geohashText(score: number): string {
  const bits = cellNumber(cellOf(positionOf(score), GEO_STEP_MAX, 90));
  let text = "";
  // 52 bits are ten characters and a bit; the eleventh is always 0.
  for (let i = 1; i < GEOHASH_LENGTH; i++) text += ALPHABET[Math.floor(bits / 2 ** (52 - 5 * i)) % 32];
  return text + ALPHABET[0];
}
