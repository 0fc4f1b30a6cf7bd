/**
 * Sorting only as far as needed, in exactly the order that Redis's pqsort leaves equal elements in. It is the quicksort
 * of Bentley and McIlroy ("Engineering a Sort Function", 1993) as BSD has it, which leaves out what lies outside of a
 * range.
 *
 * @module
 */

/** Order of two elements: negative, zero or positive. */
export type Compare<T> = (a: T, b: T) => number;

/** Shorter stretches than this are sorted by insertion. */
const INSERTION_MAX = 7;
/** In longer ones than this the pivot is chosen of nine elements. */
const PSEUDOMEDIAN_MIN = 40;

/** Sorts `array` so that the elements from `first` to `last` are where they belong. */
export function partialSort<T>(array: T[], compare: Compare<T>, first: number, last: number): void {
  sortRange(array, compare, 0, array.length, first, last);
}

function sortRange<T>(
  array: T[],
  compare: Compare<T>,
  start: number,
  length: number,
  first: number,
  last: number,
): void {
  for (;;) {
    if (length < INSERTION_MAX) return insertionSort(array, compare, start, length);
    swap(array, start, pivotOf(array, compare, start, length));
    const { smaller, larger } = partition(array, compare, start, length);
    if (smaller > 1 && last >= start && first < start + smaller) {
      sortRange(array, compare, start, smaller, first, last);
    }
    const rest = start + length - larger;
    if (larger <= 1 || last < rest || first >= rest + larger) return;
    start = rest;
    length = larger;
  }
}

function insertionSort<T>(array: T[], compare: Compare<T>, start: number, length: number): void {
  for (let i = start + 1; i < start + length; i++) {
    for (let j = i; j > start && compare(array[j - 1], array[j]) > 0; j--) swap(array, j, j - 1);
  }
}

function pivotOf<T>(array: T[], compare: Compare<T>, start: number, length: number): number {
  let middle = start + (length >>> 1);
  if (length === INSERTION_MAX) return middle;
  let low = start;
  let high = start + length - 1;
  if (length > PSEUDOMEDIAN_MIN) {
    const step = length >>> 3;
    low = median(array, compare, low, low + step, low + 2 * step);
    middle = median(array, compare, middle - step, middle, middle + step);
    high = median(array, compare, high - 2 * step, high - step, high);
  }
  return median(array, compare, low, middle, high);
}

function median<T>(array: T[], compare: Compare<T>, a: number, b: number, c: number): number {
  if (compare(array[a], array[b]) < 0) {
    if (compare(array[b], array[c]) < 0) return b;
    return compare(array[a], array[c]) < 0 ? c : a;
  }
  if (compare(array[b], array[c]) > 0) return b;
  return compare(array[a], array[c]) < 0 ? a : c;
}

/** Puts what is smaller than the first element at the beginning and what is larger at the end; returns how many each. */
function partition<T>(
  array: T[],
  compare: Compare<T>,
  start: number,
  length: number,
): { smaller: number; larger: number } {
  const end = start + length;
  // Equal elements are collected at both ends: in [start, equalLeft) and in (equalRight, end).
  let equalLeft = start + 1;
  let left = start + 1;
  let right = end - 1;
  let equalRight = end - 1;
  for (;;) {
    for (let order; left <= right && (order = compare(array[left], array[start])) <= 0; left++) {
      if (order === 0) swap(array, equalLeft++, left);
    }
    for (let order; left <= right && (order = compare(array[right], array[start])) >= 0; right--) {
      if (order === 0) swap(array, right, equalRight--);
    }
    if (left > right) break;
    swap(array, left++, right--);
  }
  const smaller = left - equalLeft;
  const larger = equalRight - right;
  swapRanges(array, start, left, Math.min(equalLeft - start, smaller));
  swapRanges(array, left, end, Math.min(larger, end - equalRight - 1));
  return { smaller, larger };
}

/** Exchanges `count` elements from `start` on with those before `end`. */
function swapRanges<T>(array: T[], start: number, end: number, count: number): void {
  for (let i = 0; i < count; i++) swap(array, start + i, end - count + i);
}

function swap<T>(array: T[], a: number, b: number): void {
  const element = array[a];
  array[a] = array[b];
  array[b] = element;
}
