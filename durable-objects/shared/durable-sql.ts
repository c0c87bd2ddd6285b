import type { Sql, SqlRow, SqlValue } from "./sql.ts";

/**
 * A Durable Object's own SQLite behind the store's interface. Cursors are read to the end at once:
 * one that is still open across another statement would see what that statement did.
 */
export function durableSql(storage: DurableObjectStorage): Sql {
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
      return Number(storage.sql.exec("SELECT changes() AS changed").one()["changed"]);
    },
    transaction: (work) => storage.transactionSync(work),
  };
}
