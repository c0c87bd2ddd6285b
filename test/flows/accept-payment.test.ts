import { describe, expect, test } from "vitest";
import type {
  OrderSnapshot,
  ProductStockRpc,
} from "../../durable-objects/product-stock/contract.ts";
import type {
  PaymentRecord,
  PaymentReport,
} from "../../durable-objects/product-stock/payment-contract.ts";
import type { DisputeTold } from "../../src/domain/payments/dispute.ts";
import { orderId, type AccountId, type MerchantId } from "../../src/domain/ids.ts";
import type { Money } from "../../src/domain/money.ts";
import {
  needsAttention,
  type Payment,
  type PaymentVerdict,
} from "../../src/domain/payments/payment.ts";
import { settingsOf } from "../../src/domain/settings/shop-settings.ts";
import { Unavailable } from "../../src/domain/overload/unavailable.ts";
import { acceptPayment } from "../../src/flows/payments/accept-payment.ts";
import type {
  NoticeReading,
  PaymentGateway,
  PaymentStatus,
} from "../../src/flows/payments/payment-ports.ts";
import { nobodysDispute } from "../support/node/nobodys-dispute.ts";
import type { NoticeInbox } from "../../src/flows/ports.ts";

const MERCHANT = "mer_one" as MerchantId;
const OTHER_MERCHANT = "mer_two" as MerchantId;
const ACCOUNT = {
  id: "acct_one" as AccountId,
  merchantId: MERCHANT,
  gateway: {} as Pick<PaymentGateway, "settle">,
};
const ORDER = orderId(7, new Uint8Array(14).fill(9));
const SUM: Money = { amountMinor: 1000, currency: "CNY" };

type Kept = Parameters<NoticeInbox["keep"]>[0];

/** One product's object with one order, an inbox, and steps at which either may fail. */
function world(options: { order?: boolean } = {}) {
  const hasOrder = options.order ?? true;
  const payments: OrderSnapshot["payments"][number][] = [];
  const asked: number[] = [];
  const inbox = new Map<string, Kept>();
  const later: Kept[] = [];
  const cases: DisputeTold[] = [];
  const fail = { beforeObject: false, afterObject: false, inbox: false, cases: false };
  let delivered = 0;

  function judge(payment: Payment, merchantId: MerchantId): PaymentVerdict {
    if (!hasOrder || payment.orderId !== ORDER || merchantId !== MERCHANT) return "unknown_order";
    const same = payments.some(({ tradeNo }) => tradeNo === payment.tradeNo);
    if (same) return "already";
    let verdict: PaymentVerdict = "delivered";
    if (payment.money.amountMinor !== SUM.amountMinor) verdict = "mismatch";
    else if (delivered > 0) verdict = "surplus";
    if (verdict === "delivered") delivered++;
    const { accountId, tradeNo, money, source } = payment;
    payments.push({ accountId, tradeNo, money, source, verdict, atMs: payment.reportedAtMs });
    return verdict;
  }

  const stock = {
    order: () => Promise.resolve(null),
    async recordPayments([{ payment, merchantId }]: [PaymentReport]): Promise<PaymentRecord[]> {
      if (fail.beforeObject) throw new Unavailable("stock", 1);
      const verdict = judge(payment, merchantId);
      if (fail.afterObject) throw new Unavailable("stock", 1);
      const record = payments.find(({ tradeNo }) => tradeNo === payment.tradeNo);
      return [{ verdict, firstVerdict: record?.verdict ?? null }];
    },
  } as unknown as ProductStockRpc;

  const ports = {
    stock: {
      of(stockNumber: number) {
        asked.push(stockNumber);
        return stock;
      },
    },
    notices: {
      async keep(notice: Kept) {
        if (fail.inbox) throw new Error("D1 is down");
        const once = [notice.accountId, notice.tradeNo, notice.orderRef, notice.says].join("|");
        if (!inbox.has(once)) inbox.set(once, notice);
      },
      keepLater: (notice: Kept) => void later.push(notice),
    },
    disputes: {
      async tell(told: DisputeTold) {
        if (fail.cases) throw new Error("D1 is down");
        cases.push(told);
        return nobodysDispute(told);
      },
      heard: () => Promise.resolve(),
    },
    trades: { takenBy: () => Promise.resolve([null]) },
    clock: { nowMs: () => 1_700_000_000_000 },
    shopSettings: () => Promise.resolve(settingsOf({})),
    audit: { append: () => Promise.resolve() },
  };
  return {
    accept: (reading: NoticeReading, account = ACCOUNT) =>
      acceptPayment(ports, account, { reading, raw: null }),
    fail,
    asked,
    payments,
    verdicts: () => [...inbox.values()].map(({ verdict }) => verdict),
    kept: () => [...inbox.values()],
    cases,
    /** Copies that are made after the answer. */
    later: () => later.map(({ verdict }) => verdict),
    delivered: () => delivered,
  };
}

