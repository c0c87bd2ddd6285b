import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Lru } from "../../../src/domain/memory/lru.ts";

describe("a bounded map", () => {
  test("drops what was used longest ago, and looking counts as use", () => {
    const lru = new Lru<number>({ entriesMax: 2 });
    lru.set("a", 1);
    lru.set("b", 2);
    expect(lru.get("a")).toBe(1);
    lru.set("c", 3);
    expect(["a", "b", "c"].map((key) => lru.get(key))).toEqual([1, undefined, 3]);
  });

  test("drops as many as a heavy one needs, and keeps none that is heavier than the whole", () => {
    const lru = new Lru<string>({ entriesMax: 10, weightMax: 6, weigh: (text) => text.length });
    for (const key of ["a", "b", "c"]) lru.set(key, "xx");
    lru.set("d", "xxxx");
    expect(["a", "b", "c", "d"].map((key) => lru.get(key) ?? "")).toEqual(["", "", "xx", "xxxx"]);
    lru.set("e", "xxxxxxx");
    expect([lru.size, lru.weight, lru.get("e")]).toEqual([2, 6, undefined]);
    lru.set("d", "xxxxxxx");
    expect([lru.size, lru.weight, lru.get("d")]).toEqual([1, 2, undefined]);
  });

  test("is what a plain list in the order of use would be, whatever is done with it", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e");
    const act = fc.oneof(
      fc.record({ kind: fc.constant("set" as const), key, weight: fc.nat(7) }),
      fc.record({ kind: fc.constant("get" as const), key }),
      fc.record({ kind: fc.constant("delete" as const), key }),
      fc.record({ kind: fc.constant("clear" as const), key }),
      // Mostly looks and sets: they are what moves entries and drops them.
      fc.record({ kind: fc.constant("get" as const), key }),
      fc.record({ kind: fc.constant("set" as const), key, weight: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 300, size: "max" }), (acts) => {
        const lru = new Lru<number>({ entriesMax: 3, weightMax: 10, weigh: (weight) => weight });
        // The one used last is the last.
        let list: { key: string; weight: number }[] = [];
        for (const one of acts) {
          const found = list.find((entry) => entry.key === one.key);
          if (one.kind === "clear") {
            list = [];
            lru.clear();
            continue;
          }
          list = list.filter((entry) => entry.key !== one.key);
          if (one.kind === "get") {
            expect(lru.get(one.key)).toBe(found?.weight);
            if (found) list.push(found);
          } else if (one.kind === "delete") lru.delete(one.key);
          else {
            lru.set(one.key, one.weight);
            list.push({ key: one.key, weight: one.weight });
            while (list.length > 3 || sum(list) > 10) list.shift();
          }
          expect([lru.size, lru.weight]).toEqual([list.length, sum(list)]);
          // To peek moves nothing: the next look around finds the same order.
          const there = list.map((entry) => lru.peek(entry.key));
          expect(there).toEqual(list.map(({ weight }) => weight));
        }
      }),
    );
  });
});

function sum(list: readonly { weight: number }[]): number {
  return list.reduce((total, { weight }) => total + weight, 0);
}
