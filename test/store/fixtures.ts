import type {
  FulfilRequest,
  ReserveRequest,
  SealedKey,
} from "../../durable-objects/product-stock/contract.ts";
import type { KeyImport } from "../../durable-objects/product-stock/import-contract.ts";
import {
  orderId,
  type AccountId,
  type BatchId,
  type MerchantId,
  type OrderId,
  type ProductId,
} from "../../src/domain/ids.ts";
import type { Payment } from "../../src/domain/payments/payment.ts";
import type { Terms } from "../../src/domain/product/terms.ts";

/** Plain words for tests of the store and of the object: what a caller would send. */
const PRODUCT_NUMBER = 7;
export const NOW_MS = Date.UTC(2026, 10, 11, 12);
export const PRICE_MINOR = 1_000;
export const HOLD_SECONDS = 600;
export const MERCHANT = "mer_00000000000000000001" as MerchantId;
export const OTHER_MERCHANT = "mer_00000000000000000002" as MerchantId;
export const ACCOUNT = "acct_00000000000000000001" as AccountId;

export function terms(changes: Partial<Terms> = {}): Terms {
  return {
    version: 1,
    merchantId: MERCHANT,
    productId: "prd_00000000000000000001" as ProductId,
    productNumber: PRODUCT_NUMBER,
    title: "Starter key",
    status: "active",
    delivery: "auto",
    keySource: "pool",
    currency: "CNY",
    priceMinor: PRICE_MINOR,
    priceTiers: [],
    variants: [],
    limits: { perOrder: 100, perBuyer: null },
    holdSeconds: HOLD_SECONDS,
    saleWindow: { opensAtMs: null, closesAtMs: null },
    ...changes,
  };
}

/** Variant "m" costs PRICE_MINOR, "y" three times as much. */
export const VARIANTS: Terms["variants"] = [
  { id: "m", title: "A month", priceMinor: PRICE_MINOR, priceTiers: [] },
  { id: "y", title: "A year", priceMinor: 3 * PRICE_MINOR, priceTiers: [] },
];

/** The id of test order `n`. */
export function order(n: number, productNumber: number = PRODUCT_NUMBER): OrderId {
  const digest = new Uint8Array(16);
  new DataView(digest.buffer).setUint32(0, n);
  return orderId(productNumber, digest);
}

export function request(n: number, changes: Partial<ReserveRequest> = {}): ReserveRequest {
  const quantity = changes.quantity ?? 1;
  return {
    orderId: order(n),
    bodyHash: `body-${n}`,
    termsVersion: 1,
    variantId: null,
    quantity,
    email: `buyer-${n}@example.com`,
    locale: "en",
    paymentAccountId: ACCOUNT,
    paymentMethod: "epay",
    amountMinor: PRICE_MINOR * quantity,
    fields: {},
    lookupHash: null,
    minted: [],
    ...changes,
  };
}

export function payment(n: number, changes: Partial<Payment> = {}): Payment {
  return {
    accountId: ACCOUNT,
    tradeNo: `trade-${n}`,
    orderId: order(n),
    money: { amountMinor: PRICE_MINOR, currency: "CNY" },
    source: "notice",
    reportedAtMs: NOW_MS,
    ...changes,
  };
}

export function key(name: string | number, changes: Partial<SealedKey> = {}): SealedKey {
  return {
    sealed: `1.sealed-${name}`,
    fingerprint: `print-${name}`,
    note: null,
    variantId: null,
    expiresAtMs: null,
    costMinor: null,
    ...changes,
  };
}

export function keys(count: number, name: string = "key"): SealedKey[] {
  return Array.from({ length: count }, (_, place) => key(`${name}-${place}`));
}

export function batch(name: string, sealed: readonly SealedKey[], dryRun = false): KeyImport {
  return { batchId: `kb_${name}` as BatchId, part: "whole", label: null, dryRun, keys: sealed };
}

export function fulfilment(
  n: number,
  sealed: readonly SealedKey[],
  requestId = "act-1",
): FulfilRequest {
  return { orderId: order(n), requestId, keys: sealed };
}
