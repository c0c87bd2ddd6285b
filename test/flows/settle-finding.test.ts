import { describe, expect, it } from "vitest";
import type { AuditEntry } from "../../src/domain/audit.ts";
import type { StatementId } from "../../src/domain/ids.ts";
import { settleFinding, type Repair } from "../../src/flows/statements/settle-finding.ts";
import type {
  PaymentAccount,
  PaymentStatus,
  RefundRequest,
} from "../../src/flows/payments/payment-ports.ts";
import type { FindingRecord, SettledFindings } from "../../src/flows/statements/statement-ports.ts";
import {
  ACCOUNT,
  MERCHANT,
  NOW_MS,
  PRICE_MINOR,
  order,
  payment,
  request,
} from "../store/fixtures.ts";
import { memoryShop } from "../support/node/memory-shop.ts";

const author = { merchantId: MERCHANT, actor: "tok_1", atMs: NOW_MS };
const TRADE = "T-1";
const money = { amountMinor: PRICE_MINOR, currency: "CNY" as const };
const PAID: PaymentStatus = { kind: "paid", tradeNo: TRADE, money, paidAtMs: null };

const FINDING: FindingRecord = {
  number: 1,
  statementId: `stm_${"0".repeat(20)}` as StatementId,
  accountId: ACCOUNT,
  kind: "missing_here",
  movement: "payment",
  line: 2,
  tradeNo: TRADE,
  refundRef: "",
  orderRef: order(1),
  ourOrder: null,
  theirsMinor: PRICE_MINOR,
  theirsCurrency: "CNY",
  oursMinor: null,
  oursCurrency: null,
  unexplainedMinor: PRICE_MINOR,
  unexplainedKeys: 0,
  detail: "",
  settledAs: null,
  settledBy: null,
  settledAtMs: null,
  note: null,
};

/** A shop with one order that waits for its money, and a gateway that says what it is told to. */
function world(answer: PaymentStatus, refusal: string | null = null) {
  const shop = memoryShop();
  shop.store.reserve([request(1)], NOW_MS);
  const entries: AuditEntry[] = [];
  let finding = FINDING;
  const statementReports: SettledFindings = {
    settle: async (_finding, { as, note }, entry) => {
      if (finding.settledAtMs === null) {
        finding = {
          ...finding,
          settledAs: as,
          note,
          settledBy: entry.actor,
          settledAtMs: entry.atMs,
        };
        entries.push(entry);
      }
      return finding;
    },
  };
  const refunds: RefundRequest[] = [];
  const gateway = {
    capabilities: { query: true, opensByCall: true, refund: "partial" },
    query: async () => answer,
    refund: async (asked: RefundRequest) => {
      refunds.push(asked);
      return refusal === null
        ? { kind: "done", refundNo: "re_1" }
        : { kind: "refused", reason: refusal };
    },
  } as unknown as PaymentAccount["gateway"];
  const ports = {
    ...shop,
    statementReports,
    audit: { append: async (entry: AuditEntry) => void entries.push(entry) },
    notices: { keep: async () => {}, keepLater: () => {} },
    paymentAccounts: { account: async () => ({ id: ACCOUNT, merchantId: MERCHANT, gateway }) },
    settings: { publicOrigin: "https://shop.example.com" },
    paymentOpenings: { find: async () => null, keep: async () => {} },
  };
  const ofOrder = () => {
    const found = shop.store.order(order(1));
    if (found === null) throw new Error("no order");
    return found;
  };
  const settle = (how: Repair["how"], changes: Partial<FindingRecord> = {}) => {
    const named = { order: ofOrder(), stockNumber: 1 };
    const now = { ...finding, ...changes };
    return settleFinding(ports, author, { finding: now, how, note: null, order: named });
  };
  return { settle, ofOrder, entries, refunds, finding: () => finding, shop };
}

describe("a payment that is missing here", () => {
  it("is booked where the gateway says so, asked now; again it is the same", async () => {
    const { settle, ofOrder, entries } = world(PAID);
    for (let time = 0; time < 2; time++) {
      const settled = await settle("book");
      expect(settled).toMatchObject({
        ok: true,
        value: { settledAs: "booked", settledBy: "tok_1" },
      });
    }
    expect(ofOrder()).toMatchObject({ state: "delivered", payments: [{ source: "query" }] });
    expect(entries.map(({ action }) => action)).toEqual(["statement.settle"]);
  });

  it.each<[string, PaymentStatus]>([
    ["has no such payment", { kind: "unknown" }],
    ["cannot be asked", { kind: "unsupported" }],
    ["does not answer", { kind: "unavailable", reason: "timeout", retryAfterSeconds: null }],
    ["names another number", { ...PAID, tradeNo: "T-2" }],
  ])("is not booked where the gateway %s: the finding stays open", async (_name, answer) => {
    const { settle, finding } = world(answer);
    const refused = await settle("book");
    expect(refused).toEqual({ ok: false, error: { reason: "gateway_says", answer: answer.kind } });
    expect(finding().settledAtMs).toBeNull();
  });

  it("that its order cannot take is recorded with it, and stays a finding", async () => {
    const { settle, ofOrder, finding } = world(PAID);
    const refused = await settle("vouch", { theirsMinor: PRICE_MINOR - 1 });
    expect(refused).toEqual({ ok: false, error: { reason: "not_taken", verdict: "mismatch" } });
    expect(ofOrder()).toMatchObject({ state: "pending", payments: [{ verdict: "mismatch" }] });
    expect(finding().settledAtMs).toBeNull();
  });

  it("is recorded on the merchant's word, which is in the audit log before it", async () => {
    const { settle, ofOrder, entries, shop } = world({ kind: "unsupported" });
    shop.wire.failAfter = 1;
    await expect(settle("vouch")).rejects.toThrow("after the commit");
    expect(entries.map(({ action }) => action)).toEqual(["order.vouch_payment"]);
    expect(await settle("vouch")).toMatchObject({ ok: true, value: { settledAs: "vouched" } });
    expect(ofOrder().payments).toHaveLength(1);
    expect(ofOrder()).toMatchObject({ state: "delivered", payments: [{ source: "merchant" }] });
  });
});

