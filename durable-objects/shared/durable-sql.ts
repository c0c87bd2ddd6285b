import type { Sql, SqlRow, SqlValue } from "./sql.ts";

/**
 * A Durable Object's own SQLite behind the store's interface. Cursors are read to the end at once:
 * one that is still open across another statement would see what that statement did.
 *
 * `oneRow` are the statements that change one row at the most. Whether such a one did is told by the
 * rows that it wrote; to ask for `changes()` as well costs as much as the statement itself.
 */
export function durableSql(
  storage: DurableObjectStorage,
  oneRow: ReadonlySet<string> = new Set(),
): Sql {
  return {
    all<Row extends SqlRow>(statement: string, ...bindings: SqlValue[]): Row[] {
      // The caller names the columns it selects; SQLite's value types are those of SqlValue.
      return storage.sql.exec(statement, ...bindings).toArray() as unknown as Row[];
    },
    run(statement: string, ...bindings: SqlValue[]): number {
      const cursor = storage.sql.exec(statement, ...bindings);
      cursor.toArray();
      // rowsWritten is what is billed, index entries included; changes() is what the statement did.
      if (cursor.rowsWritten === 0) return 0;
      if (oneRow.has(statement)) return 1;
      return Number(storage.sql.exec("SELECT changes() AS changed").one()["changed"]);
    },
    transaction: (work) => storage.transactionSync(work),
  };
}
