/**
 * DEBUG PROTOCOL: a reply of each type that there is, for those who test clients.
 *
 * @module
 */

import { PROTOCOL_TYPE_UNKNOWN, RESP2_UNSUPPORTED } from "../../base/errors.ts";
import type { ReplyWriter } from "../../resp/reply_writer.ts";
import type { CommandContext } from "../context.ts";

const BIG_NUMBER = "1234567999999999999999999999999999999";

/** What is replied for each name. */
const REPLIES: Readonly<Record<string, (reply: ReplyWriter) => void>> = {
  string: (reply) => reply.bulkText("Hello World"),
  integer: (reply) => reply.integer(12345),
  double: (reply) => reply.doubleText("3.141"),
  bignum: (reply) => reply.protocol === 3 ? reply.raw(`(${BIG_NUMBER}\r\n`) : reply.bulkText(BIG_NUMBER),
  null: (reply) => reply.null(),
  array: (reply) => replyThree(reply, () => reply.array(3)),
  set: (reply) => replyThree(reply, () => reply.set(3)),
  map: replyMap,
  attrib: replyAttribute,
  push: replyPush,
  verbatim: (reply) => reply.verbatim("This is a verbatim\nstring"),
  true: (reply) => reply.boolean(true),
  false: (reply) => reply.boolean(false),
};

function replyThree(reply: ReplyWriter, head: () => void): void {
  head();
  for (let i = 0; i < 3; i++) reply.integer(i);
}

function replyMap(reply: ReplyWriter): void {
  reply.map(3);
  for (let i = 0; i < 3; i++) {
    reply.integer(i);
    reply.boolean(i === 1);
  }
}

function replyAttribute(reply: ReplyWriter): void {
  if (reply.protocol === 3) {
    reply.raw("|1\r\n");
    reply.bulkText("key-popularity");
    reply.array(2);
    reply.bulkText("key:123");
    reply.integer(90);
  }
  reply.bulkText("Some real reply following the attribute");
}

function replyPush(reply: ReplyWriter): void {
  if (reply.protocol === 2) throw RESP2_UNSUPPORTED;
  reply.push(2);
  reply.bulkText("server-cpu-usage");
  reply.integer(42);
  reply.bulkText("Some real reply following the push reply");
}

/** `DEBUG PROTOCOL type` */
export function replyOfType({ args, reply }: CommandContext): void {
  const name = args.text(2).toLowerCase();
  if (!Object.hasOwn(REPLIES, name)) throw PROTOCOL_TYPE_UNKNOWN;
  REPLIES[name](reply);
}
