/**
 * Moving an element from one end of a list to one end of a list, which may be the same one.
 *
 * @module
 */

import { copyBytes } from "../../memory/copy_bytes.ts";
import { roomFor } from "../../memory/headroom.ts";
import { EVENT_LIST } from "../../store/events.ts";
import type { CommandContext } from "../context.ts";
import { prepareList, pushEvent, removePopped, writeList } from "./_internal.ts";

/** Longest element whose copy is made in a buffer that is kept. */
const SCRATCH_BYTES = 4096;
const scratch = new Uint8Array(SCRATCH_BYTES);

/**
 * Pops from the list `source`, that of the key in argument 1, pushes to that of the key in argument 2, and replies the
 * element.
 *
 * @throws {WireError} where the second key is no list
 */
export function moveElement(
  context: CommandContext,
  source: number,
  fromTail: boolean,
  toTail: boolean,
): void {
  const { database, keyspace, reply } = context;
  const { lists } = keyspace;
  const target = writeList(context, 2);
  // What is told of a change may look at lists, so the element is located afterwards.
  database.willChange(source);
  if (target !== 0) database.willChange(target);
  lists.seek(source, fromTail ? -1 : 0);
  lists.get();
  const { page, at, length } = lists;
  reply.bulk(page, at, at + length);
  if (source === target) {
    if (fromTail !== toTail) rotate(context, source, fromTail);
    context.changed(2, EVENT_LIST, pushEvent(toTail), 0);
    context.changed(1, EVENT_LIST, fromTail ? "rpop" : "lpop");
    return;
  }
  if (target === 0) {
    const made = prepareList(context, 2);
    try {
      lists.makeRoom(made, length, 1);
      lists.push(made, toTail, page, at, at + length);
    } catch (error) {
      context.entries.free(made);
      throw error;
    }
    database.place(made);
  } else {
    lists.makeRoom(target, length, 1);
    lists.push(target, toTail, page, at, at + length);
  }
  context.changed(2, EVENT_LIST, pushEvent(toTail), 0);
  removePopped(context, 1, source, fromTail, 1);
}

/** Moves the element that was last got from one end of its list to the other. */
function rotate({ keyspace }: CommandContext, entry: number, fromTail: boolean): void {
  const { lists } = keyspace;
  if (lists.count(entry) === 1) return;
  const { page, at, length } = lists;
  const copy = length <= SCRATCH_BYTES ? scratch : new Uint8Array(roomFor(length));
  copyBytes(page, at, copy, 0, length);
  lists.push(entry, !fromTail, copy, 0, length);
  lists.removeEnd(entry, fromTail, 1);
  lists.shrink(entry);
}
