import type { Sql, SqlRow, SqlValue } from "../../durable-objects/shared/sql.ts";

/** What an instance that has gone is told when it touches storage. */
export class Gone extends Error {}

/**
 * The storage of one instance of an object: it can die before a commit, and is dead from then on,
 * so that nothing which that instance still does has an effect. The database stays.
 */
export class InstanceSql implements Sql {
  alive = true;
  /** The next commit does not happen. */
  diesBeforeCommit = false;
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  all<Row extends SqlRow>(statement: string, ...bindings: SqlValue[]): Row[] {
    this.#mustLive();
    return this.#sql.all<Row>(statement, ...bindings);
  }

  run(statement: string, ...bindings: SqlValue[]): number {
    this.#mustLive();
    return this.#sql.run(statement, ...bindings);
  }

  transaction<T>(work: () => T): T {
    this.#mustLive();
    return this.#sql.transaction(() => {
      const result = work();
      if (!this.diesBeforeCommit) return result;
      this.alive = false;
      throw new Gone("the object died before it committed");
    });
  }

  #mustLive(): void {
    if (!this.alive) throw new Gone("the object is gone");
  }
}
