/**
 * A snapshot that takes no notice, for tests of single calls to take over the rest from.
 *
 * @module
 */

import type { SnapshotObserver } from "../../src/store/database.ts";

/** Does nothing. */
export const NO_SNAPSHOT: SnapshotObserver = {
  beforeChange() {},
  created() {},
  flushed: () => false,
  swapped() {},
  holds: () => false,
};
