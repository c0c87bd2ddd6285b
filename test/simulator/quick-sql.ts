import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Sql, SqlRow, SqlValue } from "../../durable-objects/shared/sql.ts";

type Bound = Exclude<SqlValue, ArrayBuffer>;

/**
 * test/support/node/sqlite-sql.ts without what costs a simulation its speed: the platform's limits
 * are not checked here (the store's own tests do), transactions are prepared, and they never nest
 * (the store joins its own).
 */
export function quickSql(database: DatabaseSync): Sql {
  const prepared = new Map<string, StatementSync>();
  const prepare = (text: string): StatementSync => {
    let statement = prepared.get(text);
    if (statement === undefined) {
      statement = database.prepare(text);
      prepared.set(text, statement);
    }
    return statement;
  };
  return {
    all<Row extends SqlRow>(text: string, ...bindings: SqlValue[]): Row[] {
      // The store binds texts, numbers and null; the rows are named by the caller's columns.
      return prepare(text).all(...(bindings as Bound[])) as Row[];
    },
    run(text: string, ...bindings: SqlValue[]): number {
      return Number(prepare(text).run(...(bindings as Bound[])).changes);
    },
    transaction<T>(work: () => T): T {
      prepare("BEGIN").run();
      try {
        const result = work();
        prepare("COMMIT").run();
        return result;
      } catch (error) {
        prepare("ROLLBACK").run();
        throw error;
      }
    },
  };
}
