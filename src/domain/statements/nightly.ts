import { dayOf, dayWindow, type DayWindow } from "./day.ts";
import { formatOfGateway, statementFormat } from "./formats.ts";

/** When gateways are asked for their books of the day that is over: the law, and no clock. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/**
 * How long after its midnight a gateway has the day's books. Alipay and WeChat say ten in the morning; Stripe books
 * at once, and an hour lets the last minutes come in.
 */
const READY_AFTER_MS: Readonly<Record<string, number>> = {
  alipay: 10.5 * HOUR_MS,
  wechat: 10.5 * HOUR_MS,
  stripe: HOUR_MS,
};
/** A schedule that stood still catches up on so many days. */
const DAYS_BACK = 3;
const FIRST_WAIT_MS = 15 * MINUTE_MS;
const WAIT_MAX_MS = 4 * HOUR_MS;
/** Some sixteen hours of waiting: then it is a person's. */
const FAILURES_MAX = 8;

/**
 * How long one that is being compared is nobody else's, from its last page: a page takes seconds, of a gateway that
 * is slow about it minutes.
 */
export const STATEMENT_LEASE_MS = 10 * MINUTE_MS;

export const FETCH_STATES = ["waiting", "done", "none", "given_up", "off"] as const;
/**
 * How a day's fetch stands.
 * - `waiting`: it is asked for when it is due, or gone on with.
 * - `done`: there is a report, of what was fetched or of a file that was sent.
 * - `none`: the gateway has none, and our books have no money of that day either.
 * - `given_up`: it could not be had, or was no statement to compare with: a person's.
 * - `off`: the merchant does not want it.
 */
export type FetchState = (typeof FETCH_STATES)[number];

/** A day of a gateway's whose books can be had. */
export interface ReadyDay extends DayWindow {
  readonly gateway: string;
  /** "2026-11-24", on the gateway's calendar. */
  readonly day: string;
}

/** Gateways whose statements come by API, each with the last days that it has, newest first. */
export function readyDays(nowMs: number): readonly ReadyDay[] {
  const back = Array.from({ length: DAYS_BACK }, (_, days) => (days + 1) * 24 * HOUR_MS);
  return Object.entries(READY_AFTER_MS).flatMap(([gateway, readyAfterMs]) => {
    const format = formatOfGateway(gateway);
    if (format === null) return [];
    const { zone } = statementFormat(format);
    return back.flatMap((backMs) => {
      const day = dayOf(zone, nowMs - readyAfterMs - backMs);
      const window = dayWindow(zone, day);
      return window === null ? [] : [{ gateway, day, ...window }];
    });
  });
}

/** When to ask again after so many failures in a row, this one included; null: no more. */
export function nextFetchMs(failures: number, nowMs: number): number | null {
  if (failures >= FAILURES_MAX) return null;
  return nowMs + Math.min(WAIT_MAX_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
}
