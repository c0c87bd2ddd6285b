import type { Deps } from "../platform/deps.ts";

const DAY_MS = 24 * 3600_000;
/** Nobody repeats a request for a week. */
const IDEMPOTENCY_DAYS = 7;
/** What nobody found again for a quarter of a year is history. */
const FINDING_DAYS = 90;
/** An entry that has expired stays so long, for whoever wonders why. */
const LIST_ENTRY_DAYS = 30;
/** What a gateway opened is asked about while its money may still come. */
const OPENING_DAYS = 30;
/** As long as a buyer may dispute a payment, and some weeks. */
const VISIT_DAYS = 400;
/** How gateways have been doing is shown for a week. */
const HEALTH_DAYS = 8;
/** More than a minute of writes makes, and little for D1 to hold up others with. */
const FORGET_MAX = 1_000;

type Records =
  | "idempotency"
  | "findings"
  | "riskLists"
  | "paymentOpenings"
  | "noticeBook"
  | "visitBook"
  | "healthBook";

export async function forgetOldRecords(deps: Pick<Deps, Records>, nowMs: number): Promise<number> {
  const { idempotency, findings, riskLists, paymentOpenings } = deps;
  const { noticeBook, visitBook, healthBook } = deps;
  const forgotten = await Promise.all([
    idempotency.forgetBefore(nowMs - IDEMPOTENCY_DAYS * DAY_MS, FORGET_MAX),
    findings.forgetBefore(nowMs - FINDING_DAYS * DAY_MS, FORGET_MAX),
    riskLists.forgetExpired(nowMs - LIST_ENTRY_DAYS * DAY_MS, FORGET_MAX),
    paymentOpenings.forgetBefore(nowMs - OPENING_DAYS * DAY_MS, FORGET_MAX),
    noticeBook.forgetExpired(nowMs, FORGET_MAX),
    visitBook.forgetBefore(nowMs - VISIT_DAYS * DAY_MS, FORGET_MAX),
    healthBook.forgetBefore(nowMs - HEALTH_DAYS * DAY_MS, FORGET_MAX),
  ]);
  return forgotten.reduce((sum, rows) => sum + rows, 0);
}
