/**
 * DEBUG DIGEST: hashes of the data that do not depend on the order in which unordered elements lie, nor on encodings.
 *
 * A digest is 20 bytes. *Adding* bytes to it is to xor their SHA-1 into it, so that the order does not matter; *mixing*
 * them in is to add them and then hash the digest itself, so that it does. These are Redis's own digests.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { DOUBLE_TEXT_MAX, writeDouble } from "../../base/double_bytes.ts";
import type { Database } from "../../store/database.ts";
import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_STRING, TYPE_ZSET } from "../../store/entry.ts";
import type { Keyspace } from "../../store/keyspace.ts";
import { StreamId } from "../../store/types/stream_id.ts";

const DIGEST_BYTES = 20;
/** What is added for a key that expires, whenever that is. */
const EXPIRES = Buffer.from("!!expire!!");

const scoreText = new Uint8Array(DOUBLE_TEXT_MAX);
const number = new DataView(new ArrayBuffer(4));
const first = new StreamId();
const last = new StreamId();
first.setMin();
last.setMax();

/** A digest that is being made. */
export class Digest {
  #bytes = new Uint8Array(DIGEST_BYTES);

  /** The digest in hexadecimal. */
  get text(): string {
    return Buffer.from(this.#bytes).toString("hex");
  }

  /** Adds bytes: the order of additions does not matter. */
  add(bytes: Uint8Array): void {
    const hash = createHash("sha1").update(bytes).digest();
    for (let i = 0; i < DIGEST_BYTES; i++) this.#bytes[i] ^= hash[i];
  }

  /** Adds another digest. */
  addDigest(other: Digest): void {
    this.add(other.#bytes);
  }

  /** Mixes bytes in: the order matters. */
  mix(bytes: Uint8Array): void {
    this.add(bytes);
    this.#bytes = new Uint8Array(createHash("sha1").update(this.#bytes).digest());
  }

  /** Mixes in 32 bits. */
  mixNumber(value: number): void {
    number.setUint32(0, value);
    this.mix(new Uint8Array(number.buffer));
  }
}

/** The digest of all databases. */
export function digestOfKeyspace(keyspace: Keyspace): Digest {
  const digest = new Digest();
  const { entries } = keyspace;
  for (const database of keyspace.databases) {
    if (database.size === 0) continue;
    digest.mixNumber(database.index);
    database.scan(0, Infinity, (entry) => {
      const ofKey = new Digest();
      entries.locateKey(entry);
      ofKey.mix(slice(entries));
      mixValue(keyspace, ofKey, entry);
      digest.addDigest(ofKey);
    });
  }
  return digest;
}

/** The digest of the value of a key; zeros where there is none. */
export function digestOfValue(keyspace: Keyspace, database: Database, key: Uint8Array): Digest {
  const digest = new Digest();
  const entry = database.lookup(key, 0, key.length);
  if (entry !== 0) mixValue(keyspace, digest, entry);
  return digest;
}

const MIXERS: Readonly<Record<number, (keyspace: Keyspace, digest: Digest, entry: number) => void>> = {
  [TYPE_STRING]: mixString,
  [TYPE_LIST]: mixList,
  [TYPE_SET]: addMembers,
  [TYPE_ZSET]: addScoredMembers,
  [TYPE_HASH]: addFields,
  [TYPE_STREAM]: mixStreamEntries,
};

function mixValue(keyspace: Keyspace, digest: Digest, entry: number): void {
  const { entries } = keyspace;
  const type = entries.type(entry);
  digest.mixNumber(REDIS_TYPES[type]);
  MIXERS[type](keyspace, digest, entry);
  if (entries.hasExpiry(entry)) digest.add(EXPIRES);
}

/** Redis's numbers of the types. */
const REDIS_TYPES: Readonly<Record<number, number>> = {
  [TYPE_STRING]: 0,
  [TYPE_LIST]: 1,
  [TYPE_SET]: 2,
  [TYPE_ZSET]: 3,
  [TYPE_HASH]: 4,
  [TYPE_STREAM]: 6,
};

function mixString({ entries }: Keyspace, digest: Digest, entry: number): void {
  entries.locateValue(entry);
  digest.mix(slice(entries));
}

function mixList({ lists }: Keyspace, digest: Digest, entry: number): void {
  for (let more = lists.seek(entry, 0); more; more = lists.next()) {
    lists.get();
    digest.mix(slice(lists));
  }
}

function addMembers({ sets }: Keyspace, digest: Digest, entry: number): void {
  sets.forEach(entry, (page, at, length) => digest.add(page.subarray(at, at + length)));
}

function addScoredMembers({ sortedSets }: Keyspace, digest: Digest, entry: number): void {
  const cursor = sortedSets.cursor();
  for (let more = sortedSets.seek(entry, cursor, 0); more; more = cursor.next()) {
    const element = new Digest();
    element.mix(slice(cursor));
    element.mix(scoreText.subarray(0, writeDouble(scoreText, 0, cursor.score())));
    digest.addDigest(element);
  }
}

function addFields({ hashes }: Keyspace, digest: Digest, entry: number): void {
  hashes.each(entry, () => {
    const field = new Digest();
    hashes.locateName(entry);
    field.mix(slice(hashes));
    hashes.locateValue(entry);
    field.mix(slice(hashes));
    digest.addDigest(field);
  });
}

function mixStreamEntries({ entries, streams }: Keyspace, digest: Digest, entry: number): void {
  const range = streams.walk(entries.root(entry), first, last);
  while (range.next()) {
    digest.mix(Buffer.from(range.id.toString().replace("-", ".")));
    for (let i = 0; i < range.count; i++) {
      range.readField();
      digest.mix(slice(range.element));
      range.readValue();
      digest.mix(slice(range.element));
    }
  }
}

/** What something has located. */
function slice({ page, at, length }: { page: Uint8Array; at: number; length: number }): Uint8Array {
  return page.subarray(at, at + length);
}
