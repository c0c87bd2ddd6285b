import { expect, test } from "vitest";
import { archivableAtMs } from "../../../src/domain/order/archiving.ts";
import { ORDER_STATES, type OrderState } from "../../../src/domain/order/order.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const order = (state: OrderState, acts: number[], payments: number[] = []) => ({
  state,
  history: acts.map((atMs) => ({ atMs })),
  payments: payments.map((atMs) => ({ atMs })),
});

test.each([
  ["expired", [], 7],
  ["cancelled", [], 7],
  ["delivered", [], 30],
  ["refunded", [], 30],
  // Money came that it did not take: somebody will ask for it.
  ["expired", [5], 30],
  ["cancelled", [5], 30],
] as const)("an order that is %s, with payments at %j, stays %i days", (state, payments, days) => {
  expect(archivableAtMs(order(state, [1, 10], [...payments]))).toBe(10 + days * DAY_MS);
});

test("the last act counts, a payment among them, in whatever order they are listed", () => {
  expect(archivableAtMs(order("delivered", [9, 1], [2, 20, 3]))).toBe(20 + 30 * DAY_MS);
});

test("an order that something may still change stays", () => {
  const staying = ORDER_STATES.filter((state) => archivableAtMs(order(state, [0])) === null);
  expect(staying).toEqual(["pending", "paid", "unfilled"]);
});
