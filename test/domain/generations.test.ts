import fc from "fast-check";
import { expect, test } from "vitest";
import { Generations } from "../../src/domain/generations.ts";

const MAX = 10;
const acts = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 30 })), {
  maxLength: 200,
  size: "max",
});

test("what was used among the last half of the bound is there, as it was set last", () => {
  fc.assert(
    fc.property(acts, (all) => {
      const generations = new Generations<number>(MAX);
      const last = new Map<string, number>();
      for (const [n, [sets, number]] of all.entries()) {
        const key = `${number}`;
        const got = sets ? undefined : generations.get(key);
        if (sets) generations.set(key, n);
        // Whoever asks for what has gone does not use it.
        if (sets || got !== undefined) {
          const value = sets ? n : (last.get(key) ?? -1);
          last.delete(key);
          last.set(key, value);
          if (!sets) expect(got).toBe(value);
        }
        const recent = [...last].slice(-MAX / 2);
        expect(recent.map(([each]) => generations.peek(each))).toEqual(
          recent.map(([, value]) => value),
        );
        const there = Array.from({ length: 31 }, (_, each) => generations.peek(`${each}`));
        expect(generations.size).toBe(there.filter((kept) => kept !== undefined).length);
        expect(generations.size).toBeLessThanOrEqual(MAX);
      }
    }),
  );
});

test("what is spent is dropped, wherever it is, and the rest stays", () => {
  const generations = new Generations<number>(MAX);
  for (let n = 0; n < 8; n++) generations.set(`${n}`, n);
  generations.prune((value) => value % 2 === 0);
  const kept = Array.from({ length: 8 }, (_, n) => generations.peek(`${n}`));
  expect(kept).toEqual([undefined, 1, undefined, 3, undefined, 5, undefined, 7]);
});
