import { explains, type Explanation } from "./explained.ts";
import { scoreOf, type Count, type Result, type RunOf, type Survivor } from "./result.ts";
import { CORE_SCORE_MIN, isCore, SCORE_MIN } from "./scope.ts";

/** docs/mutation.md. Written by `npm run mutate`, so that it never says what was not measured. */
export function page(result: Result, explanations: readonly Explanation[]): string {
  const files = Object.entries(result.files);
  const core = files.filter(([file]) => isCore(file));
  const unexplained = result.survivors.filter(
    (survivor) => !explanations.some((explanation) => explains(explanation, survivor)),
  );
  return `# Mutation testing

Each rule of \`src/domain\` and of the stock object's store is broken on purpose, one at a time, and the
tests of \`test/domain\` and \`test/store\` must notice. A mutant that no test notices is a _survivor_: a
test that is missing, code that nobody needs, or a change that makes no difference. How it works, and why
so, is in [decision 0027](decisions/0027-mutation-testing.md).

\`\`\`
npm run mutate                                     all of it: most of an hour
npm run mutate -- src/domain/money.ts              one file, or several
npm run mutate -- --changed                        what differs from main
npm run mutate -- --every 5                        one mutant of five: an estimate
\`\`\`

A run writes this page and \`docs/mutation.json\`; of files that it does not mutate it keeps what the last
run found. It fails below ${SCORE_MIN} % in all, below ${CORE_SCORE_MIN} % of the files that count money and
keys (_core_), or when a survivor has no reason in \`scripts/mutate/explained.json\`.

| | mutants | noticed | score |
|---|---:|---:|---:|
${row("all", files)}
${row("core", core)}

| file | mutants | noticed | score | last run |
|---|---:|---:|---:|---|
${files.map(([file, count]) => `${row(isCore(file) ? `${file} (core)` : file, [[file, count]])} ${lastRun(count)} |`).join("\n")}

## Survivors

${explanations
  .map((explanation) => explained(explanation, result.survivors))
  .filter(Boolean)
  .join("\n\n")}
${unexplained.length === 0 ? "" : `\n### Not explained yet\n\n${unexplained.map(line).join("\n")}\n`}`;
}

function lastRun({ day, every }: RunOf): string {
  return every === 1 ? day : `${day}, one mutant of ${every}`;
}

function row(name: string, files: readonly (readonly [string, Count])[]): string {
  const counts = files.map(([, count]) => count);
  const caught = counts.reduce((sum, count) => sum + count.caught, 0);
  const mutants = counts.reduce((sum, count) => sum + count.caught + count.survived, 0);
  return `| ${name} | ${mutants} | ${caught} | ${scoreOf(counts).toFixed(1)} % |`;
}

function explained(explanation: Explanation, survivors: readonly Survivor[]): string {
  const found = survivors.filter((survivor) => explains(explanation, survivor));
  return found.length === 0 ? "" : [`${explanation.why}\n`, ...found.map(line)].join("\n");
}

function line({ file, line: number, change, reached }: Survivor): string {
  const [from, to] = change.split(" → ");
  return `- ${file}:${number} ${code(from)} → ${code(to)}${reached ? "" : " (reached by no test)"}`;
}

/** A span of code, however many backticks are in it. */
function code(text: string | undefined): string {
  const inner = text === undefined || text === "" ? "nothing" : text;
  return inner.includes("`") ? `\`\` ${inner} \`\`` : `\`${inner}\``;
}
