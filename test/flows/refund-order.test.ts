import { describe, expect, test } from "vitest";
import type { AuditEntry, Author } from "../../src/domain/audit.ts";
import type { RefundId } from "../../src/domain/ids.ts";
import {
  pursueRefund,
  refundOrder,
  type RefundWish,
} from "../../src/flows/refunds/refund-order.ts";
import type {
  GatewayCapabilities,
  PaymentAccount,
  RefundOutcome,
  RefundRequest,
} from "../../src/flows/payments/payment-ports.ts";
import { memoryShop } from "../support/node/memory-shop.ts";
import { ACCOUNT, MERCHANT, NOW_MS, order, payment, request } from "../store/fixtures.ts";

const REFUND = `rfd_${"0".repeat(20)}` as RefundId;
const AUTHOR: Author = { merchantId: MERCHANT, actor: "tok_1", atMs: NOW_MS };

/** A gateway that keeps books of its own: what it was asked, and what left it. */
function gatewayBooks(refund: GatewayCapabilities["refund"] = "partial") {
  const asked: RefundRequest[] = [];
  const paidOut = new Map<string, number>();
  const next: (RefundOutcome | "lost")[] = [];
  const account = {
    id: ACCOUNT,
    merchantId: MERCHANT,
    gateway: {
      capabilities: { refund } as GatewayCapabilities,
      async refund(asking: RefundRequest): Promise<RefundOutcome> {
        asked.push(asking);
        const word = next.shift() ?? { kind: "done", refundNo: "R-1" };
        if (word === "lost" || word.kind === "done") {
          paidOut.set(asking.refundId, asking.money.amountMinor);
        }
        return word === "lost"
          ? { kind: "unavailable", reason: "timeout", retryAfterSeconds: null }
          : word;
      },
    },
  } as unknown as PaymentAccount;
  return { account, asked, paidOut, next };
}

async function world(refund?: GatewayCapabilities["refund"]) {
  const shop = memoryShop();
  const gateway = gatewayBooks(refund);
  const audited: AuditEntry[] = [];
  const ports = {
    stock: shop.stock,
    paymentAccounts: { account: async () => gateway.account },
    paymentOpenings: { find: async () => null },
    settings: { publicOrigin: "https://shop.example" },
    audit: { append: async (entry: AuditEntry) => void audited.push(entry) },
  };
  shop.store.reserve([request(1)], NOW_MS);
  shop.store.recordPayment(payment(1), MERCHANT, NOW_MS);
  const present = () => {
    const found = shop.store.order(order(1));
    if (found === null) throw new Error("no order");
    return found;
  };
  const ask = (changes: Partial<RefundWish> = {}) =>
    refundOrder(ports, AUTHOR, {
      order: present(),
      stockNumber: 7,
      refundId: REFUND,
      payment: null,
      amountMinor: null,
      keys: "void",
      method: "gateway",
      reason: "asked for",
      ...changes,
    });
  const askOn = () => pursueRefund(ports, { orderId: order(1), refundId: REFUND });
  return { shop, gateway, audited, ask, askOn, present };
}

