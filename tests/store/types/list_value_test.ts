/** Lists against a model: contents, conversions, copies, freeing, and what happens without memory. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesOf } from "../../../src/base/bytes.ts";
import { ArenaExhausted } from "../../../src/memory/arena.ts";
import { ENCODING_LISTPACK, ENCODING_QUICKLIST, TYPE_LIST } from "../../../src/store/entry.ts";
import { runs } from "../../support/property.ts";
import { patternText, refuseAllocations } from "../modelled_keyspace.ts";
import { ModelledList } from "./modelled_list.ts";

/** Elements that repeat, integers of all sizes, and lengths around those at which nodes and headers change. */
const anyElement = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "1", "", "-129", "70000", "9223372036854775807") },
  { weight: 3, arbitrary: fc.integer().map(String) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(63, 64, 500, 1300, 4080, 4095, 4096).map((n) => patternText(n, 1)),
  },
  { weight: 1, arbitrary: fc.constantFrom(8180, 8192, 8193, 20000).map((n) => patternText(n, 2)) },
);

type Step = (model: ModelledList) => void;

/** A step for a list that is there: `where` goes from its beginning (0) to its end (1). */
function within(step: (model: ModelledList, index: number) => void, where: number): Step {
  return (model) => {
    const { length } = model.elements;
    if (length > 0) step(model, Math.min(length - 1, Math.floor(where * length)));
  };
}

const where = fc.double({ min: 0, max: 1, noNaN: true });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.boolean(), fc.array(anyElement, { minLength: 1, maxLength: 8 })).map((
      [atTail, elements],
    ): Step =>
    (model) => model.push(atTail, ...elements)),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.boolean(), where).map(([fromTail, part]) =>
      within((model, index) => model.pop(fromTail, 1 + index % 7), part)
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.boolean(), where).map(([fromTail, part]) =>
      within((model, index) => model.pop(fromTail, index + 1), part)
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(where, fc.boolean(), anyElement).map(([part, after, element]) =>
      within((model, index) => model.insert(index, after, element), part)
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(where, anyElement).map(([part, element]) =>
      within((model, index) => model.replace(index, element), part)
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(anyElement, fc.integer({ min: 1, max: 4 }), fc.boolean()).map((
      [element, count, backwards],
    ) => within((model) => model.remove(element, count, backwards), 0)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(anyElement, where).map(([element, part]) =>
      within((model, index) => model.find(element, index), part)
    ),
  },
);

Deno.test("lists do what the model does", () => {
  fc.assert(
    fc.property(
      fc.array(anyStep, { maxLength: 80, size: "max" }),
      fc.constantFrom(-1, -2, -5, 0, 1, 4, 20),
      (steps, limit) => {
        const model = new ModelledList(limit);
        for (const step of steps) step(model);
        model.check();
        model.clear();
        model.check();
      },
    ),
    runs(150),
  );
});

Deno.test("limits that change while lists are there lose nothing", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(-1, -2, -5, 1, 3, 100), fc.array(anyStep, { maxLength: 20 })), {
        maxLength: 6,
      }),
      (phases) => {
        const model = new ModelledList();
        for (const [limit, steps] of phases) {
          model.keyspace.limits.listMaxListpackSize = limit;
          for (const step of steps) step(model);
          model.check();
        }
      },
    ),
    runs(40),
  );
});

// A listpack has 7 bytes of its own; an element of 100 bytes takes 2 before and 1 behind it.
Deno.test("a listpack of 8 KiB is the most by default, and a quicklist of half that is one again", () => {
  const model = new ModelledList();
  const element = "x".repeat(100);
  // With the 79th there are 7 + 78 * 103 + 100 = 8,141 bytes at most to be expected, with the 80th 8,244.
  for (let i = 1; i <= 79; i++) model.push(true, element);
  assert.equal(model.encoding, ENCODING_LISTPACK);
  model.push(true, element);
  assert.equal(model.encoding, ENCODING_QUICKLIST);
  // 7 + 39 * 103 = 4,024; 40 of them have 4,127.
  model.pop(true, 40);
  assert.equal(model.encoding, ENCODING_QUICKLIST);
  model.pop(true, 1);
  assert.equal(model.encoding, ENCODING_LISTPACK);
  model.check();
});

Deno.test("a positive limit counts elements, up to 8 KiB", () => {
  const model = new ModelledList(4);
  model.push(true, "1", "2", "3", "4");
  assert.equal(model.encoding, ENCODING_LISTPACK);
  model.push(true, "5");
  assert.equal(model.encoding, ENCODING_QUICKLIST);
  model.pop(true, 1);
  assert.equal(model.encoding, ENCODING_QUICKLIST);
  model.pop(true, 2);
  assert.equal(model.encoding, ENCODING_LISTPACK);
  model.push(true, patternText(9000, 1));
  assert.equal(model.encoding, ENCODING_QUICKLIST);
  // Half of one element is none: such a list stays a quicklist.
  const other = new ModelledList(1);
  other.push(true, "1", "2");
  other.pop(true, 1);
  assert.equal(other.encoding, ENCODING_QUICKLIST);
  model.check();
  other.check();
});

