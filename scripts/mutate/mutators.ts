import { isSql, sqlMutants } from "./sql-mutants.ts";

/**
 * Teaches Stryker's instrumenter SQL, and that the words of a thrown error are for people.
 *
 * Stryker has plug-ins for runners, reporters and checkers, none for mutators, and exports its list
 * of them from no entry. The list is an array of one module of its instrumenter, so what is put into
 * it here, before a run and in the same process, is used by it. The versions are exact, and a run
 * that finds no mutant of SQL where there is SQL fails (main.ts), so an update cannot drop this in silence.
 * Stryker leaves alone what stands before an `as`, an `as const` too: statements stand before none.
 */
const LIST = "../../node_modules/@stryker-mutator/instrumenter/dist/src/mutators/mutate.js";

/** As much of Babel's node and path as is looked at. */
interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly cooked: string } }[];
  readonly callee?: Node;
  readonly name?: string;
}
interface Path {
  readonly node: Node;
  findParent(is: (path: Path) => boolean): Path | null;
}
interface Mutator {
  readonly name: string;
  mutate(path: Path, context: unknown): Iterable<Node>;
}

/** `every`: of so many mutants one is made, spread over all files and kinds; 1 makes all. */
export async function teachMutators(every: number): Promise<void> {
  const { allMutators } = (await import(new URL(LIST, import.meta.url).href)) as {
    allMutators: Mutator[];
  };
  const strings = allMutators.findIndex((mutator) => mutator.name === "StringLiteral");
  const emptied = allMutators[strings];
  if (emptied === undefined) throw new Error("Stryker's list of mutators has changed");
  allMutators[strings] = {
    name: emptied.name,
    mutate: (path, context) => (isLeftAlone(path) ? [] : emptied.mutate(path, context)),
  };
  allMutators.push({ name: SQL_MUTATOR, mutate: (path) => brokenStatements(path.node) });

  let made = 0;
  for (const [place, { name, mutate }] of allMutators.entries()) {
    const chosen = (path: Path, context: unknown): Node[] =>
      Array.from(mutate(path, context)).filter(() => made++ % every === 0);
    allMutators[place] = { name, mutate: chosen };
  }
}

export const SQL_MUTATOR = "Sql";

function brokenStatements(node: Node): Node[] {
  const text = sqlOf(node);
  return text === null ? [] : sqlMutants(text).map(template);
}

function isLeftAlone(path: Path): boolean {
  return sqlOf(path.node) !== null || path.findParent(({ node }) => isError(node)) !== null;
}

/** `new SomethingError(…)`, or the `super(…)` of one. */
function isError({ type, callee }: Node): boolean {
  if (type === "NewExpression") return callee?.name?.endsWith("Error") === true;
  return type === "CallExpression" && callee?.type === "Super";
}

function sqlOf({ type, value, quasis }: Node): string | null {
  const text = type === "StringLiteral" ? value : type === "TemplateLiteral" ? plain(quasis) : null;
  return typeof text === "string" && isSql(text) ? text : null;
}

function plain(quasis: Node["quasis"]): string | null {
  const [only, ...others] = quasis ?? [];
  return only === undefined || others.length > 0 ? null : only.value.cooked;
}

function template(text: string): Node {
  const raw = text.replaceAll(/[\\`$]/g, (character) => `\\${character}`);
  const element = { type: "TemplateElement", value: { raw, cooked: text }, tail: true };
  return { type: "TemplateLiteral", quasis: [element], expressions: [] } as unknown as Node;
}
