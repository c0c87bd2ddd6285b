import type { OrderSnapshot } from "../../../durable-objects/product-stock/contract.ts";
import { keyId, orderId, type MerchantId, type ProductId } from "../../../src/domain/ids.ts";

const MERCHANT = "mer_00000000000000000001" as MerchantId;
const PLACED_AT_MS = Date.UTC(2026, 10, 11, 12);

/** Order `n` of a product as its object would tell it: pending, unless changed. */
export function snapshot(
  n: number,
  changes: Partial<OrderSnapshot> = {},
  productNumber = 7,
): OrderSnapshot {
  const digest = new Uint8Array(16);
  new DataView(digest.buffer).setUint32(0, n);
  return {
    id: orderId(productNumber, digest),
    version: 1,
    merchantId: MERCHANT,
    productId: "prd_00000000000000000007" as ProductId,
    productTitle: "Starter key",
    delivery: "auto",
    variantId: null,
    variantTitle: null,
    quantity: 1,
    unitPriceMinor: 1000,
    amountMinor: 1000,
    discountMinor: 0,
    currency: "CNY",
    email: `buyer-${n}@example.com`,
    locale: "en",
    fields: { 账号: 'O\'Neil "quoted"' },
    lookupHash: null,
    paymentAccountId: null,
    paymentMethod: "epay",
    state: "pending",
    placedAtMs: PLACED_AT_MS + n,
    expiresAtMs: PLACED_AT_MS + 600_000,
    paidAtMs: null,
    deliveredAtMs: null,
    keys: [],
    history: [{ atMs: PLACED_AT_MS, event: "reserve", state: "pending", by: "buyer" }],
    payments: [],
    ...changes,
  };
}

/** The same order once it holds a key. The key is sealed by nobody: openers are stood in for. */
export function delivered(n: number, changes: Partial<OrderSnapshot> = {}, productNumber = 7) {
  return snapshot(
    n,
    {
      version: 2,
      state: "delivered",
      expiresAtMs: null,
      paidAtMs: PLACED_AT_MS + 1000,
      deliveredAtMs: PLACED_AT_MS + 1000,
      keys: [
        {
          id: keyId(productNumber, n),
          sealed: `1.SEALED-${n}`,
          fingerprint: `print-${n}`,
          note: null,
        },
      ],
      ...changes,
    },
    productNumber,
  );
}