function paid(changes: Partial<{ tradeNo: string; orderRef: string; money: Money }> = {}) {
  return {
    kind: "paid" as const,
    tradeNo: "T1",
    orderRef: ORDER as string,
    money: SUM,
    ...changes,
  };
}

describe("a genuine payment", () => {
  test("is recorded by the object that the order's id names, and waits for no inbox", async () => {
    const shop = world();
    const acceptance = await shop.accept(paid());
    expect(acceptance).toMatchObject({ kind: "recorded", verdict: "delivered", copyError: null });
    expect(shop.asked).toEqual([7]);
    expect(shop.kept()).toEqual([]);
    expect(shop.later()).toEqual(["delivered"]);
  });

  test("is recorded while the inbox is down", async () => {
    const shop = world();
    shop.fail.inbox = true;
    expect(await shop.accept(paid())).toMatchObject({ kind: "recorded", verdict: "delivered" });
  });

  test("that comes again is accepted and changes nothing", async () => {
    const shop = world();
    await shop.accept(paid());
    expect(await shop.accept(paid())).toMatchObject({ kind: "recorded", verdict: "already" });
    expect(shop.delivered()).toBe(1);
    expect(shop.kept()).toEqual([]);
  });

  test.each([
    ["of another sum", "mismatch", [paid({ money: { ...SUM, amountMinor: 1001 } })]],
    ["after another one", "surplus", [paid(), paid({ tradeNo: "T2" })]],
  ] as const)("%s is shown to the merchant as %s", async (_, verdict, readings) => {
    const shop = world();
    for (const reading of readings) {
      await shop.accept(reading);
    }
    expect(needsAttention(verdict)).toBe(true);
    expect(shop.verdicts()).toEqual([verdict]);
    expect(shop.kept()[0]).toMatchObject({
      merchantId: MERCHANT,
      accountId: ACCOUNT.id,
      orderRef: ORDER,
    });
  });
});

describe("money that names no order of this merchant", () => {
  test.each([
    ["text that is no id", "' OR 1=1"],
    ["an id of another kind", "key_000007abc"],
    ["an order's id cut short", ORDER.slice(0, -1)],
  ])("is kept and asks no object: %s", async (_, orderRef) => {
    const shop = world();
    expect(await shop.accept(paid({ orderRef }))).toEqual({ kind: "unmatched" });
    expect(shop.asked).toEqual([]);
    expect(shop.kept()).toMatchObject([{ verdict: "unmatched", orderRef, money: SUM }]);
  });

  test("is kept when the object does not know the order", async () => {
    const shop = world({ order: false });
    expect(await shop.accept(paid())).toEqual({ kind: "unmatched" });
    expect(shop.verdicts()).toEqual(["unmatched"]);
  });

  test("is kept when the order is another merchant's, and pays nothing", async () => {
    const shop = world();
    const stranger = { ...ACCOUNT, id: "acct_two" as AccountId, merchantId: OTHER_MERCHANT };
    expect(await shop.accept(paid(), stranger)).toEqual({ kind: "unmatched" });
    expect(shop.delivered()).toBe(0);
    expect(shop.kept()).toMatchObject([{ merchantId: OTHER_MERCHANT, accountId: "acct_two" }]);
  });

  test("is one row however often it comes", async () => {
    const shop = world({ order: false });
    await shop.accept(paid());
    await shop.accept(paid());
    expect(shop.kept()).toHaveLength(1);
  });

  test("is not accepted while nothing can keep it: the gateway sends it again", async () => {
    const shop = world({ order: false });
    shop.fail.inbox = true;
    await expect(shop.accept(paid())).rejects.toBeInstanceOf(Unavailable);
    shop.fail.inbox = false;
    expect(await shop.accept(paid())).toEqual({ kind: "unmatched" });
  });
});

