import { describe, expect, test } from "vitest";
import { Memo } from "../../../src/domain/memory/memo.ts";

describe("a memory of values with an age", () => {
  test("gives a value until the moment it is no longer fresh", () => {
    const memo = new Memo<number>(10);
    memo.set("a", 1, 100);
    expect(memo.get("a", 99)).toBe(1);
    expect(memo.get("a", 100)).toBeUndefined();
    expect(memo.get("b", 0)).toBeUndefined();
  });

  test("still has an old value for those who can get no better", () => {
    const memo = new Memo<number>(10);
    memo.set("a", 1, 100);
    expect(memo.get("a", 1_000)).toBeUndefined();
    expect(memo.stale("a")).toBe(1);
    expect(memo.stale("b")).toBeUndefined();
  });

  test("never holds more than it may: the value that was used longest ago leaves", () => {
    const memo = new Memo<number>(2);
    memo.set("a", 1, 100);
    memo.set("b", 2, 100);
    memo.set("a", 3, 100);
    memo.set("c", 4, 100);
    expect(["a", "b", "c"].map((key) => memo.stale(key))).toEqual([3, undefined, 4]);
  });

  test("setting what is there makes no room: nothing else leaves", () => {
    const memo = new Memo<number>(2);
    memo.set("a", 1, 100);
    memo.set("b", 2, 100);
    memo.set("b", 3, 100);
    expect(memo.stale("a")).toBe(1);
    expect(memo.stale("b")).toBe(3);
  });

  test("never weighs more than it may", () => {
    const memo = new Memo<string>(10, { weightMax: 3, weigh: (text) => text.length });
    memo.set("a", "xx", 100);
    memo.set("b", "xx", 100);
    expect([memo.stale("a"), memo.stale("b")]).toEqual([undefined, "xx"]);
  });

  test("forgets one, or all", () => {
    const memo = new Memo<number>(10);
    for (const key of ["a", "b", "c"]) memo.set(key, 1, 100);
    memo.delete("a");
    expect([memo.stale("a"), memo.stale("b")]).toEqual([undefined, 1]);
    memo.clear();
    expect([memo.stale("b"), memo.stale("c")]).toEqual([undefined, undefined]);
  });
});
