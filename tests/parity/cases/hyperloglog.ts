/**
 * The group "hyperloglog". What GET returns shows that the bytes are Redis's.
 *
 * @module
 */

import { caseGroup, type Command, each, type ParityCase, wrongArity } from "../case.ts";

/** PFADD of the elements `<prefix><from>` up to `<prefix><to - 1>`. */
function add(key: string, prefix: string, from: number, to: number): Command {
  return ["PFADD", key, ...Array.from({ length: to - from }, (_, i) => `${prefix}${from + i}`)];
}

const LOOK: readonly Command[] = ["GET k", "STRLEN k", "PFCOUNT k", "OBJECT ENCODING k"];
const HEADER = "HYLL\x01\x00\x00\x00";

const broken: Readonly<Record<string, string>> = {
  "too short": "HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
  "another magic": "HYLX\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff",
  "another encoding": "HYLL\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x7f\xff",
  "dense of another length": `HYLL\x00${"\0".repeat(12298)}`,
  "no registers": `${HEADER}${"\0".repeat(7)}\x80`,
  "too few registers": `${HEADER}${"\0".repeat(7)}\x80\x7f\xfe`,
  "too many registers": `${HEADER}${"\0".repeat(7)}\x80\x7f\xff\x00`,
  "too many values": `${HEADER}${"\0".repeat(7)}\x80\x7f\xff\x84`,
  "no registers, with a cardinality": `${HEADER}\x05${"\0".repeat(7)}`,
  "a number": "123",
};

const brokenCases: ParityCase[] = Object.entries(broken).flatMap(([what, value]) =>
  [
    "PFADD k",
    "PFADD k a",
    "PFCOUNT k",
    "PFCOUNT k other",
    "PFCOUNT other k",
    "PFMERGE k",
    "PFMERGE d k",
    "PFMERGE k other",
  ].map((request) => ({
    name: `${what}: ${request}`,
    send: [["SET", "k", value], "PFADD other x", request, "GET k", "EXISTS d"],
  }))
);

const cases: ParityCase[] = [
  ...["PFADD", "PFCOUNT", "PFMERGE"].flatMap((command) => wrongArity(command, [0])),
  {
    name: "PFADD without elements",
    send: ["PFADD k", "PFADD k", ...LOOK, "PFADD k a", "PFADD k a", "PFADD k"],
  },
  { name: "PFADD of the empty element", send: [["PFADD", "k", ""], ...LOOK] },
  ...[1, 2, 3, 7, 8, 9, 15, 16, 17, 40].map((length) => ({
    name: `PFADD of an element of ${length} bytes`,
    send: [["PFADD", "k", "\xfe\x01z".repeat(14).slice(0, length)], ...LOOK],
  })),
  { name: "sparse with 10 elements", send: [add("k", "e", 0, 10), ...LOOK, ...LOOK] },
  { name: "sparse with 500 elements", send: [add("k", "e", 0, 250), add("k", "e", 200, 500), ...LOOK] },
  {
    name: "sparse becomes dense",
    send: [900, 1000, 1100, 1200, 1300, 1400].flatMap((to) => [add("k", "e", to - 900, to), ...LOOK]),
  },
  { name: "dense with 5000 elements", send: [add("k", "x", 0, 3000), add("k", "x", 3000, 5000), ...LOOK] },
  {
    name: "dense at once",
    prepare: ["CONFIG SET hll-sparse-max-bytes 0"],
    send: [add("k", "e", 0, 3), ...LOOK, "PFADD k", "PFADD new", "STRLEN new"],
    cleanup: ["CONFIG SET hll-sparse-max-bytes 3000"],
  },
  {
    name: "sparse for long",
    prepare: ["CONFIG SET hll-sparse-max-bytes 16000"],
    send: [add("k", "e", 0, 4000), ...LOOK],
    cleanup: ["CONFIG SET hll-sparse-max-bytes 3000"],
  },
  {
    name: "PFCOUNT of several",
    send: [add("a", "e", 0, 300), add("b", "e", 200, 400), "PFCOUNT a b", "PFCOUNT a c"],
  },
  { name: "PFCOUNT of nothing", send: ["PFCOUNT a", "PFCOUNT a b c"] },
  {
    name: "PFCOUNT trusts a cardinality in the header",
    send: [
      ["SET", "k", `${HEADER}\x05\x00\x00\x00\x00\x00\x00\x00\x7f\xff`],
      "PFCOUNT k",
      "OBJECT ENCODING k",
      ["SET", "k", `${HEADER}\xff\xff\xff\xff\xff\xff\xff\x7f\x7f\xff`],
      "PFCOUNT k",
      ["SET", "k", `${HEADER}\xff\xff\xff\xff\xff\xff\x1f\x00\x7f\xff`],
      "PFCOUNT k",
      "PFCOUNT k k",
    ],
  },
  ...["\xff", "\x00", "\x82\x20\x08", "\xdb\xb6\x6d", "\xcf\x3c\xf3", "\xf3\xcf\x3c"].map((pattern) => ({
    name: `registers that no elements have: ${pattern.charCodeAt(0)}`,
    send: [
      ["SET", "k", `HYLL\x00${"\0".repeat(10)}\x80${pattern.repeat(12288).slice(0, 12288)}`],
      "PFCOUNT k",
      "PFADD k a b c",
      "PFCOUNT k other",
      "GET k",
    ],
  })),
  {
    name: "PFMERGE of sparse ones",
    send: [
      add("a", "e", 0, 100),
      add("b", "e", 50, 250),
      "PFMERGE k a b",
      ...LOOK,
      "PFMERGE a b",
      "GET a",
      "PFCOUNT a",
    ],
  },
  {
    name: "PFMERGE of sparse ones becomes dense",
    send: [add("a", "e", 0, 900), add("b", "f", 0, 900), "PFMERGE k a b", ...LOOK, "STRLEN a", "STRLEN b"],
  },
  {
    name: "PFMERGE with a dense one",
    send: [add("a", "e", 0, 10), add("b", "f", 0, 3000), "PFMERGE k a b", ...LOOK, "PFMERGE a b", "GET a"],
  },
  { name: "PFMERGE of nothing", send: ["PFMERGE k", ...LOOK, "PFMERGE k x y", "GET k"] },
  {
    name: "PFADD keeps the expiry",
    send: ["PFADD k a", "EXPIREAT k 33177117420", add("k", "e", 0, 50), "EXPIRETIME k"],
  },
  ...each([
    "PFADD list a",
    "PFCOUNT list",
    "PFCOUNT k list",
    "PFMERGE list",
    "PFMERGE k list",
    "PFMERGE list k",
  ], {
    before: ["RPUSH list a", "PFADD k a"],
  }),
  ...brokenCases,
];

/** All cases. */
export const hyperloglog = caseGroup("hyperloglog", cases);
