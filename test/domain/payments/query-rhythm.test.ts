import { describe, expect, test } from "vitest";
import {
  fairShare,
  firstQueryMs,
  laneOf,
  nextQueryMs,
  queryPlaceOf,
  type QueryAnswer,
} from "../../../src/domain/payments/query-rhythm.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const PLACED = 1_700_000_000_000;
const PLACE = { placedAtMs: PLACED, deadlineMs: PLACED + 15 * MINUTE };

/** When a schedule that comes by each minute asks about an order that is never paid. */
function asksOf(answer: QueryAnswer, place = PLACE): number[] {
  const asks: number[] = [];
  let due: number | null = firstQueryMs(place);
  let failures = 0;
  for (let now = place.placedAtMs; due !== null && asks.length < 3_000; now += MINUTE) {
    if (now < due) continue;
    asks.push(now - place.placedAtMs);
    failures = answer === "unavailable" ? failures + 1 : 0;
    due = nextQueryMs(place, answer, { nowMs: now, failures });
  }
  return asks;
}

const gaps = (asks: readonly number[]) => asks.slice(1).map((at, index) => at - (asks[index] ?? 0));

describe("an order in its hold", () => {
  test("is asked about every minute, so that a lost notice is found within two", () => {
    const inHold = asksOf("pending").filter((at) => at <= 15 * MINUTE);
    expect(inHold[0]).toBe(MINUTE);
    expect(new Set(gaps(inHold))).toEqual(new Set([MINUTE]));
  });

  test("of hours is asked about every two minutes at the least, to its end", () => {
    const place = { ...PLACE, deadlineMs: PLACED + 240 * MINUTE };
    const inHold = asksOf("pending", place).filter((at) => at <= 240 * MINUTE);
    expect(Math.max(...gaps(inHold))).toBe(2 * MINUTE);
    expect(inHold.at(-1)).toBeGreaterThan(238 * MINUTE);
  });

  test("is asked about in it, whatever the gateway said of it", () => {
    for (const answer of ["pending", "unknown", "closed"] as const) {
      expect(asksOf(answer).filter((at) => at <= 15 * MINUTE)).toHaveLength(15);
    }
  });
});

describe("an order past its hold", () => {
  test("is asked about ever more rarely, and a day later no more", () => {
    const after = asksOf("pending").filter((at) => at > 15 * MINUTE);
    expect(after.map((at) => at / MINUTE - 15)).toEqual([1, 2, 5, 15, 60, 180, 480, 1440]);
  });

  test("that the gateway has never heard of is let go after a quarter of an hour", () => {
    expect(asksOf("unknown").at(-1)).toBe(30 * MINUTE);
  });

  test("that nobody can pay any more is let go at once", () => {
    expect(asksOf("closed").at(-1)).toBeLessThanOrEqual(16 * MINUTE);
  });
});

test("a gateway that does not answer is asked ever more rarely, every quarter of an hour at the least", () => {
  const place = { ...PLACE, deadlineMs: PLACED + 240 * MINUTE };
  const asks = asksOf("unavailable", place).filter((at) => at <= 240 * MINUTE);
  const between = gaps(asks);
  expect(between.slice(0, 4).map((gap) => gap / MINUTE)).toEqual([2, 4, 8, 15]);
  expect(Math.max(...between)).toBe(15 * MINUTE);
  expect(asksOf("unavailable").length).toBeLessThan(20);
});

describe("an order is asked about", () => {
  const order = {
    state: "pending",
    amountMinor: 1000,
    paymentAccountId: "acct_one",
    placedAtMs: PLACED,
    expiresAtMs: PLACE.deadlineMs,
  } as const;

  test("while money for it may come", () => {
    expect(queryPlaceOf(order, PLACED)).toEqual(PLACE);
    expect(queryPlaceOf({ ...order, state: "expired" }, PLACE.deadlineMs + 1)).toEqual(PLACE);
    const cancelled = queryPlaceOf({ ...order, state: "cancelled" }, PLACED + MINUTE);
    expect(cancelled).toEqual({ placedAtMs: PLACED, deadlineMs: PLACED + MINUTE });
  });

  test.each([
    ["is paid", { state: "paid" }],
    ["is delivered", { state: "delivered" }],
    ["is owed its keys", { state: "unfilled" }],
    ["is refunded", { state: "refunded" }],
    ["costs nothing", { amountMinor: 0 }],
    ["is paid for nowhere", { paymentAccountId: null }],
  ] as const)("not when it %s", (_, changes) => {
    expect(queryPlaceOf({ ...order, ...changes }, PLACED)).toBeNull();
  });

  test("for a day after its hold", () => {
    const expired = { ...order, state: "expired" } as const;
    const day = 1_440 * MINUTE;
    expect(queryPlaceOf(expired, PLACE.deadlineMs + day - 1)).not.toBeNull();
    expect(queryPlaceOf(expired, PLACE.deadlineMs + day)).toBeNull();
  });
});

test("accounts share a run evenly, none gets more than one can bear, and none gets nothing", () => {
  const caps = { total: 400, perAccount: 300 };
  expect([0, 1, 2, 100, 1_000].map((accounts) => fairShare(accounts, caps))).toEqual([
    0, 300, 200, 4, 1,
  ]);
});

describe("whose turn comes first", () => {
  const place = { placedAtMs: 0, deadlineMs: 900_000 };
  test.each([
    [20_000, 1],
    [809_999, 1],
    [810_000, 0],
    [900_000, 0],
    [930_000, 0],
    [930_001, 2],
    [5_000_000, 2],
  ])("an order of a quarter of an hour, due after %i ms, is in lane %i", (dueAtMs, lane) => {
    expect(laneOf(place, dueAtMs)).toBe(lane);
  });
});
