/**
 * How far a group has come in its stream, as Redis estimates it: a count of entries that is kept as long as no deleted
 * entries make it wrong, and found anew where that is possible.
 *
 * @module
 */

import { UNKNOWN_ENTRIES_READ } from "./stream_groups.ts";
import { StreamId } from "./stream_id.ts";
import { FIRST_ID, LAST_ID, MAX_DELETED_ID } from "./stream_layout.ts";
import type { Streams } from "./stream_value.ts";

const first = new StreamId();
const last = new StreamId();
const deleted = new StreamId();

/** Whether entries have been deleted, other than at the beginning, that would come at `id` or after it. */
export function hasDeletedFrom(streams: Streams, stream: number, id: StreamId): boolean {
  streams.readId(stream, MAX_DELETED_ID, deleted);
  if (streams.length(stream) === 0 || deleted.isMin) return false;
  streams.readId(stream, FIRST_ID, first);
  return first.compare(deleted) <= 0 && id.compare(deleted) <= 0;
}

/** How many entries have been added up to the one with this ID; UNKNOWN_ENTRIES_READ where that cannot be said. */
export function entriesUpTo(streams: Streams, stream: number, id: StreamId): bigint {
  const added = streams.entriesAdded(stream);
  const length = BigInt(streams.length(stream));
  if (added === 0n) return 0n;
  streams.readId(stream, LAST_ID, last);
  const position = id.compare(last);
  if (position === 0 || (length === 0n && position < 0)) return added;
  if (position > 0) return UNKNOWN_ENTRIES_READ;
  streams.readId(stream, FIRST_ID, first);
  streams.readId(stream, MAX_DELETED_ID, deleted);
  if (deleted.isMin || deleted.compare(first) < 0) {
    const fromFirst = id.compare(first);
    if (fromFirst < 0) return added - length;
    if (fromFirst === 0) return added - length + 1n;
  }
  return UNKNOWN_ENTRIES_READ;
}

/** How many entries a group has yet to be given, or null where that cannot be said. */
export function groupLag(streams: Streams, stream: number, group: number): bigint | null {
  const { groups } = streams;
  const added = streams.entriesAdded(stream);
  if (added === 0n) return 0n;
  const delivered = new StreamId();
  groups.readDelivered(group, delivered);
  let read = groups.entriesRead(group);
  if (read === UNKNOWN_ENTRIES_READ || hasDeletedFrom(streams, stream, delivered)) {
    read = entriesUpTo(streams, stream, delivered);
  }
  return read === UNKNOWN_ENTRIES_READ ? null : BigInt.asIntN(64, added - read);
}

/** Notes that a group has been given the entry with this ID, if it is the furthest so far; whether it is. */
export function advanceGroup(streams: Streams, stream: number, group: number, id: StreamId): boolean {
  const { groups } = streams;
  groups.readDelivered(group, last);
  if (id.compare(last) <= 0) return false;
  if (groups.knowsEntriesRead(group) && !hasDeletedFrom(streams, stream, id)) groups.countEntryRead(group);
  else if (streams.entriesAdded(stream) !== 0n) {
    groups.setEntriesRead(group, entriesUpTo(streams, stream, id));
  }
  groups.setDelivered(group, id);
  return true;
}
