import { describe, expect, test } from "vitest";
import { NOTHING, scoreOf, withRun, type Judged } from "../../scripts/mutate/result.ts";

const TEXT = "function f(a: number) {\n  return a < 1 ? 0 : a;\n}\n";

function mutant(changes: Partial<Judged> = {}): Judged {
  return {
    fileName: "src/a.ts",
    mutatorName: "EqualityOperator",
    replacement: "a <= 1",
    status: "Survived",
    location: { start: { line: 2, column: 10 }, end: { line: 2, column: 15 } },
    ...changes,
  };
}

const after = (known: typeof NOTHING, ...judged: Judged[]) =>
  withRun(known, judged, () => TEXT, { day: "2026-11-25", every: 1 });

describe("the result of a run", () => {
  test("names a survivor by its line and by what became of what", () => {
    expect(after(NOTHING, mutant()).survivors).toEqual([
      {
        file: "src/a.ts",
        line: 2,
        code: "return a < 1 ? 0 : a;",
        change: "a < 1 → a <= 1",
        reached: true,
      },
    ]);
  });

  test("counts a mutant that never ends as noticed, and one that no test reaches as a survivor", () => {
    const statuses = ["Killed", "Timeout", "Survived", "NoCoverage", "RuntimeError", "Ignored"];
    const { files, survivors } = after(NOTHING, ...statuses.map((status) => mutant({ status })));
    expect(files["src/a.ts"]).toEqual({ caught: 2, survived: 2, day: "2026-11-25", every: 1 });
    expect(survivors.map(({ reached }) => reached)).toEqual([true, false]);
  });

  test("replaces what was known of a file, and of no other", () => {
    const known = after(NOTHING, mutant(), mutant({ fileName: "src/b.ts" }));
    const next = after(known, mutant({ status: "Killed" }));
    expect(next.files["src/a.ts"]).toMatchObject({ caught: 1, survived: 0 });
    expect(next.files["src/b.ts"]).toMatchObject({ caught: 0, survived: 1 });
    expect(next.survivors.map(({ file }) => file)).toEqual(["src/b.ts"]);
  });
});

test("the score is the share that was noticed; of nothing, all", () => {
  const score = scoreOf([
    { caught: 3, survived: 0 },
    { caught: 0, survived: 1 },
  ]);
  expect(score).toBe(75);
  expect(scoreOf([])).toBe(100);
});
