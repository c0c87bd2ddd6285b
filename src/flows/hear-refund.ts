import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import type { BeginRefund } from "../../durable-objects/product-stock/refund-contract.ts";
import { ID_BYTES, newId, parseOrderId, type AccountId, type MerchantId } from "../domain/ids.ts";
import { sameMoney } from "../domain/money.ts";
import { paymentToRefund, refundableMinor, type Refund } from "../domain/refund.ts";
import { sha256Hex } from "./body-hash.ts";
import type { AuditEntry } from "../domain/audit.ts";
import type { ShopSettings } from "../domain/shop-settings.ts";
import type { NoticeReading } from "./payment-ports.ts";
import type { Clock, StockObjects } from "./ports.ts";

export interface HearingPorts {
  readonly stock: StockObjects;
  readonly clock: Clock;
  readonly shopSettings: (merchantId: MerchantId) => Promise<Pick<ShopSettings, "money">>;
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

type Told = Extract<NoticeReading, { kind: "refunded" }>;

/**
 * What a notice of a refund turned out to be.
 * - `ours`: one that we asked for; it is done now, if it was not.
 * - `desk`: made at the gateway's own desk, of a payment that we know or of one that has yet to be told of; it is
 *   written down.
 * - `unheard`: nothing was written down.
 */
export type Heard = "ours" | "desk" | "unheard";

/**
 * Gives a refund that a gateway tells of to its order. Ours is known by our number, by the gateway's, or, where a
 * notice has a number of its own (Stripe's), by payment and sum. What was made at the gateway's desk is written
 * down as such, once by the gateway's number and never more than was paid. One that is told before its payment is
 * written down too: the object delivers nothing for money that has gone back, in whatever order the two come.
 */
export async function hearRefund(
  ports: HearingPorts,
  account: { readonly accountId: AccountId; readonly merchantId: MerchantId },
  told: Told,
): Promise<Heard> {
  const parsed = parseOrderId(told.orderRef ?? "");
  if (parsed === null) return "unheard";
  const object = ports.stock.of(parsed.stockNumber);
  const order = await object.order(parsed.id);
  if (order?.merchantId !== account.merchantId) return "unheard";
  const ours = ourRefund(order, account.accountId, told);
  if (ours !== undefined) {
    if (ours.state === "refused") return "unheard";
    // Its number may be the notice's own (Stripe's), which names no refund.
    const end = { kind: "done", refundNo: null } as const;
    if (ours.state === "asked") {
      await object.settleRefund({ orderId: order.id, refundId: ours.id, end });
    }
    return ours.method === "desk" ? "desk" : "ours";
  }
  const request = await deskRefund(ports, order, account, told);
  if (request === null) return "unheard";
  if (takesKeys(order, request)) await ports.audit.append(voidedBy(ports, request));
  const begun = await object.beginRefund(request);
  return begun.kind === "refund" ? "desk" : "unheard";
}

/** Null where the notice does not tell which refund it was, or how much of what. */
async function deskRefund(
  ports: Pick<HearingPorts, "shopSettings">,
  order: OrderSnapshot,
  { accountId, merchantId }: { readonly accountId: AccountId; readonly merchantId: MerchantId },
  { tradeNo, refundNo, numberedByNotice, money, sumOfAll }: Told,
): Promise<BeginRefund | null> {
  if (refundNo === null || money === null) return null;
  const payment = paymentToRefund(order.payments, { accountId, tradeNo });
  const paid = payment?.money ?? { amountMinor: order.amountMinor, currency: order.currency };
  if (money.currency !== paid.currency) return null;
  // The sum of all refunds is this one's only where it is all that was paid.
  if (sumOfAll === true && !sameMoney(money, paid)) return null;
  const { money: rules } = await ports.shopSettings(merchantId);
  return {
    orderId: order.id,
    merchantId,
    refundId: await deskRefundId(accountId, tradeNo, refundNo),
    payment: { accountId, tradeNo },
    amountMinor: money.amountMinor,
    keys: rules.deskRefundKeys,
    method: "desk",
    reason: "made at the gateway's desk",
    refundNo: numberedByNotice === true ? null : refundNo,
  };
}

/** With a part keys stay: only what gives all of a payment back may take them. */
function takesKeys(order: OrderSnapshot, { keys, payment, amountMinor }: BeginRefund): boolean {
  const paid = payment && paymentToRefund(order.payments, payment);
  if (keys === "keep" || paid === null) return false;
  return refundableMinor(paid, order.refunds ?? []) === amountMinor;
}

/** Taking keys from a buyer is in the log before it is done, though no person of the shop does it. */
function voidedBy(
  { clock }: Pick<HearingPorts, "clock">,
  { orderId, merchantId, refundId }: BeginRefund,
): AuditEntry {
  return {
    merchantId,
    actor: "gateway",
    action: "order.void_keys",
    subject: orderId,
    detail: { refund_id: refundId, keys: "void", rule: "desk_refund_keys" },
    atMs: clock.nowMs(),
  };
}

function ourRefund(order: OrderSnapshot, accountId: AccountId, told: Told): Refund | undefined {
  const ofPayment = (order.refunds ?? []).filter(
    (refund) => refund.accountId === accountId && refund.tradeNo === told.tradeNo,
  );
  const { refundNo, money } = told;
  const named = ofPayment.find(
    (refund) => refundNo !== null && (refund.id === refundNo || refund.refundNo === refundNo),
  );
  if (named !== undefined || money === null) return named;
  const alike = ofPayment.filter(
    (refund) => refund.method === "gateway" && sameMoney(refund.money, money),
  );
  const asked = alike.find(({ state }) => state === "asked");
  // Whose number says that it is another is another, whatever its sum.
  const isNamed = refundNo !== null && told.numberedByNotice !== true;
  return asked ?? (isNamed ? undefined : alike.find(({ state }) => state === "done"));
}

/** Of one refund at the desk there is one row, however often it is told. */
async function deskRefundId(accountId: AccountId, tradeNo: string, refundNo: string) {
  const digest = await sha256Hex([accountId, tradeNo, refundNo].join("\0"));
  const byteAt = (n: number) => Number.parseInt(digest.slice(2 * n, 2 * n + 2), 16);
  return newId(
    "refund",
    Uint8Array.from({ length: ID_BYTES }, (_, n) => byteAt(n)),
  );
}