Deno.test("an insertion and a replacement convert as a push does, and without the large element it is small again", () => {
  for (const change of ["insert", "replace"] as const) {
    const model = new ModelledList();
    model.push(true, "a", "b", "c");
    if (change === "insert") model.insert(1, true, patternText(8180, 1));
    else model.replace(1, patternText(8180, 1));
    assert.equal(model.encoding, ENCODING_QUICKLIST);
    model.check();
    model.remove(patternText(8180, 1), 1, false);
    assert.equal(model.encoding, ENCODING_LISTPACK);
    model.check();
  }
});

Deno.test("a list that was built as a quicklist becomes a listpack if it is no larger than one", () => {
  for (const [count, packed] of [[3, true], [78, true], [200, false]] as const) {
    const { keyspace, lists } = new ModelledList();
    const key = bytesOf("built");
    const root = lists.create(ENCODING_QUICKLIST);
    const made = keyspace.databases[0].prepare(key, 0, key.length, TYPE_LIST, ENCODING_QUICKLIST, root);
    const element = bytesOf("x".repeat(100));
    for (let i = 0; i < count; i++) lists.push(made, true, element, 0, element.length);
    lists.packIfSmall(made);
    assert.equal(keyspace.entries.encoding(made), packed ? ENCODING_LISTPACK : ENCODING_QUICKLIST);
    keyspace.databases[0].place(made);
    assert.equal(lists.count(made), count);
    keyspace.check();
  }
});

Deno.test("a copy holds the same, takes what its size says, and goes in steps", () => {
  for (const count of [5, 3000]) {
    const model = new ModelledList();
    for (let i = 0; i < count; i++) model.push(true, patternText((i * 37) % 500, i));
    const { keyspace, lists } = model;
    const { arena, entries } = keyspace;
    const [root, { encoding }] = [entries.root(model.entry), model];
    const used = arena.used;
    const copy = lists.duplicate(root, encoding);
    lists.check(copy, encoding);
    assert.equal(lists.size(copy, encoding), arena.used - used);
    const key = bytesOf("copy");
    const made = keyspace.databases[0].prepare(key, 0, key.length, TYPE_LIST, encoding, copy);
    assert.deepEqual(model.contents(made), model.elements);
    entries.freeShell(made);
    lists.startDrain();
    let steps = 1;
    // Nodes count as eight blocks.
    for (let before = arena.used; !lists.drain(copy, encoding, 160); steps++) {
      assert.ok(arena.used < before);
      before = arena.used;
    }
    assert.equal(steps, count === 5 ? 1 : Math.ceil((arenaNodes(model) + 1) / 20));
    assert.equal(arena.used, used);
    model.check();
  }
});

function arenaNodes({ entry, keyspace, lists }: ModelledList): number {
  return lists.quicklists.nodeCount(keyspace.entries.root(entry));
}

/** Steps that ask for memory. */
const ambitious: { name: string; run: Step }[] = [
  { name: "push to the end", run: (model) => model.push(true, patternText(60, 1)) },
  { name: "push to the beginning", run: (model) => model.push(false, patternText(60, 1)) },
  { name: "push several", run: (model) => model.push(true, "1", patternText(3000, 1), patternText(6000, 2)) },
  { name: "push a large element", run: (model) => model.push(false, "x", patternText(20000, 1), "y") },
  { name: "insert", run: (model) => model.insert(2, true, patternText(60, 1)) },
  { name: "insert a long element", run: (model) => model.insert(2, false, patternText(8000, 1)) },
  { name: "insert a large element", run: (model) => model.insert(1, false, patternText(20000, 1)) },
  { name: "replace", run: (model) => model.replace(1, patternText(900, 1)) },
  { name: "replace by a large element", run: (model) => model.replace(1, patternText(20000, 1)) },
  {
    name: "copy",
    run: ({ encoding, entry, keyspace, lists }) => {
      const copy = lists.duplicate(keyspace.entries.root(entry), encoding);
      assert.ok(lists.drain(copy, encoding, Infinity));
    },
  },
];

function prepared(kind: "new" | "listpack" | "quicklist"): ModelledList {
  const model = new ModelledList();
  if (kind !== "new") model.push(true, "a", "1", patternText(700, 1), "b");
  if (kind === "quicklist") { for (let i = 0; i < 12; i++) model.push(i % 2 === 0, patternText(3900, i)); }
  return model;
}

for (const kind of ["new", "listpack", "quicklist"] as const) {
  Deno.test(`where there is no memory, nothing changes: ${kind}`, () => {
    for (const { name, run } of kind === "new" ? ambitious.slice(0, 4) : ambitious) {
      for (let left = 0;; left++) {
        const model = prepared(kind);
        const before = [...model.elements];
        const allow = refuseAllocations(model.keyspace, left);
        let refused = false;
        try {
          run(model);
        } catch (error) {
          if (!(error instanceof ArenaExhausted)) throw error;
          refused = true;
        } finally {
          allow();
        }
        if (refused) model.elements = before;
        try {
          model.check();
        } catch (error) {
          throw new Error(`To ${name}, allocation ${left + 1} failed`, { cause: error });
        }
        if (!refused) break;
      }
    }
  });
}
