import type { Money } from "../../domain/money.ts";
import type { NoticeEntry, Receipt } from "../../domain/payments/notice-row.ts";
import { checksOf, failureOf, type NoticeVerdict } from "../../domain/payments/notice.ts";
import { needsAttention, type PaymentVerdict } from "../../domain/payments/payment.ts";
import type { Heard } from "../refunds/hear-refund.ts";
import type { NoticeReading } from "./payment-ports.ts";

/** A notice in the inbox's words: what it says, what each check found, what became of it. */

interface Named {
  readonly tradeNo: string;
  readonly orderRef: string;
}

const NOT_JUDGED = ["amount", "currency"] as const;
const TOLD_ONLY = ["amount", "currency", "status", "object"] as const;

/** Money that an object judged, or (`unknown_order`) that no order is there for. */
export function paidEntry(
  receipt: Receipt,
  about: Named & { readonly money: Money },
  judged: { readonly verdict: PaymentVerdict; readonly unfit?: "amount" | "currency" | undefined },
): NoticeEntry {
  const { money, tradeNo, orderRef } = about;
  const { unfit } = judged;
  const { unsigned = false, ...received } = receipt;
  // A number that was taken once, told again with another sum: not what was recorded under it.
  const differs = unfit !== undefined && !needsAttention(judged.verdict);
  const verdict = differs ? "mismatch" : judged.verdict;
  const isUnmatched = verdict === "unknown_order";
  return {
    ...received,
    tradeNo,
    orderRef,
    money,
    says: `paid ${money.currency} ${money.amountMinor}`,
    verdict: isUnmatched ? "unmatched" : verdict,
    genuine: true,
    matched: !isUnmatched,
    attention: needsAttention(verdict),
    checks: checksOf({ failed: failureOf(verdict, unfit), said: verdict, unsigned }),
  };
}

/** A genuine notice that says that no money is there: `status` in the gateway's word. */
export function notPaidEntry(
  receipt: Receipt,
  { tradeNo, orderRef }: Named,
  verdict: NoticeVerdict,
  status: string,
): NoticeEntry {
  return {
    ...receipt,
    tradeNo,
    orderRef,
    money: null,
    says: `${verdict} ${status}`,
    verdict,
    genuine: true,
    matched: null,
    attention: false,
    checks: checksOf({ failed: "status", said: status, notReached: NOT_JUDGED }),
  };
}

/** Whether an order has it: null where that is still to be found out. */
const HAS_IT: Readonly<Record<Heard, boolean | null>> = {
  ours: true,
  assumed: true,
  desk: true,
  later: null,
  misfit: false,
};

/** Money that went back, or that a buyer wants back. What we asked for is what was expected; all else a person should know of. */
export function reversedEntry(
  receipt: Receipt,
  reading: Extract<NoticeReading, { kind: "refunded" | "disputed" }>,
  heard: Heard | null,
): NoticeEntry {
  const { tradeNo, orderRef, money } = reading;
  const refunded = reading.kind === "refunded";
  const number = refunded ? reading.refundNo : reading.disputeNo;
  const verdict = refunded ? "refunded" : (`dispute_${reading.state}` as const);
  return {
    ...receipt,
    // Each refund of a payment is a row of its own; the gateway's repeat of one is not.
    tradeNo: number === null ? tradeNo : `${tradeNo}/${number}`,
    orderRef: orderRef ?? "",
    money,
    says: verdict,
    verdict,
    genuine: true,
    matched: heard === null ? null : HAS_IT[heard],
    attention: heard !== "ours",
    checks: checksOf(
      heard === null || heard === "later"
        ? { failed: null, notReached: TOLD_ONLY }
        : {
            failed: heard === "misfit" ? "object" : null,
            said: heard,
            notReached: TOLD_ONLY.filter((check) => check !== "object"),
          },
    ),
  };
}

/** Genuine, and about nothing of ours: another shop of the same account, an event nobody asked for. */
export function ignoredEntry(receipt: Receipt, about: string): NoticeEntry {
  return {
    ...receipt,
    tradeNo: "",
    orderRef: "",
    money: null,
    says: null,
    verdict: "ignored",
    genuine: true,
    matched: false,
    attention: false,
    checks: checksOf({ failed: "order", said: about }),
  };
}

type Invalid = Extract<NoticeReading, { kind: "invalid" }>;

const FAILED = {
  malformed: "form",
  signature: "signature",
  stale: "signature",
  account: "account",
  amount: "amount",
} as const;

/** Nothing of it was believed. `about` is there where it was signed rightly all the same. */
export function refusedEntry(receipt: Receipt, { check, about }: Invalid): NoticeEntry {
  const genuine = about !== undefined;
  const { tradeNo, orderRef } = about ?? { tradeNo: "", orderRef: "" };
  // An unsigned notice of another form never came as far as its signature.
  const notReached = check === "malformed" && !genuine ? (["signature"] as const) : [];
  const said = check === "stale" ? { said: "stale" } : {};
  return {
    ...receipt,
    tradeNo,
    orderRef,
    money: null,
    says: genuine && tradeNo !== "" ? `refused_${check}` : null,
    verdict: `refused_${check}`,
    genuine,
    matched: false,
    attention: genuine,
    checks: checksOf({ failed: FAILED[check], ...said, notReached }),
  };
}
