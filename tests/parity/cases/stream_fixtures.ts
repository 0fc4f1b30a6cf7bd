/**
 * What the cases about streams begin with.
 *
 * @module
 */

import type { Command } from "../case.ts";

/** A time far in the future: IDs that the server completes do not depend on its clock. */
export const TIME = "33177117420000";
/** The largest half of an ID. */
export const MAX = "18446744073709551615";
/** Milliseconds of a day. */
export const DAY = 86_400_000;

/** A stream of five entries. */
export const ENTRIES: readonly Command[] = [
  "XADD s 1-1 a 1 b 2",
  "XADD s 1-2 a 3 b 4",
  "XADD s 2-0 other 5",
  "XADD s 5-5 a 6 b 7",
  ["XADD", "s", "5-6", "a", "", "b", "\xff\x00\r\n"],
];
/** The same with a group. */
export const GROUP: readonly Command[] = [...ENTRIES, "XGROUP CREATE s g 0"];
/** The same with entries that are pending for two consumers. */
export const PENDING: readonly Command[] = [
  ...GROUP,
  "XREADGROUP GROUP g alice COUNT 2 STREAMS s >",
  "XREADGROUP GROUP g bob COUNT 2 STREAMS s >",
];
/** A key that is no stream. */
export const STRING: Command = "SET str x";
