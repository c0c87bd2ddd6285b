import { describe, expect, test } from "vitest";
import { files, textOf } from "./support/node/tidy/repository.ts";

/** docs/chaos.md says which test holds which line: here each of them is looked for. */
const PAGE = "docs/chaos.md";
/** What is said of a line whose subject the shop does not have. */
const ABSENT = /^(not built yet|not used): \S/;

interface Row {
  readonly line: string;
  readonly held: readonly string[];
}

const [catalogue = ""] = textOf(PAGE).split("\n## By hand\n");
const rows: readonly Row[] = catalogue
  .split("\n")
  .filter(
    (text) => text.startsWith("| ") && !/^\| (line|what happened elsewhere|---) \|/.test(text),
  )
  .map((text) => {
    const [line = "", held = ""] = text
      .split(" | ")
      .map((cell) => cell.replaceAll(/^\| | \|$/g, ""));
    return { line, held: held.split("<br>") };
  });

/** What is wrong with "`test/….test.ts` the title as it is written there"; null where it is there. */
function missing(held: string): string | null {
  if (ABSENT.test(held)) return null;
  const [, path = "", title = ""] = /^`(test\/[\w./-]+\.test\.ts)` (.+)$/.exec(held) ?? [];
  if (!files.includes(path)) return `no such file: ${held}`;
  const source = textOf(path).replaceAll('\\"', '"');
  return source.includes(`"${title}"`) ? null : `${path} has no test "${title}"`;
}

describe("the chaos catalogue", () => {
  test("names for each line a test that is there", () => {
    expect(rows.length).toBeGreaterThan(40);
    const wrong = rows.flatMap(({ line, held }) =>
      held.flatMap((one) => {
        const why = missing(one);
        return why === null ? [] : [`${line}: ${why}`];
      }),
    );
    expect(wrong, `Correct the name in ${PAGE}, or write the test.`).toEqual([]);
  });

  test("names every test of the folders that are there for it", () => {
    const named = new Set(rows.flatMap(({ held }) => held.map((one) => one.split("`")[1])));
    const own = files.filter((path) => /^test\/(chaos|failures)\/.*\.test\.ts$/.test(path));
    expect(own.filter((path) => !named.has(path))).toEqual([]);
  });

  test.each([
    "`test/tidy.test.ts` a title that is not there",
    "`test/no-such.test.ts` import arrows",
    "a test somewhere",
    "",
  ])("the law can fail: %s", (held) => {
    expect(missing(held)).toMatch(/\S/);
  });
});
