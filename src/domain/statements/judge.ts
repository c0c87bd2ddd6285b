import { sameMoney, type Money } from "../money.ts";
import type { Movement, StatementRow } from "./statement.ts";

/** Money as our books have it: a payment or refund that was recorded for an account. */
export interface BookedMoney {
  readonly kind: Movement;
  readonly tradeNo: string;
  /** Our name for one refund of several; "" for a payment. */
  readonly refundRef: string;
  /** The gateway's name for it; null where it has said none. */
  readonly refundNo: string | null;
  /** The order that it is recorded with. */
  readonly orderRef: string;
  readonly money: Money;
  /** Why no order could take it, as a verdict (a wrong sum, a second payment); null where one did. */
  readonly untaken: string | null;
  /** What that order has been handed. */
  readonly keysDelivered: number;
}

export const STATEMENT_FINDINGS = [
  "missing_here",
  "missing_there",
  "other_sum",
  "other_order",
  "other_state",
  "twice_there",
  "twice_here",
  "fee",
  "unreadable",
] as const;
/**
 * Where the gateway's books and ours do not agree.
 * - `missing_here`: the gateway has it; our books do not.
 * - `missing_there`: we have it; no statement of the gateway's has it.
 * - `other_sum`, `other_order`: both have it, differently.
 * - `other_state`: both have it alike, and no order of ours took it; `detail` is why.
 * - `twice_there`: the gateway has it a second time. `twice_here`: one number paid two orders.
 * - `fee`: both agree on the payment, and the gateway kept another fee than the account's rule says; `theirs`
 *   and `ours` are the fees.
 * - `unreadable`: a row of the statement that could not be read; `detail` is which part.
 */
export type StatementFindingKind = (typeof STATEMENT_FINDINGS)[number];

export interface StatementFinding {
  readonly kind: StatementFindingKind;
  readonly movement: Movement;
  /** From 1, in the file; null for what only we have. */
  readonly line: number | null;
  readonly tradeNo: string | null;
  /** "" for a payment, and where the statement does not name the refund. */
  readonly refundRef: string;
  /** As the gateway has it; where only we have the money, ours. */
  readonly orderRef: string | null;
  readonly ourOrder: string | null;
  readonly theirs: Money | null;
  readonly ours: Money | null;
  /** Money that nothing explains, in minor units of the gateway's currency, else of ours. */
  readonly unexplainedMinor: number;
  /** Keys that were handed over for money that the gateway does not have. */
  readonly unexplainedKeys: number;
  readonly detail: string;
}

/** A row of the statement with all that we have under its number. */
export interface Pair {
  readonly line: number;
  readonly theirs: StatementRow;
  readonly ours: readonly BookedMoney[];
  /** The statement had a row of the same key before. */
  readonly again: boolean;
  /** What was made of a genuine notice of it that no order took (`unmatched`, `refunded`…); null: none came. */
  readonly noticed: string | null;
  /** By the account's rule; null where it has none. */
  readonly expectedFeeMinor: number | null;
}

/** Gateways round in ways of their own: half up, down, per day. */
const FEE_ROUNDING_MINOR = 1;

/** What names a movement in both books. Printable ASCII but for its spaces. */
export function moneyKey(money: {
  readonly kind: Movement;
  readonly tradeNo: string;
  readonly refundRef: string | null;
}): string {
  return `${money.tradeNo} ${money.kind} ${money.refundRef ?? ""}`;
}

/** By what number the inbox has notices of a movement: each refund of a payment, each dispute has its own. */
export function noticeNumber({ tradeNo, refundRef }: StatementRow): string {
  return refundRef === null ? tradeNo : `${tradeNo}/${refundRef}`;
}

/** Those of `ours` that the row is about. */
export function counterparts(
  { kind, refundRef }: StatementRow,
  ours: readonly BookedMoney[],
): readonly BookedMoney[] {
  const same = ours.filter((each) => each.kind === kind);
  if (refundRef === null) return same;
  return same.filter((each) => each.refundRef === refundRef || each.refundNo === refundRef);
}

/** What is to be said of one row; nothing, where both books agree and an order took the money. */
export function judge(pair: Pair): StatementFinding[] {
  const { line, theirs, ours, again, noticed } = pair;
  const { kind: movement, tradeNo, orderRef, money } = theirs;
  const about = { movement, line, tradeNo, refundRef: theirs.refundRef ?? "" };
  const lone = {
    ...about,
    orderRef,
    ourOrder: null,
    theirs: money,
    ours: null,
    unexplainedMinor: money.amountMinor,
    unexplainedKeys: 0,
  };
  if (again) return [{ ...lone, kind: "twice_there", detail: "" }];
  const candidates = counterparts(theirs, ours);
  const counterpart = closest(theirs, candidates);
  if (counterpart === null) {
    const whose = wentBack(theirs, ours);
    return [{ ...lone, ...whose, kind: "missing_here", detail: noticed ?? "" }];
  }

  const differences = apart(theirs, counterpart);
  // Several refunds of one payment are as they should be; several orders of one are not.
  const payments = movement === "payment" ? candidates : [];
  const others = payments.filter((other) => other !== counterpart && other.untaken === null);
  return [
    ...(differences.length === 0 ? otherFee(pair, counterpart) : []),
    ...differences.map((difference) => ({
      ...about,
      orderRef,
      ourOrder: counterpart.orderRef,
      theirs: money,
      ours: counterpart.money,
      ...difference,
    })),
    ...others.map((other) => ({
      ...about,
      kind: "twice_here" as const,
      orderRef,
      ourOrder: other.orderRef,
      theirs: null,
      ours: other.money,
      unexplainedMinor: other.money.amountMinor,
      unexplainedKeys: other.keysDelivered,
      detail: "",
    })),
  ];
}

