import type {
  OrderSnapshot,
  RecordedPayment,
} from "../../../durable-objects/product-stock/contract.ts";
import type { BeginRefund } from "../../../durable-objects/product-stock/refund-contract.ts";
import type { Author } from "../../domain/audit.ts";
import { standingAgainst } from "../../domain/payments/dispute.ts";
import { parseOrderId, type OrderId, type RefundId } from "../../domain/ids.ts";
import { paymentToRefund, refundableMinor, type Refund } from "../../domain/payments/refund.ts";
import { err, ok, type Result } from "../../domain/result.ts";
import type { PaymentAccount, RefundOutcome as GatewayWord } from "../payments/payment-ports.ts";
import type { AuditedRefundPorts, RefundPorts } from "./refund-ports.ts";

export interface RefundWish {
  readonly order: OrderSnapshot;
  readonly stockNumber: number;
  /** Names this act: the same again is the same refund. */
  readonly refundId: RefundId;
  /** Null: the payment by which the order is paid. */
  readonly payment: BeginRefund["payment"];
  /** Null: all that is left of it. */
  readonly amountMinor: number | null;
  readonly keys: BeginRefund["keys"];
  /** By hand: the money has been given back, and we only write it down. */
  readonly method: "gateway" | "hand";
  readonly reason: string;
  /** By hand: the number of the transfer, if it has one. */
  readonly reference?: string;
  /** A policy's: what has changed meanwhile is left alone, as `not_paid`. */
  readonly onlyWhile?: BeginRefund["onlyWhile"];
  readonly despiteDispute?: boolean;
}

export interface Refunded {
  readonly refund: Refund;
  readonly order: OrderSnapshot;
}

export type RefundRefusal =
  /** Nothing of the order was paid, or no such payment. */
  | { reason: "not_paid" }
  | { reason: "too_much"; leftMinor: number }
  /** One of that reference stands in the books of this payment already. */
  | { reason: "recorded"; refund: Refund }
  /** The buyer's bank is taking the payment back, or has: this would pay twice. */
  | { reason: "disputed"; disputeNo: string; state: "opened" | "lost" }
  /** The gateway has no refunds, or the money came past it: give it back by hand, and say so. */
  | { reason: "by_hand_only" }
  /** The gateway gives back all of a payment or nothing. */
  | { reason: "whole_only"; wholeMinor: number };

/**
 * Gives money back: a part of a payment or all of it, through its gateway or by hand. It is written down in
 * the order's object before the gateway is asked, so that no two refunds spend the same money, and the
 * gateway hears the same id at every try, so that a lost answer never pays twice. A gateway that does not
 * answer leaves the refund `asked`: the schedule goes on asking.
 */
export async function refundOrder(
  ports: AuditedRefundPorts,
  author: Author,
  wish: RefundWish,
): Promise<Result<Refunded, RefundRefusal>> {
  const { order, stockNumber, refundId, keys, method, reason, reference = null } = wish;
  const fits = await wishFits(ports, wish);
  if (!fits.ok) return fits;
  const { payment, amountMinor } = fits.value;
  // The entry comes first: a crash after it leaves a claim that the order disproves.
  const detail = {
    refund_id: refundId,
    amount_minor: amountMinor,
    method,
    keys,
    reason,
    reference,
    ...(wish.despiteDispute === true ? { despite_dispute: true } : {}),
  };
  await ports.audit.append({ ...author, action: "order.refund", subject: order.id, detail });
  const begun = await ports.stock.of(stockNumber).beginRefund({
    orderId: order.id,
    merchantId: author.merchantId,
    refundId,
    payment: { accountId: payment.accountId, tradeNo: payment.tradeNo },
    amountMinor,
    keys,
    method,
    reason,
    refundNo: reference,
    despiteDispute: wish.despiteDispute === true,
    ...(wish.onlyWhile === undefined ? {} : { onlyWhile: wish.onlyWhile }),
  });
  switch (begun.kind) {
    case "refund":
      if (begun.refund.id !== refundId) return err({ reason: "recorded", refund: begun.refund });
      return ok(await pursue(ports, stockNumber, begun));
    case "too_much":
      return err({ reason: "too_much", leftMinor: begun.leftMinor });
    case "disputed":
      return err({ reason: "disputed", disputeNo: begun.disputeNo, state: begun.state });
    case "not_found":
    case "unknown":
      return err({ reason: "not_paid" });
    default:
      return begun satisfies never;
  }
}

