import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

/**
 * Bulk writes by one bound parameter: a JSON array of rows, read by SQLite's json_each. D1 binds at
 * most 100 parameters a statement, which is seven orders; a string may have 2 MB.
 */
const JSON_CHARACTERS_MAX = 500_000;

/** `INSERT INTO table (…) SELECT … FROM json_each(?1)` for rows keyed by the table's properties. */
export function insertFromJson(table: SQLiteTable): string {
  const columns = Object.entries(getTableColumns(table));
  const names = columns.map(([, column]) => `"${column.name}"`);
  // "->" keeps a JSON column JSON; "->>" makes a text or a number of any other.
  const values = columns.map(
    ([property, column]) => `value ${column.dataType === "json" ? "->" : "->>"} '$.${property}'`,
  );
  // "WHERE true" tells SQLite's parser that the ON that may follow is not a join's.
  return `INSERT INTO "${getTableName(table)}" (${names.join(", ")}) SELECT ${values.join(", ")} FROM json_each(?1) WHERE true`;
}

/** `SET` of every column to what was to be inserted, but for those named. */
export function excludedColumns(table: SQLiteTable, except: readonly string[]): string {
  return Object.values(getTableColumns(table))
    .filter((column) => !except.includes(column.name))
    .map((column) => `"${column.name}" = excluded."${column.name}"`)
    .join(", ");
}

/**
 * Rows as JSON arrays that each fit a bound string. The limit counts characters and D1's counts
 * bytes: of at most three per character in UTF-8, they stay below 2 MB.
 */
export function jsonChunks(rows: readonly unknown[]): string[] {
  const chunks: string[] = [];
  let items: string[] = [];
  let characters = 0;
  for (const row of rows) {
    const item = JSON.stringify(row);
    if (items.length > 0 && characters + item.length > JSON_CHARACTERS_MAX) {
      chunks.push(`[${items.join(",")}]`);
      items = [];
      characters = 0;
    }
    items.push(item);
    characters += item.length + 1;
  }
  if (items.length > 0) chunks.push(`[${items.join(",")}]`);
  return chunks;
}
