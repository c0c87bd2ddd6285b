import type { OrderState } from "../order/order.ts";

/** When a gateway is asked about an order whose notice may have been lost: the law, and no clock. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** A buyer needs that long to pay at the least. */
const FIRST_MS = 20 * SECOND_MS;
/** In its hold, below a minute: the schedule comes by once a minute, and must find it due each time. */
const PERIOD_MS = 55 * SECOND_MS;
/** Who has not paid in half an hour hardly pays now; still twice in the two minutes that are promised. */
const EARLY_MS = 30 * MINUTE_MS;
const LATE_PERIOD_MS = 100 * SECOND_MS;
/** After its hold, from the deadline. */
const AFTER_MS = [0, 1, 2, 5, 15, 60, 180, 480, 1_440].map((minutes) => minutes * MINUTE_MS);
/** What the gateway has never heard of by then nobody opened. */
const UNKNOWN_MS = 15 * MINUTE_MS;
const FAILURE_MAX_MS = 15 * MINUTE_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** An order that may have been paid without our knowing. */
export interface QueryPlace {
  readonly placedAtMs: number;
  /** Until when it has its keys, or had them. */
  readonly deadlineMs: number;
}

/** Whose turn comes first where more are due than may be asked about: the lower. */
export const LANES = [0, 1, 2] as const;
export type Lane = (typeof LANES)[number];
/** Around the deadline: a minute's question before it, and the one that falls on it. */
export const NEAR = { beforeMs: 90 * SECOND_MS, afterMs: 30 * SECOND_MS } as const;

/**
 * 0: about when the order loses its keys, and a late payment may find none. 1: in its hold. 2: after it, when all has
 * been asked already.
 */
export function laneOf({ deadlineMs }: QueryPlace, dueAtMs: number): Lane {
  if (dueAtMs < deadlineMs - NEAR.beforeMs) return 1;
  return dueAtMs <= deadlineMs + NEAR.afterMs ? 0 : 2;
}

/** What the gateway said last, as far as it says when to ask again. */
export type QueryAnswer = "pending" | "unknown" | "closed" | "unavailable";

export function firstQueryMs({ placedAtMs }: QueryPlace): number {
  return placedAtMs + FIRST_MS;
}

/**
 * When to ask again; null: no more. While the order is in its hold a lost notice is found out within two
 * minutes; after it ever more rarely, for a day. A gateway that does not answer is asked half as often after each
 * failure. `failures`: in a row, this one included.
 */
export function nextQueryMs(
  place: QueryPlace,
  answer: QueryAnswer,
  { nowMs, failures }: { readonly nowMs: number; readonly failures: number },
): number | null {
  const dueMs = inHoldMs(place, nowMs) ?? afterHoldMs(place, answer, nowMs);
  if (dueMs === null || failures === 0) return dueMs;
  const backOffMs = Math.min(FAILURE_MAX_MS, PERIOD_MS * 2 ** Math.min(failures, 10));
  return Math.max(dueMs, nowMs + backOffMs);
}

function inHoldMs({ placedAtMs, deadlineMs }: QueryPlace, nowMs: number): number | null {
  if (nowMs >= deadlineMs) return null;
  const periodMs = nowMs - placedAtMs < EARLY_MS ? PERIOD_MS : LATE_PERIOD_MS;
  return Math.min(nowMs + periodMs, Math.max(deadlineMs, nowMs + FIRST_MS));
}

function afterHoldMs({ deadlineMs }: QueryPlace, answer: QueryAnswer, nowMs: number) {
  // Nobody can pay it any more.
  if (answer === "closed") return null;
  const next = AFTER_MS.find((afterMs) => deadlineMs + afterMs > nowMs);
  if (next === undefined || (answer === "unknown" && next > UNKNOWN_MS)) return null;
  return deadlineMs + next;
}

interface Asked {
  readonly state: OrderState;
  readonly amountMinor: number;
  readonly paymentAccountId: string | null;
  readonly placedAtMs: number;
  readonly expiresAtMs: number | null;
}

/**
 * Where an order stands, if money for it may come that nobody has told us of; null where it has come, where none
 * is asked for, and a day after its hold.
 */
export function queryPlaceOf(order: Asked, nowMs: number): QueryPlace | null {
  const { state, placedAtMs, expiresAtMs } = order;
  if (order.paymentAccountId === null || order.amountMinor === 0) return null;
  if (state !== "pending" && state !== "expired" && state !== "cancelled") return null;
  const ends = expiresAtMs ?? placedAtMs + DAY_MS;
  const deadlineMs = state === "pending" ? ends : Math.min(ends, nowMs);
  return nowMs - deadlineMs < DAY_MS ? { placedAtMs, deadlineMs } : null;
}

/** How many of each account's orders are asked about in one run, that none waits for another's. */
export function fairShare(
  accounts: number,
  { total, perAccount }: { readonly total: number; readonly perAccount: number },
): number {
  return accounts === 0 ? 0 : Math.max(1, Math.min(perAccount, Math.floor(total / accounts)));
}
