import { describe, expect, test } from "vitest";
import { ReportPace } from "../../durable-objects/drop-controller/report-pace.ts";
import { DropControllerStore } from "../../durable-objects/drop-controller/store.ts";
import { addTo, emptySketch } from "../../src/domain/memory/hyperloglog.ts";
import { OPENS_MS, TERMS } from "../domain/drop/line-plant.ts";
import { sqliteSql } from "../support/node/sqlite-sql.ts";

const STOCK = { free: 900, held: 0, sold: 0, drop: null };

function report(people: number, late: readonly { second: number; tickets: number }[] = []) {
  const early = emptySketch();
  for (let person = 0; person < people; person++) {
    addTo(early, crypto.getRandomValues(new Uint8Array(16)));
  }
  return { edgeNowMs: OPENS_MS, early, late: emptySketch(), lateTickets: late };
}

function opened(sql = sqliteSql()) {
  const store = new DropControllerStore(sql);
  store.configure(TERMS);
  return { sql, store };
}

describe("a controller's store", () => {
  test("opened again has the terms, the threshold and the line that were written", () => {
    const { sql, store } = opened();
    store.report(report(5_000, [{ second: 3, tickets: 40 }]), OPENS_MS);
    for (let second = 0; second < 10; second++) store.tick(OPENS_MS + second * 1_000, STOCK);
    const before = store.state(OPENS_MS + 10_000);
    const again = new DropControllerStore(sql).state(OPENS_MS + 10_000);
    expect(before?.threshold.early).toBeGreaterThan(0);
    expect(again).toEqual(before);
  });

  test("written otherwise by another version keeps what was published, and goes on", () => {
    const { sql, store } = opened();
    store.report(report(5_000), OPENS_MS);
    for (let second = 0; second < 10; second++) store.tick(OPENS_MS + second * 1_000, STOCK);
    const before = store.state(OPENS_MS + 10_000);
    sql.run(`UPDATE controller SET json = json_remove(json, '$.feedback')`);
    sql.run(`UPDATE line SET json = '{}'`);
    const other = new DropControllerStore(sql);
    const { seq, status, threshold } = before ?? {};
    expect(other.state(OPENS_MS + 10_000)).toMatchObject({ seq, status, threshold });
    for (let second = 10; second < 20; second++) other.tick(OPENS_MS + second * 1_000, STOCK);
    expect(other.state(OPENS_MS + 20_000)?.threshold.early).toBeGreaterThan(
      before?.threshold.early ?? 1,
    );
  });

  test("does not grow: a row of each table, however long the drop", () => {
    const { sql, store } = opened();
    for (let second = 0; second < 500; second++) {
      store.report(report(1, [{ second, tickets: 2 }]), OPENS_MS + second * 1_000);
      store.tick(OPENS_MS + second * 1_000, STOCK);
    }
    for (const table of ["terms", "controller", "line"]) {
      expect(sql.all(`SELECT count(*) AS count FROM ${table}`)).toEqual([{ count: 1 }]);
    }
    const [row] = sql.all<{ size: number }>("SELECT length(json) AS size FROM controller");
    expect(row?.size).toBeLessThan(10_000);
  });

  test("believes the middle of the clocks that it is told, not one that is far off", () => {
    const { store } = opened();
    const at = (offsetMs: number) =>
      store.report({ ...report(1), edgeNowMs: OPENS_MS - 60_000 + offsetMs }, OPENS_MS - 60_000);
    for (const offsetMs of [-40, -80, 3_600_000, -20, -90]) at(offsetMs);
    expect(store.state(OPENS_MS - 60_000)?.atMs).toBe(OPENS_MS - 60_000);
    for (let more = 0; more < 12; more++) at(3_600_000);
    expect(store.state(OPENS_MS - 60_000)?.atMs).toBe(OPENS_MS - 60_000 + 3_600_000);
  });
});

test("a thousand isolates are told to report so that a controller hears some hundred a second", () => {
  const pace = new ReportPace();
  const dueAt = Array.from({ length: 1_000 }, (_, isolate) => isolate * 3);
  let [lastSecond, heard] = [0, 0];
  for (let second = 0; second < 60; second++) {
    heard = 0;
    for (const [isolate, dueMs] of dueAt.entries()) {
      if (dueMs >= (second + 1) * 1_000) continue;
      dueAt[isolate] = second * 1_000 + pace.afterOneMore(second * 1_000);
      heard++;
    }
    lastSecond = heard;
  }
  expect(lastSecond).toBeLessThan(400);
  expect(new ReportPace().afterOneMore(0)).toBe(3_000);
});
