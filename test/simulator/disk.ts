import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "../../durable-objects/product-stock/schema.ts";
import { migrate } from "../../durable-objects/shared/migrate.ts";
import type { Sql, SqlRow, SqlValue } from "../../durable-objects/shared/sql.ts";
import { quickSql } from "./quick-sql.ts";

/** Disks that no world has at the moment, blank. */
const spare: Disk[] = [];

/**
 * What the objects of a world store on: SQLite in memory, as an object has it after its first
 * migration. Making one costs as much as ten orders, its statements as much again, so the worlds of
 * a thread hand theirs on, blank: every row is gone, and what the migrations wrote is back.
 */
export class Disk {
  readonly sql: Sql;
  /** Rows that the migrations wrote, by table. */
  readonly #first = new Map<string, SqlRow[]>();

  static blank(): Disk {
    return spare.pop() ?? new Disk();
  }

  private constructor() {
    this.sql = quickSql(new DatabaseSync(":memory:"));
    migrate(this.sql, MIGRATIONS);
    const tables = this.sql.all<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
    );
    for (const { name } of tables) this.#first.set(name, this.sql.all(`SELECT * FROM ${name}`));
  }

  /** Nobody may use it any more who had it. */
  giveBack(): void {
    this.sql.transaction(() => {
      for (const [table, rows] of this.#first) {
        this.sql.run(`DELETE FROM ${table}`);
        for (const row of rows) this.#insert(table, row);
      }
    });
    spare.push(this);
  }

  #insert(table: string, row: SqlRow): void {
    const names = Object.keys(row);
    const places = names.map((_, place) => `?${place + 1}`);
    const values: SqlValue[] = Object.values(row);
    this.sql.run(
      `INSERT INTO ${table} (${names.join(", ")}) VALUES (${places.join(", ")})`,
      ...values,
    );
  }
}
