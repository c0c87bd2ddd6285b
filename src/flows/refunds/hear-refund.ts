import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import type { BeginRefund } from "../../../durable-objects/product-stock/refund-contract.ts";
import {
  ID_BYTES,
  newId,
  parseOrderId,
  type AccountId,
  type MerchantId,
} from "../../domain/ids.ts";
import { sameMoney, type Money } from "../../domain/money.ts";
import { paymentToRefund, refundableMinor, type Refund } from "../../domain/payments/refund.ts";
import { sha256Hex } from "../orders/body-hash.ts";
import type { AuditEntry } from "../../domain/audit.ts";
import type { ShopSettings } from "../../domain/settings/shop-settings.ts";
import type { NoticeReading, PaymentGateway } from "../payments/payment-ports.ts";
import type { Clock, StockObjects } from "../ports.ts";
import type { TradeBook } from "../payments/trade-ports.ts";

export interface HearingPorts {
  readonly stock: StockObjects;
  readonly clock: Clock;
  readonly shopSettings: (merchantId: MerchantId) => Promise<Pick<ShopSettings, "money">>;
  /** For notices that name only the payment. */
  readonly trades: Pick<TradeBook, "takenBy">;
  readonly audit: { append(entry: AuditEntry): Promise<void> };
}

type Told = Extract<NoticeReading, { kind: "refunded" }>;

export interface Hearing {
  readonly accountId: AccountId;
  readonly merchantId: MerchantId;
  /** Asked which refund it was, where its notices do not tell. */
  readonly gateway: Pick<PaymentGateway, "refundsOf">;
}

/**
 * What a notice of a refund turned out to be.
 * - `ours`: one that we asked for; it is done now, if it was not.
 * - `assumed`: taken for ours by its sum alone, since the notice has no number: a person should know.
 * - `desk`: made at the gateway's own desk, of a payment that we know or of one that has yet to be told of; it is
 *   written down.
 * - `later`: nothing could be written down yet: its order is not known, the gateway could not be asked which refund it
 *   was, or one of ours is under way that may come to nothing.
 * - `misfit`: it does not fit what was paid, and never will.
 */
export type Heard = "ours" | "assumed" | "desk" | "later" | "misfit";

/** One refund, so far as it was told. */
interface OneRefund {
  readonly refundNo: string | null;
  readonly refundId: string | null;
  readonly money: Money;
}

/**
 * Gives a refund that a gateway tells of to its order. Ours is known by our number or by the gateway's; where a notice
 * has neither (Stripe's), or not the sum of this one (Alipay's), the gateway is asked for its refunds. What was made
 * at the gateway's desk is written down as such, once by the gateway's number and never more than was paid. One that
 * is told before its payment is written down too: the object delivers nothing for money that has gone back, in
 * whatever order the two come.
 */
export async function hearRefund(
  ports: HearingPorts,
  hearing: Hearing,
  told: Told,
): Promise<Heard> {
  const order = await orderOf(ports, hearing, told);
  if (order === null) return "later";
  const place = { ports, hearing, order, tradeNo: told.tradeNo };
  const named = ourRefund(place, { ...told, refundId: told.refundId ?? null });
  if (named !== undefined) return endOurs(place, named, null);
  if (told.numberedByNotice === true || told.sumOfAll === true) return hearByAsking(place, told);
  const { refundNo, refundId = null, money } = told;
  if (money === null) return booksOf(place).isKnown ? "misfit" : "later";
  return refundNo === null
    ? assumeOurs(place, money)
    : hearAtDesk(place, { refundNo, refundId, money });
}

interface Place {
  readonly ports: HearingPorts;
  readonly hearing: Hearing;
  readonly order: OrderSnapshot;
  readonly tradeNo: string;
}

async function orderOf(
  { stock, trades }: Pick<HearingPorts, "stock" | "trades">,
  { merchantId, accountId }: Hearing,
  { orderRef, tradeNo }: Told,
): Promise<OrderSnapshot | null> {
  const parsed =
    parseOrderId(orderRef ?? "") ??
    parseOrderId((await trades.takenBy([{ accountId, tradeNo }]))[0] ?? "");
  const order = parsed && (await stock.of(parsed.stockNumber).order(parsed.id));
  return order?.merchantId === merchantId ? order : null;
}

/** The gateway's own list tells each refund with its number and sum; what was missed before is heard with it. */
async function hearByAsking(place: Place, told: Told): Promise<Heard> {
  const { refundsOf } = place.hearing.gateway;
  const { tradeNo, orderRef, refundNo } = told;
  const answer = await refundsOf?.({ tradeNo, orderRef, refundNo });
  const refunds = answer?.kind === "refunds" ? answer.refunds : [];
  const { paid, others } = booksOf(place);
  const isAll = told.money !== null && sameMoney(told.money, paid);
  if (refunds.length === 0) {
    // Nobody said which it was: all of a payment that none of ours had a part in is one thing all the same.
    return isAll && others.every(({ method }) => method === "desk") ? hearRest(place) : "later";
  }
  const heard = await hearEach(place, refunds);
  if (isAll && told.sumOfAll === true) await hearRest(await placeNow(place));
  // Of several the one that most wants a person.
  return WORST_FIRST.find((word) => heard.includes(word)) ?? "later";
}

const WORST_FIRST: readonly Heard[] = ["misfit", "later", "desk", "assumed", "ours"];

/** One after the other: what each leaves of the payment is what the next is held to. */
async function hearEach(
  place: Place,
  [one, ...others]: readonly OneRefund[],
): Promise<readonly Heard[]> {
  if (one === undefined) return [];
  const heard = await hearOne(place, one);
  return others.length === 0
    ? [heard]
    : [heard, ...(await hearEach(await placeNow(place), others))];
}

