import type { AccountId, DisputeId, KeyId, MerchantId, OrderId } from "../ids.ts";
import { sameMoney, type Money } from "../money.ts";
import type { OrderState } from "../order/order.ts";
import { paidTheOrder, refundableMinor, type KeyFate, type Refund } from "./refund.ts";
import type { RefundablePayment } from "./refund.ts";

/** As the gateway tells it: a buyer wants their money back and has asked it, not the shop. */
export const DISPUTE_STATES = ["opened", "won", "lost"] as const;
export type DisputeState = (typeof DISPUTE_STATES)[number];

/** One word of a gateway on a dispute. */
export interface DisputeWord {
  readonly state: DisputeState;
  /** When the gateway said so, by its own clock; 0 where it does not tell. */
  readonly saidAtMs: number;
}

/**
 * The word that holds of two: an end before "opened", the later end before the earlier one (a bank may change its
 * mind), and of two at once "lost". It is associative, commutative and idempotent, so notices that come twice or in
 * any order end the same. SQL says the same in src/db/disputes/disputes.ts.
 */
export function wordThatHolds<Word extends DisputeWord>(known: Word, told: Word): Word {
  const by = (word: DisputeWord) => [
    Number(word.state !== "opened"),
    word.saidAtMs,
    Number(word.state === "lost"),
  ];
  const [theirs, ours] = [by(told), by(known)];
  const differing = theirs.findIndex((value, n) => value !== ours[n]);
  return (theirs[differing] ?? 0) > (ours[differing] ?? 0) ? told : known;
}

/** A dispute as the order's object keeps it. */
export interface OrderDispute extends DisputeWord {
  readonly accountId: AccountId;
  readonly tradeNo: string;
  readonly disputeNo: string;
  readonly money: Money | null;
  /** What becomes of delivered keys now that it is lost, by the shop's rule; null while it is not. */
  readonly keys: KeyFate | null;
  /** The state to which the order returns should it be won after all; null where its loss has not moved the order. */
  readonly orderWas: OrderState | null;
}

/** Disputes kept of one order: what a gateway tells beyond them is in the inbox alone. */
export const ORDER_DISPUTES_MAX = 20;

type Named = { readonly accountId: AccountId; readonly tradeNo: string };

export function isOfPayment(a: Named, b: Named): boolean {
  return a.accountId === b.accountId && a.tradeNo === b.tradeNo;
}

/** Those of a payment that stand against the shop: the bank is taking its money back, or has. */
export function standingAgainst<D extends Named & DisputeWord>(
  disputes: readonly D[],
  payment: Named,
): D[] {
  return disputes.filter((dispute) => dispute.state !== "won" && isOfPayment(dispute, payment));
}

/** While the payment that paid an order is disputed, or lost, nothing more is delivered for it. */
export function isHeldBack({
  payments,
  disputes = [],
}: {
  readonly payments: readonly Pick<RefundablePayment, "accountId" | "tradeNo" | "verdict">[];
  readonly disputes?: readonly OrderDispute[];
}): boolean {
  return payments
    .filter(paidTheOrder)
    .some((payment) => standingAgainst(disputes, payment).length > 0);
}

/** What a buyer is told: their bank decides, or has decided for them; null where nobody disputes. */
export function disputeShown(order: DisputedOrder): "open" | "lost" | null {
  if (lossOf(order) !== null) return "lost";
  const open = (order.disputes ?? []).filter(({ state }) => state === "opened");
  return isHeldBack({ ...order, disputes: open }) ? "open" : null;
}

interface DisputedOrder {
  readonly payments: readonly RefundablePayment[];
  readonly refunds?: readonly Refund[];
  readonly disputes?: readonly OrderDispute[];
}

/** The lost dispute that took all the shop had of the payment by which the order is paid; null where none has. */
export function lossOf({ payments, refunds = [], disputes = [] }: DisputedOrder) {
  return (
    disputes.find(
      (dispute) =>
        dispute.state === "lost" &&
        payments
          .filter((payment) => paidTheOrder(payment) && isOfPayment(payment, dispute))
          .some((payment) => tookAll(dispute, payment, refunds)),
    ) ?? null
  );
}

/** Another currency is the card's: then, as where no sum is told, it is taken to be all of it. */
function tookAll(
  { money }: OrderDispute,
  payment: RefundablePayment,
  refunds: readonly Refund[],
): boolean {
  if (money === null || money.currency !== payment.money.currency) return true;
  return sameMoney(money, payment.money) || money.amountMinor >= refundableMinor(payment, refunds);
}

/** What a gateway told of a dispute, in one notice. */
export interface DisputeTold extends DisputeWord {
  readonly merchantId: MerchantId;
  readonly accountId: AccountId;
  /** The payment that it is about. */
  readonly tradeNo: string;
  /** Null where the gateway names only its own number: the payment leads to it. */
  readonly orderId: OrderId | null;
  /** The gateway's own number of it, which names it within the account. */
  readonly disputeNo: string;
  readonly money: Money | null;
  /** Why, in the gateway's own word; null where it does not tell. */
  readonly reason: string | null;
  /** Until when the gateway takes evidence; null where it does not tell. */
  readonly evidenceDueAtMs: number | null;
  readonly toldAtMs: number;
}

/** The case of a dispute. */
export interface Dispute extends Omit<DisputeTold, "toldAtMs"> {
  readonly id: DisputeId;
  readonly openedAtMs: number;
  readonly settledAtMs: number | null;
  /** When the gateway took our evidence; null until then. */
  readonly evidenceSentAtMs: number | null;
}

/**
 * By what a buyer's keys were shown; `ordered` is the act of ordering, which shows keys only where nothing
 * was to be paid.
 */
export const VISIT_ACTS = ["ordered", "page", "api", "stream", "file", "look_up"] as const;
export type VisitAct = (typeof VISIT_ACTS)[number];

/** Who it was, as the platform saw them and as their browser says. Personal: at rest only sealed. */
export interface Visitor {
  readonly ip: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
  /** Cut after USER_AGENT_MAX characters. */
  readonly userAgent: string;
}

export const USER_AGENT_MAX = 300;

/** One who did one thing with one order, however often. */
export interface Visit {
  readonly merchantId: MerchantId;
  readonly orderId: OrderId;
  readonly act: VisitAct;
  readonly visitor: Visitor;
  /** The keys that they were shown: at most VISIT_KEYS_MAX of them, `keys` is how many there were. */
  readonly keyIds: readonly KeyId[];
  readonly keys: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly times: number;
}

/** A visit at rest. */
export interface SealedVisit extends Omit<Visit, "visitor"> {
  readonly id: string;
  readonly sealedVisitor: string;
}

export const VISIT_KEYS_MAX = 50;

/** What a visit's visitor is sealed for: nothing else opens with it. */
export function visitPurpose(id: string): string {
  return `visit:${id}`;
}
