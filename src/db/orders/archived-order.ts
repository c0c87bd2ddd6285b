import { z } from "zod";
import type { ArchivedOrder } from "../../../durable-objects/product-stock/archive-contract.ts";
import type {
  AccountId,
  KeyId,
  MerchantId,
  OrderId,
  ProductId,
  RefundId,
} from "../../domain/ids.ts";
import { DISPUTE_STATES } from "../../domain/payments/dispute.ts";
import { LOCALES } from "../../domain/locale.ts";
import { CURRENCIES } from "../../domain/money.ts";
import { ORDER_STATES } from "../../domain/order/order.ts";
import { PAYMENT_VERDICTS } from "../../domain/payments/payment.ts";
import { KEY_FATES, REFUND_METHODS, REFUND_STATES } from "../../domain/payments/refund.ts";

const id = <Id extends string>() => z.string() as unknown as z.ZodType<Id>;
const text = z.string().nullable();
const atMs = z.int();
const sum = z.int();

const key = z.looseObject({
  id: id<KeyId>(),
  sealed: z.string(),
  fingerprint: z.string(),
  note: text,
});

const historyEntry = z.looseObject({
  atMs,
  event: z.string(),
  state: z.enum(ORDER_STATES),
  by: z.enum(["buyer", "merchant", "gateway", "clock"]),
  accountId: z.exactOptional(id<AccountId>()),
});

const payment = z.looseObject({
  accountId: id<AccountId>(),
  tradeNo: z.string(),
  money: z.object({ amountMinor: sum, currency: z.enum(CURRENCIES) }),
  verdict: z.enum(PAYMENT_VERDICTS),
  source: z.enum(["notice", "query", "merchant"]),
  atMs,
});

const refund = z.looseObject({
  id: id<RefundId>(),
  accountId: id<AccountId>(),
  tradeNo: z.string(),
  money: z.object({ amountMinor: sum, currency: z.enum(CURRENCIES) }),
  state: z.enum(REFUND_STATES),
  method: z.enum(REFUND_METHODS),
  keys: z.enum(KEY_FATES),
  reason: z.string(),
  refundNo: text,
  refusal: text,
  askedAtMs: atMs,
  settledAtMs: atMs.nullable(),
  orderWas: z.enum(ORDER_STATES).nullable(),
});

const dispute = z.looseObject({
  accountId: id<AccountId>(),
  tradeNo: z.string(),
  disputeNo: z.string(),
  state: z.enum(DISPUTE_STATES),
  saidAtMs: atMs,
  money: z.object({ amountMinor: sum, currency: z.enum(CURRENCIES) }).nullable(),
  keys: z.enum(KEY_FATES).nullable(),
  orderWas: z.enum(ORDER_STATES).nullable(),
});

const order = z.looseObject({
  id: id<OrderId>(),
  version: z.int(),
  merchantId: id<MerchantId>(),
  productId: id<ProductId>(),
  productTitle: z.string(),
  delivery: z.enum(["auto", "manual"]),
  variantId: text,
  variantTitle: text,
  quantity: z.int(),
  unitPriceMinor: sum,
  amountMinor: sum,
  discountMinor: sum,
  feeMinor: z.exactOptional(sum),
  currency: z.enum(CURRENCIES),
  email: z.string(),
  locale: z.enum(LOCALES),
  fields: z.record(z.string(), z.string()),
  lookupHash: text,
  paymentAccountId: id<AccountId>().nullable(),
  paymentMethod: text,
  state: z.enum(ORDER_STATES),
  placedAtMs: atMs,
  expiresAtMs: atMs.nullable(),
  paidAtMs: atMs.nullable(),
  deliveredAtMs: atMs.nullable(),
  keys: z.array(key),
  history: z.array(historyEntry),
  payments: z.array(payment),
  // What was archived before there were any has none.
  refunds: z.array(refund).exactOptional(),
  disputes: z.array(dispute).exactOptional(),
});

/**
 * A record of the archive as it was written, which may have been years ago: what it lacks fails
 * here, before an object takes it for the truth. What a newer version added passes through, so that
 * an older Worker gives back all that it was given.
 */
export const archivedOrder: z.ZodType<ArchivedOrder> = z.looseObject({
  order,
  bodyHash: z.string(),
  fulfilRequest: text,
});
