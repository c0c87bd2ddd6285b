import type { OrderSnapshot } from "../../durable-objects/product-stock/contract.ts";
import { ID_BYTES, newId, parseOrderId, type AccountId, type MerchantId } from "../domain/ids.ts";
import { sameMoney } from "../domain/money.ts";
import { paymentToRefund, type Refund } from "../domain/refund.ts";
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
 * - `desk`: all of a payment went back at the gateway's own desk, and is written down.
 * - `unheard`: a person must look.
 */
export type Heard = "ours" | "desk" | "unheard";

/**
 * Gives a refund that a gateway tells of to its order. Ours is known by our number, by the gateway's, or, where a
 * notice has a number of its own (Stripe's), by payment and sum. Of what was made at the gateway's desk only a whole
 * payment is written down: for parts some gateways tell the sum of all refunds and others of this one, so a statement
 * decides. The object takes each once and never more than was paid, whatever is told.
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
  const { accountId, merchantId } = account;
  const { tradeNo, refundNo, money } = told;
  const payment = paymentToRefund(order.payments, { accountId, tradeNo });
  if (payment === null || refundNo === null || money === null) return "unheard";
  if (!sameMoney(money, payment.money)) return "unheard";
  const refundId = await deskRefundId(accountId, tradeNo, refundNo);
  const keys = (await ports.shopSettings(merchantId)).money.deskRefundKeys;
  if (keys === "void") await ports.audit.append(voidedBy(ports, order, refundId));
  const begun = await object.beginRefund({
    orderId: order.id,
    merchantId,
    refundId,
    payment: { accountId, tradeNo },
    amountMinor: money.amountMinor,
    keys,
    method: "desk",
    reason: "made at the gateway's desk",
    refundNo,
  });
  return begun.kind === "refund" ? "desk" : "unheard";
}

/** Taking keys from a buyer is in the log before it is done, though no person of the shop does it. */
function voidedBy(
  { clock }: Pick<HearingPorts, "clock">,
  { id, merchantId }: OrderSnapshot,
  refundId: Refund["id"],
): AuditEntry {
  const detail = { refund_id: refundId, keys: "void", rule: "desk_refund_keys" };
  const atMs = clock.nowMs();
  return { merchantId, actor: "gateway", action: "order.void_keys", subject: id, detail, atMs };
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
