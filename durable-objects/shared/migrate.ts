import type { Sql } from "./sql.ts";

/** One step of a schema: statements that ran once and are never edited afterwards. */
export type Migration = readonly string[];

/**
 * Brings an object's tables up to date, synchronously and in one transaction, so that no call ever
 * sees a half-made schema. The list only grows: a migration's number is its place in it. The
 * number is kept in a table of our own because workerd refuses PRAGMA user_version.
 *
 * An object whose schema is newer than this code was rolled back past a migration. It goes on:
 * migrations only add, so the older code's statements still mean what they meant.
 */
export function migrate(sql: Sql, migrations: readonly Migration[]): void {
  sql.run("CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY) STRICT");
  const applied = sql.all<{ number: number | null }>(
    "SELECT max(number) AS number FROM migrations",
  );
  const from = applied[0]?.number ?? 0;
  if (from >= migrations.length) return;
  sql.transaction(() => {
    for (const [index, statements] of migrations.entries()) {
      if (index < from) continue;
      for (const statement of statements) sql.run(statement);
      sql.run("INSERT INTO migrations (number) VALUES (?1)", index + 1);
    }
  });
}
