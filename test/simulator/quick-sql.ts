import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Sql, SqlRow, SqlValue } from "../../durable-objects/shared/sql.ts";

type Bound = Exclude<SqlValue, ArrayBuffer>;

interface Prepared {
  readonly statement: StatementSync;
  readonly columns: readonly string[];
}

/**
 * test/support/node/sqlite-sql.ts without what costs a simulation its speed: the platform's limits
 * are not checked here (the store's own tests do), transactions are prepared, and they never nest
 * (the store joins its own). Rows are read as arrays and made into objects here: those that
 * node:sqlite makes are dictionaries, and reading or copying one costs more than its query.
 */
export function quickSql(database: DatabaseSync): Sql {
  const prepared = new Map<string, Prepared>();
  const prepare = (text: string): Prepared => {
    const known = prepared.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare(text);
    statement.setReturnArrays(true);
    const made = { statement, columns: statement.columns().map(({ name }) => name) };
    prepared.set(text, made);
    return made;
  };
  const begin = database.prepare("BEGIN");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");
  return {
    all<Row extends SqlRow>(text: string, ...bindings: SqlValue[]): Row[] {
      const { statement, columns } = prepare(text);
      // The store binds texts, numbers and null; arrays were asked for above.
      const found = statement.all(...(bindings as Bound[])) as unknown as SqlValue[][];
      // The rows are named by the caller's columns.
      return found.map((values) => rowOf(columns, values)) as Row[];
    },
    run(text: string, ...bindings: SqlValue[]): number {
      return Number(prepare(text).statement.run(...(bindings as Bound[])).changes);
    },
    transaction<T>(work: () => T): T {
      begin.run();
      try {
        const result = work();
        commit.run();
        return result;
      } catch (error) {
        rollback.run();
        throw error;
      }
    },
  };
}

function rowOf(columns: readonly string[], values: readonly SqlValue[]): SqlRow {
  const row: SqlRow = {};
  let place = 0;
  for (const column of columns) row[column] = values[place++] ?? null;
  return row;
}
