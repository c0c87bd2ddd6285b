/** What SQLite stores and returns. */
export type SqlValue = string | number | null | ArrayBuffer | Uint8Array;
export type SqlRow = Record<string, SqlValue>;

/**
 * SQLite as a store sees it: three methods, so that the same store runs in a Durable Object
 * (object.ts passes `ctx.storage`) and over node:sqlite in the simulator.
 */
export interface Sql {
  /** Runs one statement and returns its rows. */
  all<Row extends SqlRow>(statement: string, ...bindings: SqlValue[]): Row[];
  /** Runs one statement and returns how many rows it inserted, changed or deleted. */
  run(statement: string, ...bindings: SqlValue[]): number;
  /** All or nothing; may be nested. What throws inside is undone and thrown on. */
  transaction<T>(work: () => T): T;
}
