import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Stryker } from "@stryker-mutator/core";
import { explains, readExplanations } from "./explained.ts";
import { SQL_MUTATOR, teachMutators } from "./mutators.ts";
import { page } from "./page.ts";
import { NOTHING, scoreOf, withRun, type Judged, type Result } from "./result.ts";
import { CORE_SCORE_MIN, isCore, isMutated, MUTATED, SCORE_MIN } from "./scope.ts";

/**
 * `npm run mutate`: breaks the rules one at a time and sees whether the tests notice
 * (docs/mutation.md, docs/decisions/0027-mutation-testing.md). Exits with 1 where they notice too
 * few, or where a survivor has no reason.
 */
const RESULT = "docs/mutation.json";
const PAGE = "docs/mutation.md";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Only files that differ from main. */
    changed: { type: "boolean", default: false },
    workers: { type: "string", default: "1" },
    /** Makes one mutant of so many: an estimate in a fraction of the time. */
    every: { type: "string", default: "1" },
    /** Mutates nothing: writes the page again, after explained.json has changed. */
    render: { type: "boolean", default: false },
  },
});

const result = current(values.render ? known() : await run(filesToMutate()));
writeFileSync(RESULT, `${JSON.stringify(result, null, 2)}\n`);
const explanations = readExplanations();
writeFileSync(PAGE, page(result, explanations));
execFileSync("oxfmt", ["--write", RESULT]);
judge(result);

/** Read after a run and not before: another one, of other files, may have ended meanwhile. */
function known(): Result {
  return existsSync(RESULT) ? (JSON.parse(readFileSync(RESULT, "utf8")) as Result) : NOTHING;
}

function filesToMutate(): string[] {
  const all = globSync(MUTATED).filter(isMutated).toSorted();
  const wanted = values.changed ? changedFiles() : positionals;
  const chosen =
    wanted.length === 0 && !values.changed ? all : all.filter((file) => wanted.includes(file));
  if (chosen.length === 0) fail("none of these files is mutated (scripts/mutate/scope.ts)");
  return chosen;
}

function changedFiles(): string[] {
  const answer = execFileSync("git", ["diff", "--name-only", "main"], { encoding: "utf8" });
  return answer.trim().split("\n");
}

async function run(files: readonly string[]): Promise<Result> {
  const every = Number(values.every);
  await teachMutators(every);
  // As they are now: whoever edits them during the run gets the result of what ran.
  const texts = new Map(files.map((file) => [file, readFileSync(file, "utf8")]));
  const mutants: readonly Judged[] = await new Stryker({
    mutate: [...files],
    testRunner: "vitest",
    vitest: { configFile: "scripts/mutate/vitest.config.ts" },
    plugins: [import.meta.resolve("@stryker-mutator/vitest-runner")],
    coverageAnalysis: "perTest",
    concurrency: Number(values.workers),
    reporters: [process.stdout.isTTY ? "progress" : "progress-append-only"],
    tempDirName: "out/stryker",
    ignorePatterns: ["/out", "/docs", "/bench", "/public", "/migrations"],
    // Stryker rewrites a tsconfig by TypeScript's old API, which TypeScript 7 has not. Vitest needs none.
    tsconfigFile: "none.json",
  }).runMutationTest();
  const holdsSql = files.some((file) => file.endsWith("/statements.ts"));
  if (holdsSql && !mutants.some((mutant) => mutant.mutatorName === SQL_MUTATOR))
    fail("no statement was mutated: Stryker takes mutators from elsewhere now (mutators.ts)");
  const mutated = mutants.map((mutant) => ({ ...mutant, fileName: relative(mutant.fileName) }));
  const day = new Date().toISOString().slice(0, 10);
  return withRun(known(), mutated, (file) => texts.get(file) ?? "", { day, every });
}

/** Without what was known of files that are gone. */
function current({ files, survivors }: Result): Result {
  const there = (file: string): boolean => existsSync(file) && isMutated(file);
  return {
    files: Object.fromEntries(Object.entries(files).filter(([file]) => there(file))),
    survivors: survivors.filter(({ file }) => there(file)),
  };
}

function judge({ files, survivors }: Result): void {
  const entries = Object.entries(files);
  const score = scoreOf(entries.map(([, count]) => count));
  const core = scoreOf(entries.filter(([file]) => isCore(file)).map(([, count]) => count));
  const open = survivors.filter((survivor) => !explanations.some((one) => explains(one, survivor)));
  for (const { file, line, code, change } of open)
    print(`${file}:${line} survived without a reason: ${change}\n    ${code}`);
  print(
    `score ${score.toFixed(1)} %, core ${core.toFixed(1)} %; ${open.length} survivors to explain`,
  );
  if (score < SCORE_MIN || core < CORE_SCORE_MIN || open.length > 0) process.exitCode = 1;
}

function relative(file: string): string {
  return file.replace(`${process.cwd()}/`, "");
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