async function placeNow(place: Place): Promise<Place> {
  const order = await objectOf(place.ports, place.order).order(place.order.id);
  return { ...place, order: order ?? place.order };
}

async function hearOne(place: Place, one: OneRefund): Promise<Heard> {
  const ours = ourRefund(place, one);
  return ours === undefined ? hearAtDesk(place, one) : endOurs(place, ours, one.refundNo);
}

/** All of the payment has gone back: what is not in the books went at the desk, under numbers that are told later. */
async function hearRest(place: Place): Promise<Heard> {
  const { hearing, order, tradeNo } = place;
  const { paid, others } = booksOf(place);
  if (others.some(({ state }) => state === "asked")) return "later";
  const payment = { accountId: hearing.accountId, tradeNo, money: paid };
  const amountMinor = refundableMinor(payment, order.refunds ?? []);
  if (amountMinor < 1) return "desk";
  return hearAtDesk(place, { refundNo: null, refundId: null, money: { ...paid, amountMinor } });
}

/** A refund without any number: one of ours with that sum is taken to be it, and no other is written down. */
async function assumeOurs(place: Place, money: Money): Promise<Heard> {
  const { others, isKnown } = booksOf(place);
  const alike = others.filter(
    (refund) => refund.method === "gateway" && sameMoney(refund.money, money),
  );
  const ours = alike.find(({ state }) => state === "asked") ?? alike[0];
  if (ours === undefined) return isKnown ? "misfit" : "later";
  await endOurs(place, ours, null);
  return "assumed";
}

async function endOurs(place: Place, ours: Refund, refundNo: string | null): Promise<Heard> {
  const { ports, order } = place;
  if (ours.method !== "gateway") return ours.method === "desk" ? "desk" : "ours";
  // A gateway that said no and paid all the same: a person must see it.
  if (ours.state === "refused") return "misfit";
  if (ours.state === "asked") {
    const end = { kind: "done", refundNo } as const;
    await objectOf(ports, order).settleRefund({ orderId: order.id, refundId: ours.id, end });
  }
  return "ours";
}

/** Written down as the gateway has it: once, and never more than was paid. */
async function hearAtDesk(place: Place, one: OneRefund): Promise<Heard> {
  const { ports, hearing, order, tradeNo } = place;
  const { paid, others, isKnown } = booksOf(place);
  if (one.money.currency !== paid.currency) return isKnown ? "misfit" : "later";
  const { accountId, merchantId } = hearing;
  const { money: rules } = await ports.shopSettings(merchantId);
  const request: BeginRefund = {
    orderId: order.id,
    merchantId,
    refundId: await deskRefundId(accountId, tradeNo, one.refundNo ?? "rest"),
    payment: { accountId, tradeNo },
    amountMinor: one.money.amountMinor,
    keys: rules.deskRefundKeys,
    method: "desk",
    reason: "made at the gateway's desk",
    refundNo: one.refundNo,
  };
  if (takesKeys(order, request)) await ports.audit.append(voidedBy(ports, request));
  const begun = await objectOf(ports, order).beginRefund(request);
  // Written down by hand before, of the same sum and without a number: taken to be that one.
  if (begun.kind === "refund") return begun.refund.method === "hand" ? "assumed" : "desk";
  // All was known to have gone back before it was known in which parts: this is one of them.
  const isInRest = others.some(({ method, refundNo }) => method === "desk" && refundNo === null);
  if (isInRest && one.refundNo !== null) return "desk";
  const mayFail = others.some(({ state }) => state === "asked");
  return isKnown && !mayFail ? "misfit" : "later";
}

const objectOf = ({ stock }: Pick<HearingPorts, "stock">, { id }: OrderSnapshot) => {
  const parsed = parseOrderId(id);
  if (parsed === null) throw new Error(`order ${id}: names no product`);
  return stock.of(parsed.stockNumber);
};

/** What the order knows of the payment; one that has yet to come is taken to be of the order's sum. */
function booksOf({ hearing: { accountId }, order, tradeNo }: Place) {
  const payment = paymentToRefund(order.payments, { accountId, tradeNo });
  return {
    isKnown: payment !== null,
    paid: payment?.money ?? { amountMinor: order.amountMinor, currency: order.currency },
    others: (order.refunds ?? [])
      .filter((refund) => refund.accountId === accountId && refund.tradeNo === tradeNo)
      .filter(({ state }) => state !== "refused"),
  };
}

/** By our number, or by the gateway's. */
function ourRefund(
  { hearing: { accountId }, order, tradeNo }: Place,
  { refundNo, refundId }: Pick<OneRefund, "refundNo" | "refundId">,
): Refund | undefined {
  const ofPayment = (order.refunds ?? []).filter(
    (refund) => refund.accountId === accountId && refund.tradeNo === tradeNo,
  );
  const numbers = new Set([refundNo, refundId].filter((number) => number !== null));
  return (
    ofPayment.find(({ id }) => numbers.has(id)) ??
    ofPayment.find((refund) => refund.refundNo !== null && numbers.has(refund.refundNo))
  );
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

/** Of one refund at the desk there is one row, however often it is told. */
async function deskRefundId(accountId: AccountId, tradeNo: string, refundNo: string) {
  const digest = await sha256Hex([accountId, tradeNo, refundNo].join("\0"));
  const byteAt = (n: number) => Number.parseInt(digest.slice(2 * n, 2 * n + 2), 16);
  return newId(
    "refund",
    Uint8Array.from({ length: ID_BYTES }, (_, n) => byteAt(n)),
  );
}
