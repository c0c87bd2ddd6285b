import { describe, expect, test } from "vitest";
import type { DisputeTold } from "../../src/domain/payments/dispute.ts";
import type { MerchantId } from "../../src/domain/ids.ts";
import type { OrderOfPayment } from "../../src/flows/disputes/dispute-ports.ts";
import { openCase } from "../../src/flows/disputes/open-case.ts";
import { memoryShop } from "../support/node/memory-shop.ts";
import { nobodysDispute } from "../support/node/nobodys-dispute.ts";
import { settingsOf } from "../../src/domain/settings/shop-settings.ts";
import { ACCOUNT, MERCHANT, NOW_MS, order, payment, request } from "../store/fixtures.ts";

const UNPAID = order(1);
const OPENED = {
  kind: "disputed",
  tradeNo: payment(1).tradeNo,
  orderRef: null,
  disputeNo: "dp_1",
  state: "opened",
  money: null,
  saidAtMs: NOW_MS,
} as const;

/** An order that nobody has paid yet, a book of payments that knows none, and a gateway that says what it says. */
function world(says: OrderOfPayment | null, known: typeof UNPAID | null = null) {
  const shop = memoryShop();
  shop.store.reserve([request(1)], NOW_MS);
  const cases: DisputeTold[] = [];
  let asked = 0;
  const ports = {
    stock: shop.stock,
    clock: { nowMs: () => NOW_MS },
    disputes: {
      async tell(told: DisputeTold) {
        cases.push(told);
        return { ...nobodysDispute(told), orderId: told.orderId ?? known };
      },
      heard: async () => {},
    },
    shopSettings: async () => settingsOf({}),
    audit: { append: async () => {} },
  };
  const orderOf = async () => {
    asked++;
    return says ?? ({ kind: "order", orderRef: null } as const);
  };
  const open = (merchantId: MerchantId = MERCHANT) =>
    openCase(
      ports,
      { merchantId, accountId: ACCOUNT, receivedAtMs: NOW_MS, gateway: { orderOf } },
      OPENED,
    );
  const disputes = () => shop.store.order(UNPAID)?.disputes ?? [];
  const delivered = () => {
    shop.store.recordPayment(payment(1), MERCHANT, NOW_MS);
    return shop.store.order(UNPAID)?.keys.length;
  };
  return { open, cases, disputes, delivered, asked: () => asked };
}

describe("a dispute whose notice names no order", () => {
  test("is heard by the order that the gateway names, and no later payment delivers", async () => {
    const shop = world({ kind: "order", orderRef: UNPAID });
    await shop.open();
    expect(shop.disputes()).toMatchObject([{ disputeNo: "dp_1", state: "opened" }]);
    expect(shop.cases.map(({ orderId }) => orderId)).toEqual([null, UNPAID]);
    expect(shop.delivered()).toBe(0);
  });

  test("asks no gateway where the book of payments knows it", async () => {
    const shop = world(null, UNPAID);
    await shop.open();
    expect(shop.asked()).toBe(0);
    expect(shop.disputes()).toHaveLength(1);
  });

  test.each([
    ["does not answer", { kind: "unavailable", reason: "timeout", retryAfterSeconds: null }],
    ["has no order of ours", { kind: "order", orderRef: "an-order-of-another-shop" }],
  ] as const)("has its case for the schedule where the gateway %s", async (_, says) => {
    const shop = world(says);
    await shop.open();
    expect(shop.cases).toMatchObject([{ disputeNo: "dp_1", orderId: null }]);
    expect(shop.disputes()).toEqual([]);
  });

  test("holds back nothing of another merchant, whatever its gateway names", async () => {
    const shop = world({ kind: "order", orderRef: UNPAID });
    await shop.open("mer_another" as MerchantId);
    expect(shop.disputes()).toEqual([]);
    expect(shop.delivered()).toBe(1);
  });
});
