import type { Sql, SqlRow, SqlValue } from "../../durable-objects/shared/sql.ts";
import type { PlantedFault } from "./planted-fault.ts";

type All = (text: string, bindings: SqlValue[]) => SqlRow[];
type Run = (text: string, bindings: SqlValue[]) => number;

/** SQLite as a broken store would use it: `all` and `run` may answer what they like. */
export function bent(
  real: Sql,
  bend: { all?: All; run?: Run; transaction?: Sql["transaction"] },
): Sql {
  return {
    all: <Row extends SqlRow>(text: string, ...bindings: SqlValue[]) =>
      // The rows are the real statement's or are made to its columns.
      (bend.all?.(text, bindings) ?? real.all(text, ...bindings)) as Row[],
    run: (text, ...bindings) => bend.run?.(text, bindings) ?? real.run(text, ...bindings),
    transaction: bend.transaction ?? ((work) => real.transaction(work)),
  };
}

/** As `bent`, for faults that only replace the words of a statement. */
export function reworded(words: Readonly<Record<string, string>>): PlantedFault {
  return {
    sql: (real) => ({
      ...real,
      all: (text, ...bindings) => real.all(words[text] ?? text, ...bindings),
      run: (text, ...bindings) => real.run(words[text] ?? text, ...bindings),
    }),
  };
}
