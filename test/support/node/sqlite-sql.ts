import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Sql, SqlRow, SqlValue } from "../../../durable-objects/shared/sql.ts";

/** What a Durable Object's SQLite takes on the platform: what fails there must fail here. */
const BINDINGS_MAX = 100;
const TEXT_BYTES_MAX = 2_000_000;
/**
 * An act that never ends is ended there, after 30 s of CPU; here after so many statements without a
 * new transaction. The longest act of a test asks less than a quarter of it.
 */
const STATEMENTS_MAX = 20_000;

/** A store's SQLite outside an object. Closing and opening a file again is a restart. */
export function sqliteSql(database: DatabaseSync = new DatabaseSync(":memory:")): Sql {
  const prepared = new Map<string, StatementSync>();
  let depth = 0;
  let asked = 0;

  const prepare = (text: string, bindings: readonly SqlValue[]): StatementSync => {
    if (bindings.length > BINDINGS_MAX) throw new Error("too many SQL variables");
    if (++asked > STATEMENTS_MAX) throw new Error("exceeded its CPU time limit");
    for (const value of bindings) {
      if (typeof value === "string" && Buffer.byteLength(value) > TEXT_BYTES_MAX) {
        throw new Error("string or blob too big");
      }
    }
    let statement = prepared.get(text);
    if (statement === undefined) {
      statement = database.prepare(text);
      prepared.set(text, statement);
    }
    return statement;
  };
  return {
    all<Row extends SqlRow>(text: string, ...bindings: SqlValue[]): Row[] {
      return prepare(text, bindings).all(...bindings.map(plain)) as Row[];
    },
    run(text: string, ...bindings: SqlValue[]): number {
      return Number(prepare(text, bindings).run(...bindings.map(plain)).changes);
    },
    transaction<T>(work: () => T): T {
      const level = depth++;
      if (level === 0) asked = 0;
      const savepoint = `level_${level}`;
      database.exec(level === 0 ? "BEGIN IMMEDIATE" : `SAVEPOINT ${savepoint}`);
      try {
        const result = work();
        database.exec(level === 0 ? "COMMIT" : `RELEASE ${savepoint}`);
        return result;
      } catch (error) {
        database.exec(level === 0 ? "ROLLBACK" : `ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
        throw error;
      } finally {
        depth = level;
      }
    },
  };
}

function plain(value: SqlValue): Exclude<SqlValue, ArrayBuffer> {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value;
}
