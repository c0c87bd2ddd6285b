import type { Migration } from "../shared/migrate.ts";

/** Append only. `arrival_ms` is GCRA's one number; see store.ts for which keys have a row. */
export const MIGRATIONS: readonly Migration[] = [
  [
    `CREATE TABLE arrivals (
      key TEXT PRIMARY KEY,
      arrival_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE INDEX arrivals_past ON arrivals (arrival_ms)`,
  ],
];