describe("a crash", () => {
  test("before the object's commit is not accepted, and the next try delivers", async () => {
    const shop = world();
    shop.fail.beforeObject = true;
    await expect(shop.accept(paid())).rejects.toBeInstanceOf(Unavailable);
    shop.fail.beforeObject = false;
    expect(await shop.accept(paid())).toMatchObject({ verdict: "delivered" });
    expect(shop.delivered()).toBe(1);
  });

  test("between commit and answer is not accepted, and the next try delivers nothing new", async () => {
    const shop = world();
    shop.fail.afterObject = true;
    await expect(shop.accept(paid())).rejects.toBeInstanceOf(Unavailable);
    shop.fail.afterObject = false;
    expect(await shop.accept(paid())).toMatchObject({ verdict: "already" });
    expect(shop.delivered()).toBe(1);
  });

  test("between commit and inbox is healed: the next try shows the merchant what it was", async () => {
    const shop = world();
    const wrong = paid({ money: { ...SUM, amountMinor: 999 } });
    shop.fail.afterObject = true;
    await expect(shop.accept(wrong)).rejects.toBeInstanceOf(Unavailable);
    shop.fail.afterObject = false;
    expect(await shop.accept(wrong)).toMatchObject({ verdict: "already" });
    expect(shop.verdicts()).toEqual(["mismatch"]);
  });

  test("of the inbox after the commit is told and does not undo the commit", async () => {
    const shop = world();
    shop.fail.inbox = true;
    const acceptance = await shop.accept(paid({ money: { ...SUM, amountMinor: 999 } }));
    expect(acceptance).toMatchObject({ kind: "recorded", verdict: "mismatch" });
    expect(acceptance).toHaveProperty("copyError", new Error("D1 is down"));
    // And the copy is tried again after the answer.
    expect(shop.later()).toEqual(["mismatch"]);
  });
});

describe("a notice that says anything else", () => {
  test("not paid: is noted, and does not block the one that says paid", async () => {
    const shop = world();
    const waiting = { kind: "not_paid", tradeNo: "T1", orderRef: ORDER, status: "WAIT" } as const;
    expect(await shop.accept(waiting)).toMatchObject({ kind: "not_paid" });
    expect(await shop.accept(paid())).toMatchObject({ verdict: "delivered" });
    expect(shop.verdicts()).toEqual([]);
    expect(shop.later()).toEqual(["not_paid", "delivered"]);
  });

  test("not paid, while the inbox is down: is accepted, since no money hangs on it", async () => {
    const shop = world();
    shop.fail.inbox = true;
    const waiting = { kind: "not_paid", tradeNo: "T1", orderRef: ORDER, status: "WAIT" } as const;
    expect(await shop.accept(waiting)).toMatchObject({ kind: "not_paid" });
  });

  test.each(["malformed", "signature"] as const)(
    "forged (%s): asks no object, and is for the sample after the answer",
    async (check) => {
      const shop = world();
      const acceptance = await shop.accept({ kind: "invalid", check });
      expect(acceptance).toEqual({ kind: "refused", check, copyError: null });
      expect(shop.asked).toEqual([]);
      expect(shop.kept()).toEqual([]);
      expect(shop.later()).toEqual([`refused_${check}`]);
    },
  );

  test.each(["account", "amount"] as const)(
    "genuine and impossible (%s): grants nothing and is shown to the merchant",
    async (check) => {
      const shop = world();
      const about = { tradeNo: "T1", orderRef: ORDER };
      const acceptance = await shop.accept({ kind: "invalid", check, about });
      expect(acceptance).toMatchObject({ kind: "refused", check });
      expect(shop.asked).toEqual([]);
      expect(shop.kept()).toMatchObject([{ verdict: `refused_${check}`, money: null }]);
    },
  );
});

