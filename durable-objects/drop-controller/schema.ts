import type { Migration } from "../shared/migrate.ts";

/** The tables of a drop's controller, of one row each. Append only. */
export const MIGRATIONS: readonly Migration[] = [
  [
    `CREATE TABLE terms (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      json TEXT NOT NULL
    ) STRICT`,
    `CREATE TABLE controller (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      json TEXT NOT NULL
    ) STRICT`,
    `CREATE TABLE line (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      json TEXT NOT NULL,
      early BLOB NOT NULL,
      late BLOB NOT NULL
    ) STRICT`,
  ],
];
