import type { Sql } from "../../durable-objects/shared/sql.ts";

/** Counts what a store asks of its database, by the text of the statement. */
export class CountedSql {
  transactions = 0;
  readonly #asked = new Map<string, number>();

  wrap = (sql: Sql): Sql => ({
    all: (statement, ...bindings) => {
      this.#count(statement);
      return sql.all(statement, ...bindings);
    },
    run: (statement, ...bindings) => {
      this.#count(statement);
      return sql.run(statement, ...bindings);
    },
    transaction: (work) => {
      this.transactions++;
      return sql.transaction(work);
    },
  });

  /** How often those were asked while `act` ran. */
  during(act: () => unknown, ...statements: readonly string[]): number[] {
    const before = statements.map((statement) => this.#of(statement));
    act();
    return statements.map((statement, place) => this.#of(statement) - (before[place] ?? 0));
  }

  #of(statement: string): number {
    return this.#asked.get(statement) ?? 0;
  }

  #count(statement: string): void {
    this.#asked.set(statement, this.#of(statement) + 1);
  }
}
