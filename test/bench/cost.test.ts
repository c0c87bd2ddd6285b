import { expect, test } from "vitest";
import { bill, total, type Usage } from "../../bench/cost/prices.ts";
import { DROP, dropUsage, scaled } from "../../bench/cost/usage.ts";
import { difference, noReadings } from "../../bench/meter/readings.ts";

const usage = (changes: Partial<Usage> = {}): Usage => ({
  ...noReadings(),
  processorMs: 0,
  objectSeconds: 0,
  ...changes,
});

const dollars = (item: string, used: Usage) =>
  bill(used).find((line) => line.item === item)?.dollars;

test("each unit costs what Cloudflare's list says", () => {
  const million = scaled(
    {
      ...usage({ processorMs: 1, objectSeconds: 1 }),
      workerRequests: 1,
      objectRequests: 1,
      objectRowsRead: 1,
      objectRowsWritten: 1,
      d1RowsRead: 1,
      d1RowsWritten: 1,
      queueMessages: 1,
    },
    1e6,
  );
  const lines = Object.fromEntries(bill(million).map((line) => [line.item, line.dollars]));
  expect(lines["Worker requests"]).toBeCloseTo(0.3);
  expect(lines["Worker processor ms"]).toBeCloseTo(0.02);
  expect(lines["object requests"]).toBeCloseTo(0.15);
  expect(lines["object GB-s"]).toBeCloseTo(12.5 * 0.128);
  expect(lines["object rows read"]).toBeCloseTo(0.001);
  expect(lines["object rows written"]).toBeCloseTo(1);
  expect(lines["D1 rows read"]).toBeCloseTo(0.001);
  expect(lines["D1 rows written"]).toBeCloseTo(1);
  expect(lines["queue operations"]).toBeCloseTo(3 * 0.4);
  expect(total(bill(million))).toBeCloseTo(0.3 + 0.02 + 0.15 + 1.6 + 2 * 1.001 + 1.2);
});

test("what a consumer runs is billed as a request", () => {
  expect(dollars("Worker requests", usage({ consumerRuns: 1e6 }))).toBeCloseTo(0.3);
});

test("what was counted between two looks is what the later has more", () => {
  const before = { ...noReadings(), workerRequests: 5 };
  const after = { ...noReadings(), workerRequests: 12, reservations: 3 };
  expect(difference(after, before)).toEqual({
    ...noReadings(),
    workerRequests: 7,
    reservations: 3,
  });
});

test("a drop is its purchases, its refusals and its pages", () => {
  const acts = {
    purchase: usage({ workerRequests: 3, objectRowsWritten: 20 }),
    refusal: usage({ workerRequests: 1, objectRowsRead: 2 }),
    pageView: usage({ workerRequests: 1, processorMs: 2, objectRowsRead: 1_000 }),
  };
  const drop = dropUsage(acts);
  const views = 2 * DROP.visitors;
  const looks = 3 * DROP.keys;
  const refusals = DROP.visitors / 10 - DROP.keys;
  expect(drop.workerRequests).toBe(views + 3 * DROP.keys + looks + refusals);
  expect(drop.objectRowsWritten).toBe(20 * DROP.keys);
  expect(drop.processorMs).toBe(2 * (views + looks));
  expect(drop.objectSeconds).toBe(DROP.activeSeconds);
});
