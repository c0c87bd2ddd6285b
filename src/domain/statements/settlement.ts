import { parseOrderId } from "../ids.ts";
import type { StatementFindingKind } from "./judge.ts";
import type { Movement } from "./statement.ts";

/**
 * How a finding was settled.
 * - `booked`: the gateway was asked and says so; the payment is recorded.
 * - `vouched`: the merchant vouched for the statement; the payment, or the refund, is recorded.
 * - `refunded`: money that no order could take goes back through the gateway.
 * - `explained`: in the merchant's own words.
 * - `agrees`: the books have it by now, in another day's statement or by a late notice.
 */
export const SETTLEMENTS = ["booked", "vouched", "refunded", "explained", "agrees"] as const;
export type SettledAs = (typeof SETTLEMENTS)[number];

export const REPAIRS = ["book", "vouch", "refund", "explain"] as const;
export type RepairName = (typeof REPAIRS)[number];

interface Repairable {
  readonly kind: StatementFindingKind;
  readonly movement: Movement;
  readonly refundRef: string;
  readonly orderRef: string | null;
  readonly ourOrder: string | null;
  readonly detail: string;
  readonly settledAs: SettledAs | null;
}

/** A dispute that is lost for now may be won: it is no refund that was given. */
export const isDispute = ({ detail, refundRef }: Pick<Repairable, "detail" | "refundRef">) =>
  detail.startsWith("dispute_") || /^dp_|^du_/.test(refundRef);

/**
 * What may be done about a finding, the surest first: what the gateway itself says before what a person does.
 * None where it is settled. Whether the order can take it is known when it is done.
 */
export function repairsOf(finding: Repairable): readonly RepairName[] {
  const { kind, movement, orderRef, ourOrder, settledAs } = finding;
  if (settledAs !== null) return [];
  const namesOrder = parseOrderId(ourOrder ?? orderRef ?? "") !== null;
  if (kind === "missing_here" && namesOrder) {
    if (movement === "payment") return ["book", "vouch", "explain"];
    return isDispute(finding) ? ["explain"] : ["vouch", "explain"];
  }
  const isOwedBack = kind === "other_state" && movement === "payment" && namesOrder;
  return isOwedBack ? ["refund", "explain"] : ["explain"];
}
