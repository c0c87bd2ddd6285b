import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyId, orderId, parseKeyId, parseOrderId } from "../../../src/domain/ids.ts";
import {
  productNumberOf,
  shardOfDigest,
  shardTerms,
  siblings,
  stockNumber,
  stockNumbers,
} from "../../../src/domain/product/shards.ts";
import { SHARDS_MAX } from "../../../src/domain/product/terms.ts";
import { terms } from "../../store/fixtures.ts";

const product = fc.integer({ min: 1, max: 2 ** 24 - 1 });
const shards = fc.integer({ min: 1, max: SHARDS_MAX });

describe("the number of a shard", () => {
  test("is the product's own for the first, and within what an id carries for the last", () => {
    expect(stockNumber(7, 0)).toBe(7);
    expect(stockNumber(2 ** 24 - 1, SHARDS_MAX - 1)).toBe(2 ** 30 - 1);
  });

  test("is no other shard's, of this product or another", () => {
    const shard = fc.nat(SHARDS_MAX - 1);
    fc.assert(
      fc.property(product, shard, product, shard, (a, m, b, n) => {
        expect(stockNumber(a, m) === stockNumber(b, n)).toBe(a === b && m === n);
      }),
    );
  });

  test("says whose it is, and every id can carry it", () => {
    fc.assert(
      fc.property(product, fc.nat(SHARDS_MAX - 1), (of, shard) => {
        const number = stockNumber(of, shard);
        expect(productNumberOf(number)).toBe(of);
        expect(parseOrderId(orderId(number, new Uint8Array(16)))?.stockNumber).toBe(number);
        expect(parseKeyId(keyId(number, 12))).toEqual({ stockNumber: number, row: 12 });
      }),
    );
  });

  test.each([
    [0, 0],
    [-1, 0],
    [1.5, 0],
    [2 ** 24, 0],
    [1, -1],
    [1, 0.5],
    [1, SHARDS_MAX],
  ])("there is none of product %s, shard %s", (of, shard) => {
    expect(() => stockNumber(of, shard)).toThrow(RangeError);
  });
});

describe("the siblings of a shard", () => {
  test("are all shards of its product but itself, each once, and each asks another one first", () => {
    fc.assert(
      fc.property(product, shards, (productNumber, count) => {
        const all = Array.from({ length: count }, (_, n) => stockNumber(productNumber, n));
        const lists = all.map((own) => siblings({ productNumber: own, shards: count }));
        for (const [n, list] of lists.entries()) {
          expect([...list, all[n]].toSorted()).toEqual(all.toSorted());
        }
        const first = lists.map((list) => list[0]);
        if (count > 1) expect(new Set(first).size).toBe(count);
      }),
    );
  });

  test("follow it in a ring", () => {
    const step = 2 ** 24;
    const of = (productNumber: number) => siblings({ productNumber, shards: 4 });
    expect(of(7)).toEqual([7 + step, 7 + 2 * step, 7 + 3 * step]);
    expect(of(7 + 2 * step)).toEqual([7 + 3 * step, 7, 7 + step]);
  });

  test("are none where nothing is said of shards", () => {
    expect(siblings({ productNumber: 7 })).toEqual([]);
  });
});

test("the shards of a product know each other by the terms of any of them", () => {
  const sharded = terms({ productNumber: 7, shards: 4 });
  const all = stockNumbers(sharded);
  expect(all).toEqual([0, 1, 2, 3].map((shard) => stockNumber(7, shard)));
  for (const number of all) {
    expect(shardTerms(sharded, number)).toEqual({ ...sharded, productNumber: number });
    expect(stockNumbers(shardTerms(sharded, number))).toEqual(all);
  }
});

test("what a digest stands for is always in the same shard, and all shards get their part", () => {
  const counts = new Map<number, number>();
  for (let n = 0; n < 8_000; n++) {
    const shard = shardOfDigest(`digest-${n}`, 8);
    expect(shardOfDigest(`digest-${n}`, 8)).toBe(shard);
    counts.set(shard, (counts.get(shard) ?? 0) + 1);
  }
  expect(Array.from(counts.keys()).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  for (const count of counts.values()) expect(count).toBeGreaterThan(800);
  expect(shardOfDigest("anything", 1)).toBe(0);
});

test("the number of a shard names its product", () => {
  fc.assert(
    fc.property(product, fc.nat(SHARDS_MAX - 1), (number, shard) => {
      expect(productNumberOf(stockNumber(number, shard))).toBe(number);
    }),
  );
});

describe("the shard of a digest", () => {
  // The vectors of draft-eastlake-fnv: the whole of the 32 bits.
  test.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ])("is FNV-1a of its text: %j", (digest, hash) => {
    expect(shardOfDigest(digest, 2 ** 32)).toBe(hash);
    expect(shardOfDigest(digest, 7)).toBe(hash % 7);
  });
});