describe("a refund that is missing here", () => {
  const REFUND = { movement: "refund", refundRef: "re_9", ourOrder: order(1) } as const;
  const half = { ...REFUND, theirsMinor: PRICE_MINOR / 2 };

  it("is written down on the merchant's word, once, and nobody is asked for the money again", async () => {
    const { settle, ofOrder, entries, refunds, shop } = world(PAID);
    shop.store.recordPayments(
      [{ payment: payment(1, { tradeNo: TRADE }), merchantId: MERCHANT }],
      NOW_MS,
    );
    shop.wire.failAfter = 1;
    await expect(settle("vouch", half)).rejects.toThrow("after the commit");
    expect(await settle("vouch", half)).toMatchObject({
      ok: true,
      value: { settledAs: "vouched" },
    });
    expect(ofOrder()).toMatchObject({
      state: "delivered",
      refunds: [{ state: "done", method: "desk", refundNo: "re_9", keys: "keep" }],
    });
    expect(refunds).toEqual([]);
    expect(entries.map(({ action }) => action)).toContain("order.vouch_refund");
  });

  it("of a payment that we do not have is written down before it: what went back buys nothing", async () => {
    const { settle, ofOrder, shop } = world(PAID);
    const whole = { ...REFUND, theirsMinor: PRICE_MINOR };
    expect(await settle("vouch", whole)).toMatchObject({ ok: true });
    const { verdict } = shop.store.recordPayment(payment(1, { tradeNo: TRADE }), MERCHANT, NOW_MS);
    expect(verdict).toBe("went_back");
    expect(ofOrder()).toMatchObject({ state: "refunded", keys: [] });
  });

  it("of more than the order costs, or of a dispute, stays a finding", async () => {
    const { settle, ofOrder, finding } = world(PAID);
    const more = { ...REFUND, theirsMinor: PRICE_MINOR + 1 };
    expect(await settle("vouch", more)).toMatchObject({ error: { reason: "not_refunded" } });
    const dispute = { ...half, detail: "dispute_lost" };
    expect(await settle("vouch", dispute)).toMatchObject({ error: { reason: "nothing_to_book" } });
    expect(await settle("book", half)).toMatchObject({ error: { reason: "nothing_to_book" } });
    expect(ofOrder().refunds ?? []).toEqual([]);
    expect(finding().settledAtMs).toBeNull();
  });
});

describe("money that no order took", () => {
  const SURPLUS = { kind: "other_state", ourOrder: order(1), detail: "surplus" } as const;
  function paidTwice(refusal: string | null = null) {
    const made = world(PAID, refusal);
    const reports = ["first", TRADE].map((tradeNo) => ({
      payment: payment(1, { tradeNo }),
      merchantId: MERCHANT,
    }));
    made.shop.store.recordPayments(reports, NOW_MS);
    return made;
  }

  it("goes back through the gateway, once, and the order keeps what it was paid for", async () => {
    const { settle, ofOrder, refunds, shop } = paidTwice();
    shop.wire.failAfter = 1;
    await expect(settle("refund", SURPLUS)).rejects.toThrow("after the commit");
    for (let time = 0; time < 2; time++) {
      expect(await settle("refund", SURPLUS)).toMatchObject({ value: { settledAs: "refunded" } });
    }
    expect(refunds).toMatchObject([{ tradeNo: TRADE, money: { amountMinor: PRICE_MINOR } }]);
    expect(ofOrder()).toMatchObject({ state: "delivered", refunds: [{ state: "done" }] });
  });

  it("stays a finding where the gateway refuses, and what an order took is not given back so", async () => {
    const refused = paidTwice("NOT_ENOUGH");
    const answer = await refused.settle("refund", SURPLUS);
    expect(answer).toEqual({ ok: false, error: { reason: "not_refunded", because: "NOT_ENOUGH" } });
    expect(refused.finding().settledAtMs).toBeNull();
    const taken = paidTwice();
    const other = await taken.settle("refund", { ...SURPLUS, kind: "other_sum" });
    expect(other).toMatchObject({ error: { reason: "nothing_to_book" } });
    expect(taken.refunds).toEqual([]);
  });
});

describe("what is no payment that is missing here", () => {
  it.each<[string, Partial<FindingRecord>]>([
    ["money that only we have", { kind: "missing_there" }],
    ["another sum", { kind: "other_sum" }],
    ["a row without a number", { tradeNo: null }],
  ])("cannot be recorded: %s", async (_name, changes) => {
    for (const how of ["book", "vouch"] as const) {
      const { settle, ofOrder } = world(PAID);
      expect(await settle(how, changes)).toEqual({
        ok: false,
        error: { reason: "nothing_to_book" },
      });
      expect(ofOrder().payments).toEqual([]);
    }
  });
});
