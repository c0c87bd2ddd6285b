/** D1 as it is, and how many rows its statements have read: what the platform bills, and how long it is busy. */
export class CountedDatabase {
  rowsRead = 0;
  statements = 0;
  readonly database: D1Database;

  constructor(database: D1Database) {
    this.database = new Proxy(database, {
      get: (target, name) => {
        if (name === "batch") {
          return async (all: D1PreparedStatement[]) => this.#count(await target.batch(all));
        }
        if (name === "prepare") return (sql: string) => this.#counted(target.prepare(sql));
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
  }

  /** Of one that is asked by itself; in a batch, the batch counts. */
  #counted(statement: D1PreparedStatement): D1PreparedStatement {
    const bind = statement.bind.bind(statement);
    const all = statement.all.bind(statement);
    return Object.assign(statement, {
      bind: (...values: unknown[]) => this.#counted(bind(...values)),
      all: async () => this.#count([await all()])[0],
    });
  }

  #count<Result extends D1Result>(results: Result[]): Result[] {
    this.statements += results.length;
    for (const { meta } of results) this.rowsRead += meta.rows_read;
    return results;
  }
}
