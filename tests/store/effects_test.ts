/** The stream of effects: its bytes, its SELECTs, and who gets it. */

import assert from "node:assert/strict";
import { bytesOf, byteString } from "../../src/base/bytes.ts";
import { type EffectConsumer, Effects } from "../../src/store/effects.ts";
import { encodeRequest } from "../support/replies.ts";

/** Collects what it is given. */
class Recorder implements EffectConsumer {
  /** One byte string for each call. */
  readonly calls: string[] = [];

  effects(bytes: Uint8Array, length: number): void {
    this.calls.push(byteString(bytes, 0, length));
  }

  get text(): string {
    return this.calls.join("");
  }
}

function write(effects: Effects, database: number, ...args: string[]): void {
  effects.begin(database, args.length);
  for (const arg of args) effects.text(arg);
}

Deno.test("Effects are encoded as requests, with SELECT where the database changes", () => {
  const effects = new Effects();
  const recorder = new Recorder();
  effects.attach(recorder);
  write(effects, 0, "SET", "k", "v");
  write(effects, 0, "DEL", "k");
  write(effects, 11, "SET", "", "\r\n");
  write(effects, 0, "INCR", "n");
  effects.flush();
  assert.equal(
    recorder.text,
    "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" +
      "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n" +
      "*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n" +
      "*2\r\n$6\r\nSELECT\r\n$2\r\n11\r\n" +
      "*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\n\r\n\r\n" +
      "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" +
      "*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n",
  );
  assert.equal(effects.count, 4, "SELECT is no effect of its own");
});

Deno.test("Arguments may come as text and as part of a buffer, with any bytes and of any length", () => {
  const effects = new Effects();
  const recorder = new Recorder();
  effects.attach(recorder);
  const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
  const long = "x".repeat(100_000);
  const source = bytesOf(`<<${all}>>`);
  effects.begin(0, 5);
  effects.text("MSET");
  effects.bytes(source, 2, 258);
  effects.text(all);
  effects.bytes(bytesOf(long), 0, long.length);
  effects.text(long);
  // What was handed over does not change with the buffer that it came from.
  source.fill(0);
  effects.flush();
  assert.equal(recorder.text, encodeRequest(["SELECT", "0"]) + encodeRequest(["MSET", all, all, long, long]));
});

Deno.test("Consumers get what was collected once a flush, and the stream goes on in the same database", () => {
  const effects = new Effects();
  const recorder = new Recorder();
  effects.attach(recorder);
  effects.flush();
  assert.equal(recorder.calls.length, 0, "Nothing happened, so nothing is handed over");
  write(effects, 3, "A");
  write(effects, 3, "B");
  effects.flush();
  effects.flush();
  write(effects, 3, "C");
  effects.flush();
  assert.deepEqual(recorder.calls, [
    encodeRequest(["SELECT", "3"]) + encodeRequest(["A"]) + encodeRequest(["B"]),
    encodeRequest(["C"]),
  ]);
});

Deno.test("Effects of many megabytes arrive whole, and so do those that follow", () => {
  const effects = new Effects();
  const recorder = new Recorder();
  effects.attach(recorder);
  let expected = encodeRequest(["SELECT", "0"]);
  const value = "v".repeat(300_000);
  for (let i = 0; i < 10; i++) {
    write(effects, 0, "SET", `k${i}`, value);
    expected += encodeRequest(["SET", `k${i}`, value]);
  }
  effects.flush();
  write(effects, 0, "DEL", "k1");
  effects.flush();
  assert.equal(recorder.text, expected + encodeRequest(["DEL", "k1"]));
});

Deno.test("A consumer that comes late sees what follows, beginning with SELECT; the others miss nothing", () => {
  const effects = new Effects();
  const [first, second] = [new Recorder(), new Recorder()];
  assert.equal(effects.active, false);
  effects.attach(first);
  assert.equal(effects.active, true);
  write(effects, 5, "A");
  effects.attach(second);
  assert.equal(first.text, encodeRequest(["SELECT", "5"]) + encodeRequest(["A"]));
  assert.equal(second.text, "");
  write(effects, 5, "B");
  effects.flush();
  assert.equal(second.text, encodeRequest(["SELECT", "5"]) + encodeRequest(["B"]));
  assert.equal(first.calls[1], second.text, "All consumers are given the same bytes");
});

Deno.test("A consumer that goes gets what was collected before, and without any the stream rests", () => {
  const effects = new Effects();
  const [first, second] = [new Recorder(), new Recorder()];
  effects.attach(first);
  effects.attach(second);
  write(effects, 0, "A");
  effects.detach(first);
  assert.equal(first.text, encodeRequest(["SELECT", "0"]) + encodeRequest(["A"]));
  assert.equal(effects.active, true);
  write(effects, 0, "B");
  effects.detach(second);
  assert.equal(effects.active, false);
  assert.equal(first.text, encodeRequest(["SELECT", "0"]) + encodeRequest(["A"]));
  assert.equal(second.text, first.text + encodeRequest(["B"]));
  effects.attach(first);
  write(effects, 0, "C");
  effects.flush();
  assert.equal(
    first.text,
    second.text.replace(encodeRequest(["B"]), "") + encodeRequest(["SELECT", "0"]) + encodeRequest(["C"]),
  );
});

Deno.test("A consumer may go while it is given effects, as a replica that is too slow does", () => {
  const effects = new Effects();
  const staying = new Recorder();
  const going: EffectConsumer & { calls: number } = {
    calls: 0,
    effects() {
      this.calls++;
      effects.detach(going);
    },
  };
  effects.attach(going);
  effects.attach(staying);
  write(effects, 0, "A");
  effects.flush();
  assert.equal(going.calls, 1);
  assert.equal(staying.text, encodeRequest(["SELECT", "0"]) + encodeRequest(["A"]));
  write(effects, 0, "B");
  effects.flush();
  assert.equal(going.calls, 1);
  assert.equal(staying.calls.at(-1), encodeRequest(["B"]));
});
