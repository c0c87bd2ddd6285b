import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  addTo,
  emptySketch,
  estimate,
  mergeInto,
  SKETCH_BYTES,
  STANDARD_ERROR,
} from "../../../src/domain/memory/hyperloglog.ts";

const digestOf = (name: string) => createHash("sha256").update(name).digest();

function sketchOf(names: Iterable<string>) {
  const sketch = emptySketch();
  for (const name of names) addTo(sketch, digestOf(name));
  return sketch;
}

function* people(from: number, to: number, seed = "") {
  for (let person = from; person < to; person++) yield `${seed}person-${person}`;
}

describe("the size of a line by HyperLogLog", () => {
  test("nobody is nobody, and a handful is told exactly", () => {
    expect(estimate(emptySketch())).toBe(0);
    expect(Math.round(estimate(sketchOf(people(0, 1))))).toBe(1);
    expect(Math.round(estimate(sketchOf(people(0, 10))))).toBe(10);
  });

  test.each([100, 1_000, 5_000, 12_000, 20_000, 100_000, 300_000])(
    "of %i people it is off by at most four standard errors",
    (count) => {
      const off = estimate(sketchOf(people(0, count, `${count}`))) / count - 1;
      expect(Math.abs(off)).toBeLessThan(4 * STANDARD_ERROR);
    },
  );

  test("the error over many lines is the paper's, and has no lean to a side", () => {
    const count = 15_000;
    const errors = Array.from(
      { length: 40 },
      (_, seed) => estimate(sketchOf(people(0, count, `${seed}/`))) / count - 1,
    );
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
    expect(Math.abs(mean)).toBeLessThan((4 * STANDARD_ERROR) / Math.sqrt(errors.length));
    expect(deviation).toBeLessThan(1.5 * STANDARD_ERROR);
  });

  test("who joins a hundred times counts once", () => {
    const sketch = sketchOf(people(0, 50));
    const before = sketch.slice();
    for (let ticket = 0; ticket < 100; ticket++) {
      expect(addTo(sketch, digestOf("person-7"))).toBe(false);
    }
    expect(sketch).toEqual(before);
  });
});

describe("merging", () => {
  const [a, b, c] = [sketchOf(people(0, 500)), sketchOf(people(300, 900)), sketchOf(people(5, 7))];
  const merged = (...sketches: Uint8Array[]) => {
    const into = emptySketch();
    for (const sketch of sketches) mergeInto(into, sketch);
    return into;
  };

  test("is the sketch of all, whatever was seen twice", () => {
    expect(merged(a, b)).toEqual(sketchOf(people(0, 900)));
  });

  test("commutes, associates, and the same again changes nothing", () => {
    expect(merged(a, b)).toEqual(merged(b, a));
    expect(merged(merged(a, b), c)).toEqual(merged(a, merged(b, c)));
    const all = merged(a, b, c);
    expect(mergeInto(all, b)).toBe(false);
    expect(all).toEqual(merged(a, b, c));
  });

  test("takes no register that no digest can set, and no more than there are", () => {
    const wild = merged(new Uint8Array(SKETCH_BYTES + 100).fill(255));
    expect(wild).toHaveLength(SKETCH_BYTES);
    expect(estimate(wild)).toBeGreaterThan(0);
    expect(mergeInto(a, new Uint8Array(0))).toBe(false);
  });
});

test("each register holds the longest run of zeros of its part", () => {
  const digest = (...bytes: number[]) => Uint8Array.from([...bytes, ...Array<number>(16).fill(0)]);
  const sketch = emptySketch();
  addTo(sketch, digest(0x00, 0x18));
  expect(sketch[1]).toBe(1);
  addTo(sketch, digest(0x00, 0x20, 0x00, 0x01));
  expect(sketch[2]).toBe(20);
  addTo(sketch, digest(0xff, 0xf0, 0, 0, 0x80));
  expect(sketch[4095]).toBe(21);
  addTo(sketch, digest(0x00, 0x30, 0, 0, 0, 0, 0x10));
  expect(sketch[3]).toBe(40);
  addTo(sketch, digest(0x00, 0x40));
  expect(sketch[4]).toBe(41);
});
