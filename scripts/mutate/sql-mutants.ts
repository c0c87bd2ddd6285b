/**
 * SQL as a mutation tester sees it: each answer is the statement with one rule of it broken. A
 * statement is a string to the language around it, and a string that is merely emptied fails at
 * once and proves nothing; what matters is a guard that is gone and a boundary that is off by one.
 *
 * Reads SQL as this repository writes it (upper-case keywords, no comments, no BETWEEN); what it
 * makes of anything else is still only a statement that a test should refuse.
 */
export function sqlMutants(statement: string): string[] {
  const mutants = [
    ...withoutConditions(statement),
    ...withoutAssignments(statement),
    ...RULES.flatMap(([pattern, becomes]) => replacedEach(statement, pattern, becomes)),
  ];
  return [...new Set(mutants)].filter((mutant) => mutant !== statement);
}

export function isSql(text: string): boolean {
  return /^\s*(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER) /.test(text);
}

type Rule = readonly [pattern: RegExp, becomes: string];

/** Each match of each pattern is one mutant. */
const RULES: readonly Rule[] = [
  // Boundaries and comparisons. `->>` and `<<` are none; a lone `=` may be an assignment.
  [/ <= /g, " < "],
  [/ >= /g, " > "],
  [/ < /g, " <= "],
  [/ > /g, " >= "],
  [/ <> /g, " = "],
  [/ OR /g, " AND "],
  [/ IS NOT NULL/g, " IS NULL"],
  [/ IS NULL/g, " IS NOT NULL"],
  [/ NOT IN /g, " IN "],
  // Order and extent.
  [/\s+ORDER BY [^)]*?(?= LIMIT|\)|$)/g, ""],
  [/( ORDER BY [\w, ]*?\w)(?= LIMIT|\)|,|$)/g, "$1 DESC"],
  [/ LIMIT (0 \+ )?[?\w]+/g, ""],
  [/ GROUP BY \w+/g, ""],
  // Arithmetic and functions.
  [/ \+ 1\b/g, ""],
  [/ \+ (?=min)/g, " - "],
  [/ << /g, " >> "],
  [/\bcoalesce\((.+?), [^()]*\)/g, "$1"],
  [/\bmin\(/g, "max("],
  [/\bmax\(/g, "min("],
  [/\bsum\(/g, "count("],
  // What the schema forbids, and what makes a repetition harmless.
  [/,?\s+CHECK \((?:[^()]|\([^()]*\))*\)/g, ""],
  [/ UNIQUE\b/g, ""],
  [/ PRIMARY KEY\b(?! \()/g, ""],
  [/ ON CONFLICT .*$/gs, ""],
  [/'\w+',(?='\w+')/g, ""],
  [/,'\w+'(?=\))/g, ""],
];

function replacedEach(statement: string, pattern: RegExp, becomes: string): string[] {
  return [...statement.matchAll(pattern)].map((match) => {
    const one = match[0].replace(
      new RegExp(pattern.source, pattern.flags.replace("g", "")),
      becomes,
    );
    return spliced(statement, match.index, match[0].length, becomes.includes("$") ? one : becomes);
  });
}

/** Each condition of a WHERE or ON gone, and each equality in one turned round. */
function withoutConditions(statement: string): string[] {
  return [...statement.matchAll(/\b(?:WHERE|ON) (?!CONFLICT)/g)].flatMap((clause) => {
    const from = clause.index + clause[0].length;
    // The index of CREATE INDEX … ON table is no condition.
    if (/^\w+ \(/.test(statement.slice(from))) return [];
    return conditions(statement, from).flatMap(({ at, text }) => [
      spliced(statement, at, text.length, "true"),
      ...(/ = /.test(text)
        ? [spliced(statement, at, text.length, text.replace(" = ", " <> "))]
        : []),
    ]);
  });
}

interface Condition {
  readonly at: number;
  readonly text: string;
}

/** The conjuncts that begin at `from`, up to the end of their clause. */
function conditions(statement: string, from: number): Condition[] {
  const found: Condition[] = [];
  let begin = from;
  const end = clauseEnd(statement, from);
  for (const { index } of atDepthZero(statement.slice(from, end), /\s+AND\s+/g)) {
    found.push(trimmed(statement, begin, from + index));
    begin = from + index + (/^\s+AND\s+/.exec(statement.slice(from + index))?.[0].length ?? 0);
  }
  found.push(trimmed(statement, begin, end));
  return found;
}

/** Each assignment of a SET undone: the column keeps what it had. */
function withoutAssignments(statement: string): string[] {
  return [...statement.matchAll(/\bSET /g)].flatMap((clause) => {
    const from = clause.index + clause[0].length;
    const end = clauseEnd(statement, from);
    const commas = atDepthZero(statement.slice(from, end), /,/g).map(({ index }) => from + index);
    return [from, ...commas.map((comma) => comma + 1)].map((begin, place) => {
      const { at, text } = trimmed(statement, begin, commas[place] ?? end);
      const column = /^\w+/.exec(text)?.[0] ?? "";
      return spliced(statement, at, text.length, `${column} = ${column}`);
    });
  });
}

function clauseEnd(statement: string, from: number): number {
  const rest = statement.slice(from);
  const closing = atDepthZero(
    rest,
    /\)|\b(?:WHERE|FROM|ORDER|GROUP|LIMIT|RETURNING|ON CONFLICT|JOIN|UNION)\b/g,
  )[0];
  return closing === undefined ? statement.length : from + closing.index;
}

/** Matches that stand in no bracket that was opened in `text`; a bracket that closes one outside counts. */
function atDepthZero(text: string, pattern: RegExp): RegExpExecArray[] {
  return [...text.matchAll(pattern)].filter(({ index }) => {
    const before = text.slice(0, index);
    return count(before, "(") - count(before, ")") === 0;
  });
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function trimmed(statement: string, from: number, to: number): Condition {
  const text = statement.slice(from, to);
  return { at: from + (text.length - text.trimStart().length), text: text.trim() };
}

function spliced(text: string, at: number, length: number, becomes: string): string {
  return text.slice(0, at) + becomes + text.slice(at + length);
}
