import { describe, expect, test } from "vitest";
import type { Spare } from "../../durable-objects/product-stock/shard-contract.ts";
import {
  freeIn,
  isWhole,
  lenders,
  provenFree,
  stuck,
  type View,
} from "../../durable-objects/product-stock/shard-view.ts";

const spare = (free: number, changes: Partial<Spare> = {}): Spare => ({
  free,
  arrivals: 5,
  moving: [],
  ...changes,
});
const look = (...spares: (Spare | null)[]): View => ({
  counted: 10,
  shards: new Map(spares.map((each, shard) => [shard, each])),
});

describe("two looks", () => {
  test("prove what the first counted, if keys were only sold between them", () => {
    expect(provenFree(look(spare(2), spare(1)), look(spare(0), spare(1)))).toBe(3);
  });

  test("prove nothing when keys came to a shard: they may be ones that the first look missed", () => {
    const after = look(spare(0), spare(0, { arrivals: 6 }));
    expect(provenFree(look(spare(0), spare(0)), after)).toBeNull();
  });

  test("prove nothing when keys were on their way at either", () => {
    const moving = look(spare(0, { moving: [1] }), spare(0));
    const still = look(spare(0), spare(0));
    expect(provenFree(moving, still)).toBeNull();
    expect(provenFree(still, moving)).toBeNull();
  });

  test("prove nothing when a shard did not answer", () => {
    expect(provenFree(look(spare(0), null), look(spare(0), spare(0)))).toBeNull();
    expect(provenFree(look(spare(0), spare(0)), look(spare(0), null))).toBeNull();
  });

  test("show which transfers do not end: those that both saw, and no new ones", () => {
    const before = look(spare(0, { moving: [1] }), spare(0, { moving: [4] }), null);
    const after = look(spare(0, { moving: [2] }), spare(0, { moving: [3, 4] }), null);
    expect(stuck(before, after)).toEqual([1]);
  });
});

describe("one look", () => {
  test("is whole when every shard answered", () => {
    expect(isWhole(look(spare(0), spare(1)))).toBe(true);
    expect(isWhole(look(spare(0), null))).toBe(false);
  });

  test("adds up what answered", () => {
    expect(freeIn(look(spare(2), null, spare(3)))).toBe(5);
  });

  test("finds lenders: others that have keys, the richest first, then as they were asked", () => {
    const view = look(spare(9), spare(1), spare(0), null, spare(4), spare(1));
    expect(lenders(view, 0)).toEqual([4, 1, 5]);
  });
});
