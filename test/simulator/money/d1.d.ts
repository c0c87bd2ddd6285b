/** Of D1's types what src/db names, for the code that is compiled for Node and runs it over SQLite. */
interface D1Result<Row = unknown> {
  readonly results: Row[];
  readonly success: true;
  readonly meta: { readonly changes: number };
}

interface D1PreparedStatement {
  bind(...values: unknown[]): D1PreparedStatement;
  all<Row = Record<string, unknown>>(): Promise<D1Result<Row>>;
  run<Row = Record<string, unknown>>(): Promise<D1Result<Row>>;
  first<Row = Record<string, unknown>>(): Promise<Row | null>;
  raw<Row = unknown[]>(): Promise<Row[]>;
}

interface D1Database {
  prepare(text: string): D1PreparedStatement;
  batch<Row = unknown>(statements: D1PreparedStatement[]): Promise<D1Result<Row>[]>;
}
