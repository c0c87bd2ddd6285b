import { PAYMENT_VERDICTS, needsAttention, type PaymentVerdict } from "./payment.ts";

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

/** `unsigned`: the gateway signs no answers. We asked it, over TLS, and that is why it is believed. */
export const CHECK_RESULTS = ["passed", "unsigned", "failed", "not_reached"] as const;

export interface CheckVerdict {
  readonly check: NoticeCheck;
  readonly result: (typeof CHECK_RESULTS)[number];
  /** What it was that passed or failed, where a word says more. */
  readonly said?: string;
}

/** How a notice fared: what failed of it, and what besides was not looked at. */
interface Fate {
  /** Null: nothing did. */
  readonly failed: NoticeCheck | null;
  readonly said?: string;
  readonly notReached?: readonly NoticeCheck[];
  /** There was no signature to check. */
  readonly unsigned?: boolean;
}

/** The verdict of each check. What comes after a failure was not reached. */
export function checksOf(fate: Fate): readonly CheckVerdict[] {
  const { failed, said } = fate;
  const last = failed ?? "object";
  return NOTICE_CHECKS.map((check, index) => ({
    check,
    result: resultOf(check, index, fate),
    ...(said !== undefined && check === last ? { said } : {}),
  }));
}

function resultOf(
  check: NoticeCheck,
  index: number,
  { failed, notReached = [], unsigned = false }: Fate,
): CheckVerdict["result"] {
  const end = failed === null ? NOTICE_CHECKS.length : NOTICE_CHECKS.indexOf(failed);
  if (index > end || notReached.includes(check)) return "not_reached";
  if (check === failed) return "failed";
  return unsigned && check === "signature" ? "unsigned" : "passed";
}

/**
 * The checks of what was heard last, where some of the same words came signed and some did not: a signature
 * that was verified once stands.
 */
export function withSignature(
  checks: readonly CheckVerdict[],
  earlier: readonly CheckVerdict[],
): readonly CheckVerdict[] {
  const isSigned = earlier.some(
    ({ check, result }) => check === "signature" && result === "passed",
  );
  if (!isSigned) return checks;
  return checks.map((each) =>
    each.result === "unsigned" ? { ...each, result: "passed" as const } : each,
  );
}

/** The one that failed; null where none did. */
export function failedCheck(checks: readonly CheckVerdict[]): NoticeCheck | null {
  return checks.find(({ result }) => result === "failed")?.check ?? null;
}

/** Why a notice was not believed. */
export const REFUSED_CHECKS = ["malformed", "signature", "account", "amount", "stale"] as const;
export type RefusedCheck = (typeof REFUSED_CHECKS)[number];

/** What taking the money that a buyer had agreed to came to, where it was not taken. */
const NOT_TAKEN = ["refunded", "pending", "closed", "unknown", "unsupported"] as const;

/** What may become of a notice: all that the inbox may say, and all that it is searched for. */
export const NOTICE_VERDICTS = [
  ...PAYMENT_VERDICTS.filter((verdict) => verdict !== "unknown_order"),
  "unmatched",
  "not_paid",
  ...NOT_TAKEN.map((kind) => `approved_${kind}` as const),
  "refunded",
  "dispute_opened",
  "dispute_won",
  "dispute_lost",
  "ignored",
  ...REFUSED_CHECKS.map((check) => `refused_${check}` as const),
] as const;
export type NoticeVerdict = (typeof NOTICE_VERDICTS)[number];

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
