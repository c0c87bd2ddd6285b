import { needsAttention, type PaymentVerdict } from "./payment.ts";

/** What a notice is held to, in this order. The first that fails ends it. */
export const NOTICE_CHECKS = [
  "signature",
  "form",
  "account",
  "order",
  "amount",
  "currency",
  "status",
  "object",
] as const;
export type NoticeCheck = (typeof NOTICE_CHECKS)[number];

export interface CheckVerdict {
  readonly check: NoticeCheck;
  readonly result: "passed" | "failed" | "not_reached";
  /** What it was that passed or failed, where a word says more. */
  readonly said?: string;
}

/** How a notice fared: what failed of it, and what besides was not looked at. */
interface Fate {
  /** Null: nothing did. */
  readonly failed: NoticeCheck | null;
  readonly said?: string;
  readonly notReached?: readonly NoticeCheck[];
}

/** The verdict of each check. What comes after a failure was not reached. */
export function checksOf({ failed, said, notReached = [] }: Fate): readonly CheckVerdict[] {
  const end = failed === null ? NOTICE_CHECKS.length : NOTICE_CHECKS.indexOf(failed);
  const last = failed ?? "object";
  return NOTICE_CHECKS.map((check, index) => ({
    check,
    result:
      index > end || notReached.includes(check)
        ? "not_reached"
        : check === failed
          ? "failed"
          : "passed",
    ...(said !== undefined && check === last ? { said } : {}),
  }));
}

/** The one that failed; null where none did. */
export function failedCheck(checks: readonly CheckVerdict[]): NoticeCheck | null {
  return checks.find(({ result }) => result === "failed")?.check ?? null;
}

/** What fails of money that an order's object judged, and by which word; `unfit` is of a mismatch. */
export function failureOf(
  verdict: PaymentVerdict,
  unfit: "amount" | "currency" = "amount",
): NoticeCheck | null {
  if (verdict === "mismatch") return unfit;
  if (verdict === "unknown_order") return "order";
  return needsAttention(verdict) ? "object" : null;
}

const DAY_MS = 24 * 3_600_000;
/** What a person must look at stays as long as buyers may still dispute it. */
const ATTENTION_DAYS = 400;
const ORDINARY_DAYS = 90;
/** What concerns no order, and what nobody signed: long enough to mend an account and replay it. */
const FOREIGN_DAYS = 14;

/** When a row has aged out, from when it came last. */
export function noticeExpiryMs(
  notice: { readonly genuine: boolean; readonly attention: boolean; readonly verdict: string },
  atMs: number,
): number {
  const foreign = !notice.genuine || notice.verdict === "ignored";
  const days = foreign ? FOREIGN_DAYS : notice.attention ? ATTENTION_DAYS : ORDINARY_DAYS;
  return atMs + days * DAY_MS;
}