describe("what is told of money besides that it came", () => {
  const refunded = {
    kind: "refunded",
    tradeNo: "T1",
    orderRef: ORDER,
    refundNo: "R1",
    money: { amountMinor: 300, currency: "CNY" },
  } as const;

  test("each refund of a payment is a row, and the repeat of one is not", async () => {
    const shop = world();
    for (const refundNo of ["R1", "R2", "R2"]) {
      const acceptance = await shop.accept({ ...refunded, refundNo });
      expect(acceptance).toEqual({ kind: "reversed", verdict: "refunded" });
    }
    expect(shop.kept()).toMatchObject([
      { tradeNo: "T1/R1", orderRef: ORDER, money: refunded.money },
      { tradeNo: "T1/R2", orderRef: ORDER, money: refunded.money },
    ]);
    expect(shop.kept()).toMatchObject([{ attention: true }, { attention: true }]);
  });

  test.each(["opened", "won", "lost"] as const)("a dispute that is %s is a row", async (state) => {
    const shop = world();
    const dispute = { kind: "disputed", tradeNo: "T1", orderRef: null, money: null } as const;
    await shop.accept({ ...dispute, disputeNo: "D1", state });
    expect(shop.kept()).toMatchObject([{ tradeNo: "T1/D1", verdict: `dispute_${state}` }]);
    expect(shop.cases).toMatchObject([{ tradeNo: "T1", disputeNo: "D1", state, orderId: null }]);
  });

  test("a dispute is not answered with success before its case is open", async () => {
    const shop = world();
    const dispute = { kind: "disputed", tradeNo: "T1", orderRef: ORDER, money: SUM } as const;
    const told = { ...dispute, disputeNo: "D1", state: "opened" } as const;
    shop.fail.cases = true;
    await expect(shop.accept(told)).rejects.toThrow(Unavailable);
    shop.fail.cases = false;
    await shop.accept(told);
    expect(shop.cases).toMatchObject([{ orderId: ORDER, money: SUM }]);
  });

  test("a refund is not answered with success while it cannot be kept", async () => {
    const shop = world();
    shop.fail.inbox = true;
    await expect(shop.accept(refunded)).rejects.toThrow(Unavailable);
  });

  test("what concerns no order is copied after the answer", async () => {
    const shop = world();
    expect(await shop.accept({ kind: "ignored", about: "ping" })).toEqual({ kind: "ignored" });
    expect(shop.kept()).toEqual([]);
  });

  test("a notice whose signature cannot be checked now is to come again", async () => {
    const shop = world();
    const reading = { kind: "unavailable", reason: "timeout", retryAfterSeconds: null } as const;
    await expect(shop.accept(reading)).rejects.toThrow(Unavailable);
  });
});

describe("a payment that the buyer has approved", () => {
  const approved = { kind: "approved", tradeNo: "P1", orderRef: ORDER } as const;
  const settling = (status: PaymentStatus) => ({
    ...ACCOUNT,
    gateway: { settle: async () => status },
  });
  const taken = { kind: "paid", tradeNo: "C1", money: SUM, paidAtMs: null } as const;

  test("is taken, and recorded under the number of what was taken", async () => {
    const shop = world();
    const acceptance = await shop.accept(approved, settling(taken));
    expect(acceptance).toMatchObject({ kind: "recorded", verdict: "delivered" });
    expect(shop.payments).toMatchObject([{ tradeNo: "C1" }]);
  });

  test("is to be told again while it cannot be taken", async () => {
    const shop = world();
    const down = { kind: "unavailable", reason: "timeout", retryAfterSeconds: 5 } as const;
    await expect(shop.accept(approved, settling(down))).rejects.toThrow(Unavailable);
    expect(shop.asked).toEqual([]);
  });

  test.each(["pending", "closed"] as const)(
    "grants nothing where taking it ends as %s",
    async (kind) => {
      const shop = world();
      expect(await shop.accept(approved, settling({ kind }))).toMatchObject({ kind: "not_paid" });
      expect(shop.asked).toEqual([]);
    },
  );
});
