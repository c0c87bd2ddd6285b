import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";

const MIGRATIONS = new URL("../../../migrations/", import.meta.url);

/** Databases that no world has at the moment, blank. */
const spare: SqliteD1[] = [];

/** How a statement or a batch reaches the database: it happens there whole or not at all. */
type Wire = <T>(work: () => T) => Promise<T>;

/**
 * D1 as this repository's migrations make it, over SQLite in memory: a batch is a transaction. The SQL of
 * src/db runs here as it stands. As Disk, the databases of a thread are handed on, blank.
 */
export class SqliteD1 {
  /** What a planted fault makes of the Worker's statements. */
  reword: (text: string) => string = (text) => text;
  readonly #database = new DatabaseSync(":memory:");
  readonly #prepared = new Map<string, StatementSync>();
  readonly #tables: readonly string[];

  static blank(): SqliteD1 {
    return spare.pop() ?? new SqliteD1();
  }

  private constructor() {
    // Orders name products and merchants of which these worlds keep no rows.
    this.#database.exec("PRAGMA foreign_keys = OFF");
    const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"));
    for (const name of files.toSorted())
      this.#database.exec(readFileSync(new URL(name, MIGRATIONS), "utf8"));
    this.#tables = this.rows<{ name: string }>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
    ).map(({ name }) => name);
  }

  /** Nobody may use it any more who had it. */
  giveBack(): void {
    this.reword = (text) => text;
    for (const table of this.#tables) this.#database.exec(`DELETE FROM "${table}"`);
    spare.push(this);
  }

  /** As the auditor reads, and whoever need not wait. */
  rows<Row>(text: string, ...bindings: SQLInputValue[]): Row[] {
    // The rows are named by the caller's columns.
    return this.#run(text, bindings).results as Row[];
  }

  /** As the binding of a Worker: each statement, each batch goes over the wire once. */
  over(wire: Wire): D1Database {
    return {
      prepare: (text) => new Statement(this, wire, this.reword(text), []),
      batch: <Row>(statements: D1PreparedStatement[]) =>
        // Only this database's own statements come here: the flows have no others.
        wire(() => this.batch(statements as Statement[]) as D1Result<Row>[]),
    };
  }

  batch(statements: readonly Statement[]): D1Result[] {
    this.#database.exec("BEGIN");
    try {
      const results = statements.map(({ text, bindings }) => this.#run(text, bindings));
      this.#database.exec("COMMIT");
      return results;
    } catch (error) {
      this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  one({ text, bindings }: Statement): D1Result {
    return this.#run(text, bindings);
  }

  #run(text: string, bindings: readonly SQLInputValue[]): D1Result {
    const statement = this.#prepare(text);
    if (statement.columns().length === 0) {
      const { changes } = statement.run(...bindings);
      return { results: [], success: true, meta: { changes: Number(changes) } };
    }
    const results = statement.all(...bindings);
    return { results, success: true, meta: { changes: results.length } };
  }

  #prepare(text: string): StatementSync {
    const known = this.#prepared.get(text);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(text);
    this.#prepared.set(text, statement);
    return statement;
  }
}

class Statement implements D1PreparedStatement {
  readonly text: string;
  readonly bindings: readonly SQLInputValue[];
  readonly #database: SqliteD1;
  readonly #wire: Wire;

  constructor(database: SqliteD1, wire: Wire, text: string, bindings: readonly SQLInputValue[]) {
    this.#database = database;
    this.#wire = wire;
    this.text = text;
    this.bindings = bindings;
  }

  bind(...values: unknown[]): Statement {
    // src/db binds texts, numbers and null.
    return new Statement(this.#database, this.#wire, this.text, values as SQLInputValue[]);
  }

  all<Row>(): Promise<D1Result<Row>> {
    return this.#wire(() => this.#database.one(this) as D1Result<Row>);
  }

  run<Row>(): Promise<D1Result<Row>> {
    return this.all<Row>();
  }

  async first<Row>(): Promise<Row | null> {
    const { results } = await this.all<Row>();
    return results[0] ?? null;
  }

  async raw<Row>(): Promise<Row[]> {
    const { results } = await this.all<Record<string, unknown>>();
    // Columns of one name would be one value: Drizzle names each by its table where there are several.
    return results.map((row) => Object.values(row) as Row);
  }
}