/** Asks on for a refund that has no end yet. Answers whether it has one now. */
export async function pursueRefund(
  ports: RefundPorts,
  { orderId, refundId }: { readonly orderId: OrderId; readonly refundId: RefundId },
): Promise<boolean> {
  const parsed = parseOrderId(orderId);
  const order = parsed && (await ports.stock.of(parsed.stockNumber).order(parsed.id));
  const refund = order?.refunds?.find(({ id }) => id === refundId);
  if (!parsed || !order || refund === undefined) return true;
  const pursued = await pursue(ports, parsed.stockNumber, { refund, order });
  return pursued.refund.state !== "asked";
}

interface Fitting {
  readonly payment: RecordedPayment;
  readonly amountMinor: number;
}

/** What can be told before anything is written down. A wish that came before finds its refund. */
async function wishFits(
  { paymentAccounts }: RefundPorts,
  { order, refundId, payment: wanted, amountMinor, method, reference, despiteDispute }: RefundWish,
): Promise<Result<Fitting, RefundRefusal>> {
  const payment = paymentToRefund(order.payments, wanted);
  if (payment === null) return err({ reason: "not_paid" });
  const refunds = order.refunds ?? [];
  const known = refunds.find(({ id }) => id === refundId);
  if (known !== undefined) return ok({ payment, amountMinor: known.money.amountMinor });
  const { accountId, tradeNo } = payment;
  const recorded = refunds
    .filter((refund) => refund.accountId === accountId && refund.tradeNo === tradeNo)
    .find(({ refundNo }) => refundNo !== null && refundNo === reference);
  if (recorded !== undefined) return err({ reason: "recorded", refund: recorded });
  const [standing] = standingAgainst(order.disputes ?? [], payment);
  if (standing !== undefined && despiteDispute !== true) {
    const state = standing.state === "lost" ? "lost" : "opened";
    return err({ reason: "disputed", disputeNo: standing.disputeNo, state });
  }
  const leftMinor = refundableMinor(payment, refunds);
  const sum = amountMinor ?? leftMinor;
  if (sum < 1 || sum > leftMinor) return err({ reason: "too_much", leftMinor });
  if (method === "hand") return ok({ payment, amountMinor: sum });

  const account = await paymentAccounts.account(payment.accountId);
  const able = account?.gateway.capabilities.refund ?? "none";
  // What a person vouched for never came through the gateway.
  if (able === "none" || payment.source === "merchant") return err({ reason: "by_hand_only" });
  const wholeMinor = payment.money.amountMinor;
  return able === "full" && sum !== wholeMinor
    ? err({ reason: "whole_only", wholeMinor })
    : ok({ payment, amountMinor: sum });
}

async function pursue(
  ports: RefundPorts,
  stockNumber: number,
  { refund, order }: Refunded,
): Promise<Refunded> {
  if (refund.state !== "asked") return { refund, order };
  const account = await ports.paymentAccounts.account(refund.accountId);
  const word = account === null ? null : await ask(ports, account, { refund, order });
  const end = word === null ? null : endOf(word);
  if (end === null) return { refund, order };
  const settled = await ports.stock
    .of(stockNumber)
    .settleRefund({ orderId: order.id, refundId: refund.id, end });
  return settled.kind === "refund"
    ? { refund: settled.refund, order: settled.order }
    : { refund, order };
}

async function ask(
  { paymentOpenings, settings }: RefundPorts,
  { id: accountId, gateway }: PaymentAccount,
  { refund, order }: Refunded,
): Promise<GatewayWord | null> {
  const payment = paymentToRefund(order.payments, refund);
  if (payment === null) return null;
  const opened = await Promise.all(
    (["desktop", "phone"] as const).map((device) =>
      paymentOpenings.find({ orderId: order.id, accountId, device }).catch(() => null),
    ),
  );
  return gateway.refund({
    refundId: refund.id,
    orderId: order.id,
    tradeNo: payment.tradeNo,
    reference: opened.flatMap((row) => row?.reference ?? [])[0] ?? null,
    paid: payment.money,
    money: refund.money,
    reason: refund.reason,
    notifyUrl: `${settings.publicOrigin}/payments/${accountId}/notify`,
  });
}

/** Null where it has not ended, or nobody can tell. */
function endOf(word: GatewayWord) {
  switch (word.kind) {
    case "done":
      return { kind: "done", refundNo: word.refundNo } as const;
    case "refused":
      return { kind: "refused", reason: word.reason } as const;
    case "unsupported":
      return { kind: "refused", reason: "unsupported" } as const;
    case "pending":
    case "unavailable":
      return null;
    default:
      return word satisfies never;
  }
}