describe("money goes back through its gateway", () => {
  test("once, under one number, and is in the audit log before it moves", async () => {
    const { gateway, audited, ask, present } = await world();
    expect(await ask()).toMatchObject({ ok: true, value: { refund: { state: "done" } } });
    expect(await ask()).toMatchObject({ ok: true, value: { refund: { id: REFUND } } });
    expect(gateway.asked).toHaveLength(1);
    expect(gateway.asked[0]).toMatchObject({ refundId: REFUND, money: { amountMinor: 1_000 } });
    expect(audited[0]).toMatchObject({ action: "order.refund", detail: { refund_id: REFUND } });
    expect(present().state).toBe("refunded");
  });

  test("forty who ask at once for all of it make one refund", async () => {
    const { gateway, ask } = await world();
    const wishes = Array.from({ length: 40 }, (_, n) =>
      ask({ refundId: `rfd_${String(n).padStart(20, "0")}` as RefundId }),
    );
    const answers = await Promise.all(wishes);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect([...gateway.paidOut.values()]).toEqual([1_000]);
  });

  test("also where its answer was lost: it is asked on, under the same number", async () => {
    const { gateway, ask, askOn, present } = await world();
    gateway.next.push("lost", { kind: "pending", refundNo: null });
    expect(await ask()).toMatchObject({ ok: true, value: { refund: { state: "asked" } } });
    expect(await askOn()).toBe(false);
    expect(await askOn()).toBe(true);
    expect(await askOn()).toBe(true);
    expect(gateway.asked.map(({ refundId }) => refundId)).toEqual([REFUND, REFUND, REFUND]);
    expect(gateway.paidOut.size).toBe(1);
    expect(present().refunds).toMatchObject([{ state: "done" }]);
  });

  test.each(["before the object heard", "after it had written it down"])(
    "a crash %s leaves nothing half done: the same words end it",
    async (when) => {
      const { shop, gateway, ask, present } = await world();
      if (when.startsWith("before")) shop.wire.failBefore = 1;
      else shop.wire.failAfter = 1;
      await expect(ask()).rejects.toThrow("the wire broke");
      expect(gateway.asked).toEqual([]);
      expect(await ask()).toMatchObject({ ok: true });
      expect(gateway.asked).toHaveLength(1);
      expect(present()).toMatchObject({ state: "refunded", refunds: [{ state: "done" }] });
    },
  );

  test("what it refuses has not gone back, and may go another way", async () => {
    const { gateway, ask, present } = await world();
    gateway.next.push({ kind: "refused", reason: "SELLER_BALANCE_NOT_ENOUGH" });
    expect(await ask()).toMatchObject({
      ok: true,
      value: { refund: { state: "refused", refusal: "SELLER_BALANCE_NOT_ENOUGH" } },
    });
    expect(present().state).toBe("delivered");
    const byHand = { method: "hand", refundId: `rfd_${"1".repeat(20)}` as RefundId } as const;
    expect(await ask(byHand)).toMatchObject({ ok: true, value: { order: { state: "refunded" } } });
    expect(gateway.asked).toHaveLength(1);
  });
});

test("what was given back by hand stands under its reference, once", async () => {
  const { ask, audited, present } = await world("none");
  const id = (n: number) => `rfd_${String(n).padStart(20, "0")}` as RefundId;
  const byHand = { method: "hand", amountMinor: 300, reference: "0xabc" } as const;
  expect(await ask({ ...byHand, refundId: id(1) })).toMatchObject({
    ok: true,
    value: { refund: { refundNo: "0xabc", state: "done" } },
  });
  expect(await ask({ ...byHand, refundId: id(1) })).toMatchObject({ ok: true });
  expect(await ask({ ...byHand, refundId: id(2) })).toMatchObject({
    ok: false,
    error: { reason: "recorded", refund: { id: id(1) } },
  });
  expect(audited[0]?.detail).toMatchObject({ reference: "0xabc" });
  expect(present().refunds).toHaveLength(1);
});

describe("what a gateway cannot do is said before anything is written down", () => {
  test("one without refunds: by hand only", async () => {
    const { ask, present, audited } = await world("none");
    expect(await ask()).toEqual({ ok: false, error: { reason: "by_hand_only" } });
    expect([present().refunds, audited]).toEqual([[], []]);
    expect(await ask({ method: "hand" })).toMatchObject({ ok: true });
  });

  test("one that gives back all or nothing: no part", async () => {
    const { ask } = await world("full");
    expect(await ask({ amountMinor: 999 })).toEqual({
      ok: false,
      error: { reason: "whole_only", wholeMinor: 1_000 },
    });
    expect(await ask()).toMatchObject({ ok: true, value: { refund: { state: "done" } } });
  });

  test("more than is left, and what was never paid", async () => {
    const { ask } = await world();
    expect(await ask({ amountMinor: 1_001 })).toEqual({
      ok: false,
      error: { reason: "too_much", leftMinor: 1_000 },
    });
    const other = { accountId: ACCOUNT, tradeNo: "none" };
    expect(await ask({ payment: other })).toEqual({ ok: false, error: { reason: "not_paid" } });
  });
});
