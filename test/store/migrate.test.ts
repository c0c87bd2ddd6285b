import { describe, expect, test } from "vitest";
import { migrate, type Migration } from "../../durable-objects/shared/migrate.ts";
import type { Sql } from "../../durable-objects/shared/sql.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";
import { CountedSql } from "./counted-sql.ts";

const STEPS: readonly Migration[] = [
  ["CREATE TABLE a (x INTEGER)", "INSERT INTO a VALUES (1)"],
  ["INSERT INTO a VALUES (2)"],
  ["INSERT INTO a VALUES (3)"],
];
const contents = (sql: Sql): number[] =>
  sql.all<{ x: number }>("SELECT x FROM a ORDER BY rowid").map((row) => row.x);

describe("an object's schema", () => {
  test("grows by the steps that it lacks, each once and in their order", () => {
    const sql = sqliteSql();
    for (const steps of [1, 1, 3, 3]) {
      migrate(sql, STEPS.slice(0, steps));
      expect(contents(sql)).toEqual([1, 2, 3].slice(0, steps));
    }
  });

  test("that is up to date opens no transaction", () => {
    const count = new CountedSql();
    const sql = count.wrap(sqliteSql());
    migrate(sql, STEPS);
    migrate(sql, STEPS);
    expect(count.transactions).toBe(1);
  });

  test("that is newer than the code is left as it is", () => {
    const count = new CountedSql();
    const sql = count.wrap(sqliteSql());
    migrate(sql, STEPS);
    migrate(sql, STEPS.slice(0, 2));
    expect(contents(sql)).toEqual([1, 2, 3]);
    expect(count.transactions).toBe(1);
  });

  test("that breaks at a step keeps none of it, and none of those before it in the same start", () => {
    const sql = sqliteSql();
    migrate(sql, STEPS.slice(0, 1));
    expect(() => migrate(sql, [...STEPS.slice(0, 2), ["NONSENSE"]])).toThrow();
    expect(contents(sql)).toEqual([1]);
    migrate(sql, STEPS);
    expect(contents(sql)).toEqual([1, 2, 3]);
  });
});
