/** A mutant as Stryker judged it; lines and columns count from 1, and the end is behind it. */
export interface Judged {
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly status: string;
  readonly location: Span;
}
interface Span {
  readonly start: Position;
  readonly end: Position;
}
interface Position {
  readonly line: number;
  readonly column: number;
}

/** Mutants of one file. `caught` made a test fail or never end; `survived` includes what no test reaches. */
export interface Count {
  readonly caught: number;
  readonly survived: number;
}

/** When a file was last mutated; `every`: of so many mutants one was made. */
export interface RunOf {
  readonly day: string;
  readonly every: number;
}

export interface Survivor {
  readonly file: string;
  readonly line: number;
  /** The line as it stands in the file, without its indent. */
  readonly code: string;
  /** What became of what: "a < b → a <= b". With `code` it names the mutant, wherever its line moves. */
  readonly change: string;
  readonly reached: boolean;
}

/** docs/mutation.json: what is known of each file, from the last run that mutated it. */
export interface Result {
  readonly files: Readonly<Record<string, Count & RunOf>>;
  readonly survivors: readonly Survivor[];
}

export const NOTHING: Result = { files: {}, survivors: [] };

/** Files that this run did not mutate keep what was known of them. */
export function withRun(
  known: Result,
  judged: readonly Judged[],
  textOf: (file: string) => string,
  run: RunOf,
): Result {
  const files: Record<string, Count & RunOf> = { ...known.files };
  const ran = Map.groupBy(judged, (mutant) => mutant.fileName);
  for (const [file, mutants] of ran) files[file] = { ...count(mutants), ...run };
  const found = judged
    .filter(isSurvivor)
    .map((mutant) => survivor(mutant, textOf(mutant.fileName)));
  const kept = known.survivors.filter(({ file }) => !ran.has(file));
  return {
    files: Object.fromEntries(Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    survivors: [...kept, ...found].toSorted(byPlace),
  };
}

/** In percent; a file without a mutant has none to miss. */
export function scoreOf(counts: readonly Count[]): number {
  const caught = counts.reduce((sum, each) => sum + each.caught, 0);
  const survived = counts.reduce((sum, each) => sum + each.survived, 0);
  return caught + survived === 0 ? 100 : (100 * caught) / (caught + survived);
}

function count(mutants: readonly Judged[]): Count {
  const caught = mutants.filter(({ status }) => status === "Killed" || status === "Timeout").length;
  return { caught, survived: mutants.filter(isSurvivor).length };
}

function isSurvivor({ status }: Judged): boolean {
  return status === "Survived" || status === "NoCoverage";
}

function survivor({ fileName, replacement, status, location }: Judged, text: string): Survivor {
  const { start, end } = location;
  const lines = text.split("\n");
  const covered = lines.slice(start.line - 1, end.line);
  const last = covered.length - 1;
  const original = covered
    .map((line, place) =>
      line.slice(place === 0 ? start.column - 1 : 0, place === last ? end.column - 1 : undefined),
    )
    .join("\n");
  return {
    file: fileName,
    line: start.line,
    code: (covered[0] ?? "").trim(),
    change: changeOf(original, replacement),
    reached: status === "Survived",
  };
}

const SHOWN = 70;

/** The words that differ, and a few around them where little does. */
function changeOf(before: string, after: string): string {
  const [from, to] = [words(before), words(after)];
  let head = 0;
  while (head < Math.min(from.length, to.length) && from[head] === to[head]) head++;
  let tail = 0;
  while (tail < Math.min(from.length, to.length) - head && from.at(-1 - tail) === to.at(-1 - tail))
    tail++;
  const begin = Math.max(0, head - 2);
  const part = (of: readonly string[]): string =>
    shortened(of.slice(begin, of.length - Math.max(0, tail - 2)).join(" "));
  return `${part(from)} → ${part(to)}`;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function shortened(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN / 2)} … ${text.slice(-SHOWN / 2)}`;
}

function byPlace(a: Survivor, b: Survivor): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}