/**
 * Whose payment a refund or dispute took back that our books know nothing of. Where that was all of it, no money
 * is left for the keys that the order was handed.
 */
function wentBack(
  { kind, money }: StatementRow,
  ours: readonly BookedMoney[],
): Pick<StatementFinding, "ourOrder" | "unexplainedKeys"> {
  const payment = ours.find((each) => each.kind === "payment" && each.untaken === null);
  if (kind !== "refund" || payment === undefined) return { ourOrder: null, unexplainedKeys: 0 };
  const isWhole = sameMoney(money, payment.money);
  return {
    ourOrder: payment.orderRef,
    unexplainedKeys: isWhole ? payment.keysDelivered : 0,
  };
}

function otherFee({ line, theirs, expectedFeeMinor }: Pair, ours: BookedMoney): StatementFinding[] {
  const { kind: movement, tradeNo, orderRef, feeMinor, money } = theirs;
  if (expectedFeeMinor === null || movement !== "payment") return [];
  const unexplainedMinor = Math.abs(feeMinor - expectedFeeMinor);
  if (unexplainedMinor <= FEE_ROUNDING_MINOR) return [];
  const { currency } = money;
  return [
    {
      kind: "fee",
      movement,
      line,
      tradeNo,
      refundRef: "",
      orderRef,
      ourOrder: ours.orderRef,
      // A fee that was given, not taken, is no sum of money: it is told in words.
      theirs: feeMinor < 0 ? null : { amountMinor: feeMinor, currency },
      ours: { amountMinor: expectedFeeMinor, currency },
      unexplainedMinor,
      unexplainedKeys: 0,
      detail: feeMinor < 0 ? `given back: ${-feeMinor}` : "",
    },
  ];
}

type Difference = Pick<
  StatementFinding,
  "kind" | "unexplainedMinor" | "unexplainedKeys" | "detail"
>;

function apart({ money, orderRef }: StatementRow, ours: BookedMoney): Difference[] {
  const { amountMinor } = money;
  if (ours.untaken !== null) {
    const kind = sameMoney(money, ours.money) ? "other_state" : "other_sum";
    return [{ kind, unexplainedMinor: amountMinor, unexplainedKeys: 0, detail: ours.untaken }];
  }
  if (!sameMoney(money, ours.money)) {
    const sameCurrency = money.currency === ours.money.currency;
    const unexplainedMinor = sameCurrency
      ? Math.abs(amountMinor - ours.money.amountMinor)
      : amountMinor;
    return [{ kind: "other_sum", unexplainedMinor, unexplainedKeys: 0, detail: "" }];
  }
  if (orderRef === null || orderRef === ours.orderRef) return [];
  const unexplainedKeys = ours.keysDelivered;
  return [{ kind: "other_order", unexplainedMinor: amountMinor, unexplainedKeys, detail: "" }];
}

/** Of several orders that one number is recorded with: the one that took it, the named one first. */
function closest({ orderRef }: StatementRow, ours: readonly BookedMoney[]): BookedMoney | null {
  const taken = ours.filter(({ untaken }) => untaken === null);
  const candidates = taken.length > 0 ? taken : ours;
  return candidates.find((each) => each.orderRef === orderRef) ?? candidates[0] ?? null;
}

/** Of money that the gateway's statement does not have. */
export function missingThere(ours: BookedMoney): StatementFinding {
  const { kind: movement, tradeNo, refundRef, orderRef, money, keysDelivered } = ours;
  return {
    kind: "missing_there",
    movement,
    line: null,
    tradeNo,
    refundRef,
    orderRef,
    ourOrder: orderRef,
    theirs: null,
    ours: money,
    unexplainedMinor: money.amountMinor,
    unexplainedKeys: movement === "payment" ? keysDelivered : 0,
    detail: "",
  };
}

/** What it holds is not known, so it explains nothing and is shown until a person has looked. */
export function unreadable(line: number, what: string): StatementFinding {
  return {
    kind: "unreadable",
    movement: "payment",
    line,
    tradeNo: null,
    refundRef: "",
    orderRef: null,
    ourOrder: null,
    theirs: null,
    ours: null,
    unexplainedMinor: 0,
    unexplainedKeys: 0,
    detail: what,
  };
}
