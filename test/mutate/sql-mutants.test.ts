import { describe, expect, test } from "vitest";
import { MIGRATIONS } from "../../durable-objects/product-stock/schema.ts";
import { SQL } from "../../durable-objects/product-stock/statements.ts";
import { isSql, sqlMutants } from "../../scripts/mutate/sql-mutants.ts";

const GUARDED = "UPDATE orders SET state = ?2, n = n + 1 WHERE id = ?1 AND version <= ?3";

describe("a statement is broken", () => {
  test("in each of its conditions and assignments, one at a time", () => {
    expect(sqlMutants(GUARDED).toSorted()).toEqual(
      [
        "UPDATE orders SET state = ?2, n = n + 1 WHERE true AND version <= ?3",
        "UPDATE orders SET state = ?2, n = n + 1 WHERE id <> ?1 AND version <= ?3",
        "UPDATE orders SET state = ?2, n = n + 1 WHERE id = ?1 AND true",
        "UPDATE orders SET state = ?2, n = n + 1 WHERE id = ?1 AND version < ?3",
        "UPDATE orders SET state = state, n = n + 1 WHERE id = ?1 AND version <= ?3",
        "UPDATE orders SET state = ?2, n = n WHERE id = ?1 AND version <= ?3",
      ].toSorted(),
    );
  });

  test("in the conditions of its inner statement as well", () => {
    const mutants = sqlMutants(
      "DELETE FROM a WHERE id IN (SELECT id FROM b WHERE x = 1 AND y = 2)",
    );
    expect(mutants).toContain("DELETE FROM a WHERE true");
    expect(mutants).toContain("DELETE FROM a WHERE id IN (SELECT id FROM b WHERE x = 1 AND true)");
    expect(mutants).toContain("DELETE FROM a WHERE id IN (SELECT id FROM b WHERE true AND y = 2)");
  });

  test.each([
    ["SELECT a FROM t ORDER BY a LIMIT 0 + ?1", "SELECT a FROM t LIMIT 0 + ?1"],
    ["SELECT a FROM t ORDER BY a LIMIT 0 + ?1", "SELECT a FROM t ORDER BY a DESC LIMIT 0 + ?1"],
    ["SELECT a FROM t ORDER BY a LIMIT 0 + ?1", "SELECT a FROM t ORDER BY a"],
    ["SELECT coalesce(sum(a), 0) FROM t", "SELECT sum(a) FROM t"],
    ["SELECT coalesce(?5, a ->> 'b', '') FROM t", "SELECT ?5 FROM t"],
    ["SELECT min(a) FROM t", "SELECT max(a) FROM t"],
    ["INSERT INTO t VALUES (1) ON CONFLICT (a) DO NOTHING", "INSERT INTO t VALUES (1)"],
    [
      "CREATE TABLE t (a TEXT UNIQUE, b INTEGER CHECK (b > 0))",
      "CREATE TABLE t (a TEXT, b INTEGER CHECK (b > 0))",
    ],
    [
      "CREATE TABLE t (a TEXT UNIQUE, b INTEGER CHECK (b > 0))",
      "CREATE TABLE t (a TEXT UNIQUE, b INTEGER)",
    ],
    ["CREATE INDEX i ON t (a) WHERE b = 'x'", "CREATE INDEX i ON t (a) WHERE true"],
    ["SELECT a FROM t WHERE b IN ('x','y','z')", "SELECT a FROM t WHERE b IN ('x','z')"],
    ["SELECT a FROM t WHERE b IS NOT NULL", "SELECT a FROM t WHERE b IS NULL"],
  ])("%s also as %s", (statement, mutant) => {
    expect(sqlMutants(statement)).toContain(mutant);
  });

  test("and never left as it was, or broken twice in one way", () => {
    for (const statement of [...Object.values(SQL), ...MIGRATIONS.flat()]) {
      const mutants = sqlMutants(statement);
      expect(mutants).not.toContain(statement);
      expect(new Set(mutants).size).toBe(mutants.length);
    }
  });
});

test("every statement of the store is known as one, and a sentence is none", () => {
  const statements = [...Object.values(SQL), ...MIGRATIONS.flat()];
  expect(statements.filter((statement) => !isSql(statement))).toEqual([]);
  for (const text of ["", "select", "Update the stock", "INSERTED 3"])
    expect(isSql(text)).toBe(false);
});
