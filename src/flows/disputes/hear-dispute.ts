import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { AuditEntry } from "../../domain/audit.ts";
import {
  lossOf,
  wordThatHolds,
  type Dispute,
  type OrderDispute,
} from "../../domain/payments/dispute.ts";
import { parseOrderId, type MerchantId } from "../../domain/ids.ts";
import { paymentToRefund, type KeyFate } from "../../domain/payments/refund.ts";
import type { ShopSettings } from "../../domain/settings/shop-settings.ts";
import type { DisputeBook, TaskChange } from "./dispute-ports.ts";
import type { Clock, StockObjects } from "../ports.ts";

export interface DisputePorts {
  readonly stock: StockObjects;
  readonly clock: Clock;
  readonly disputes: DisputeBook;
  readonly shopSettings: (merchantId: MerchantId) => Promise<Pick<ShopSettings, "money">>;
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

/**
 * Tells an order what has become of a dispute: its object holds back what is not delivered while it is open, gives
 * the order up where it is lost, and lets it go on where it is won. May be done any number of times and by several
 * at once. Answers whether it has an order that could be told: a gateway may name only the payment, and the book of
 * payments leads to its order some moments after it was paid.
 */
export async function hearDispute(ports: DisputePorts, dispute: Dispute): Promise<boolean> {
  const named = dispute.orderId === null ? null : parseOrderId(dispute.orderId);
  if (named === null) return false;
  const { merchantId, accountId, tradeNo, disputeNo, state, saidAtMs, money } = dispute;
  const object = ports.stock.of(named.stockNumber);
  const order = await object.order(named.id);
  // A gateway may name any order: of another merchant's nothing is told.
  if (order?.merchantId !== merchantId) {
    await ports.disputes.heard(dispute, null);
    return false;
  }
  const keys = (await ports.shopSettings(merchantId)).money.disputeKeys;
  const told = { accountId, tradeNo, disputeNo, state, saidAtMs, money };
  if (takesKeys(order, { ...told, keys, orderWas: null })) {
    await ports.audit.append(voidedBy(ports, dispute, order));
  }
  const heard = await object.hearDispute({ ...told, orderId: named.id, merchantId, keys });
  await ports.disputes.heard(dispute, taskChange(ports, dispute, order));
  return heard.kind === "heard";
}

/** Whether this word, as far as can be told before, will take keys that the buyer has. */
function takesKeys(order: OrderSnapshot, told: OrderDispute & { readonly keys: KeyFate }): boolean {
  if (told.keys === "keep" || order.keys.length === 0 || order.state === "refunded") return false;
  const { disputes = [] } = order;
  const isTold = (known: OrderDispute) =>
    known.disputeNo === told.disputeNo && known.accountId === told.accountId;
  const known = disputes.find(isTold);
  const holds = known === undefined ? told : wordThatHolds(known, told);
  const others = disputes.filter((each) => !isTold(each));
  return lossOf({ ...order, disputes: [...others, holds] }) !== null;
}

/** Taking keys from a buyer is in the log before it is done, though no person of the shop does it. */
function voidedBy({ clock }: DisputePorts, { id, merchantId }: Dispute, order: OrderSnapshot) {
  return {
    merchantId,
    actor: "gateway",
    action: "order.void_keys",
    subject: order.id,
    detail: { dispute_id: id, keys: "void", rule: "dispute_keys" },
    atMs: clock.nowMs(),
  };
}

function taskChange({ clock }: DisputePorts, dispute: Dispute, order: OrderSnapshot): TaskChange {
  const payment = paymentToRefund(order.payments, dispute);
  const price = { amountMinor: order.amountMinor, currency: order.currency };
  return {
    dispute,
    about: {
      orderId: order.id,
      paidAtMs: payment?.atMs ?? dispute.openedAtMs,
      money: dispute.money ?? payment?.money ?? price,
    },
    atMs: clock.nowMs(),
  };
}
