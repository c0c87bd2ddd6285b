import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BloomFilter } from "../../../src/domain/memory/bloom-filter.ts";
import { orderId } from "../../../src/domain/ids.ts";
import { Random } from "../../simulator/random.ts";

const BYTES_MAX = 64 * 1024;

/** Ids as orders have them: digests under one product's number. */
function orderIds(seed: number, count: number): string[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => orderId(7, random.bytes(32)));
}

describe("a filter of what may be there", () => {
  test("never denies what was added, whatever it is", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 200 }), fc.nat(300), (texts, room) => {
        const filter = BloomFilter.forEntries(room, BYTES_MAX);
        for (const text of texts) filter.add(text);
        expect(texts.every((text) => filter.mayHave(text))).toBe(true);
      }),
    );
  });

  test.each([
    ["with room for all", 1_000, 1_000, 0.02],
    ["half full", 1_000, 2_000, 0.001],
    ["of fifty thousand in 64 kB", 50_000, 50_000, 0.02],
    ["of two hundred thousand in 64 kB", 200_000, 200_000, 0.35],
  ])("%s denies nearly all others", (_, added, room, most) => {
    const filter = BloomFilter.forEntries(room, BYTES_MAX);
    expect(filter.bits.length).toBeLessThanOrEqual(BYTES_MAX);
    for (const id of orderIds(1, added)) filter.add(id);
    const others = orderIds(2, 20_000);
    const taken = others.filter((id) => filter.mayHave(id)).length;
    expect(taken / others.length).toBeLessThan(most);
  });

  test("is the same from its bits", () => {
    const filter = BloomFilter.forEntries(100, BYTES_MAX);
    const ids = orderIds(3, 100);
    for (const id of ids) filter.add(id);
    const copy = new BloomFilter(filter.bits.slice(), filter.hashes);
    expect(ids.every((id) => copy.mayHave(id))).toBe(true);
    const others = orderIds(4, 1_000);
    expect(others.map((id) => copy.mayHave(id))).toEqual(others.map((id) => filter.mayHave(id)));
  });

  test("is refused with bits that are no power of two, or with no hash", () => {
    expect(() => new BloomFilter(new Uint8Array(3), 1)).toThrow(RangeError);
    expect(() => new BloomFilter(new Uint8Array(0), 1)).toThrow(RangeError);
    expect(() => new BloomFilter(new Uint8Array(4), 0)).toThrow(RangeError);
    expect(() => new BloomFilter(new Uint8Array(4), 8)).toThrow(RangeError);
  });
});
