import { describe, expect, test } from "vitest";
import {
  PAYPAL_NOTES_MAX,
  paypalEvidence,
  STRIPE_FIELD_MAX,
  stripeEvidence,
} from "../../../src/domain/payments/evidence-fields.ts";
import {
  evidenceText,
  type Evidence,
  type EvidenceOrder,
} from "../../../src/domain/payments/evidence.ts";
import type {
  AccountId,
  DisputeId,
  KeyId,
  MerchantId,
  OrderId,
  RefundId,
} from "../../../src/domain/ids.ts";

const order = "ord_00000100000000000000000000" as OrderId;
const merchantId = "mer_one" as MerchantId;
const evidence = (userAgent: string): Evidence => ({
  dispute: {
    id: "dsp_one" as DisputeId,
    merchantId,
    accountId: "acct_one" as AccountId,
    tradeNo: "pi_1",
    orderId: order,
    disputeNo: "dp_1",
    state: "opened",
    money: { amountMinor: 1_234, currency: "USD" },
    openedAtMs: 0,
    settledAtMs: null,
    saidAtMs: 0,
    reason: null,
    evidenceDueAtMs: null,
    evidenceSentAtMs: null,
  },
  order: null,
  keys: [{ id: "key_one" as KeyId, masked: "••••7K2Q" }],
  visits: [
    {
      merchantId,
      orderId: order,
      act: "file",
      visitor: { ip: "2001:db8::1", country: "DE", userAgent },
      keyIds: ["key_one" as KeyId],
      keys: 3,
      firstAtMs: 1_000,
      lastAtMs: 61_000,
      times: 2,
    },
  ],
  mails: [],
  notices: [],
  gatheredAtMs: 120_000,
});

describe("evidence as a text", () => {
  test("says in a line who was shown which keys, when, from where and how often", () => {
    const lines = evidenceText(evidence("A browser")).split("\n");
    expect(lines).toContain(
      "1970-01-01T00:00:01.000Z  downloaded the keys from 2001:db8::1 (DE), 2 times until 1970-01-01T00:01:01.000Z; was shown key_one and 2 more; browser: A browser",
    );
    expect(lines).toContain("Payment: pi_1, 12.34 USD disputed");
    expect(lines).toContain("No order is known for this payment.");
  });

  test("has no line that a buyer wrote", () => {
    const forged = evidenceText(evidence("x\r\n1970-01-01  the shop refunded\u2028all\u0085of it"));
    expect(forged.split("\n")).toHaveLength(evidenceText(evidence("x")).split("\n").length);
    expect(forged).not.toMatch(/[\r\u2028\u0085]/u);
  });
});

const ordered: EvidenceOrder = {
  id: order,
  state: "delivered",
  productTitle: "Office\n2024",
  variantTitle: "EU",
  quantity: 2,
  amountMinor: 1_234,
  currency: "USD",
  email: "buyer@example.com",
  placedAtMs: 0,
  paidAtMs: 1,
  deliveredAtMs: Date.UTC(2026, 10, 24, 23, 59),
  history: [],
  payments: [],
  refunds: [
    {
      id: "rfd_one" as RefundId,
      accountId: "acct_one" as AccountId,
      tradeNo: "pi_1",
      money: { amountMinor: 1, currency: "USD" },
      state: "done",
      method: "gateway",
      keys: "keep",
      reason: "sorry",
      refundNo: "R-1",
      refusal: null,
      askedAtMs: 1,
      settledAtMs: 2,
      orderWas: null,
    },
  ],
};

describe("evidence in a gateway's own words", () => {
  const pack = (): Evidence => {
    const known = evidence("A browser");
    const [visit] = known.visits;
    if (visit === undefined) throw new Error("no visit");
    const visitor = { ip: "203.0.113.9", country: null, userAgent: "" };
    return { ...known, order: ordered, visits: [{ ...visit, act: "ordered", visitor }, visit] };
  };

  test("fills the fields that Stripe asks of digital goods, and guesses none", () => {
    expect(stripeEvidence(pack())).toEqual({
      access_activity_log: expect.stringContaining("downloaded the keys from 2001:db8::1"),
      customer_email_address: "buyer@example.com",
      customer_purchase_ip: "203.0.113.9",
      product_description: "Digital goods, delivered online as keys: 2 x Office 2024 (EU)",
      service_date: "2026-11-24",
      uncategorized_text: expect.stringContaining("ORDER"),
    });
    expect(Object.keys(stripeEvidence({ ...evidence("x"), visits: [] }))).toEqual([
      "uncategorized_text",
    ]);
  });

  test("is what PayPal asks for by the reason, with the refunds that were made", () => {
    const { dispute } = pack();
    const told = (reason: string | null) =>
      paypalEvidence({ ...pack(), dispute: { ...dispute, reason } });
    expect(told("UNAUTHORISED")).toEqual([
      { evidence_type: "PROOF_OF_FULFILLMENT", notes: expect.stringContaining("203.0.113.9") },
      { evidence_type: "PROOF_OF_REFUND", evidence_info: { refund_ids: [{ refund_id: "R-1" }] } },
    ]);
    expect(told("MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED")[0]?.evidence_type).toBe("OTHER");
  });

  test("is cut at a line, says how much is left out, and never is longer than is taken", () => {
    const long = pack();
    const visits = Array.from({ length: 400 }, () => long.visits).flat();
    const log = stripeEvidence({ ...long, visits }).access_activity_log ?? "";
    const [shown] = paypalEvidence({ ...long, visits });
    for (const [text, most] of [
      [log, STRIPE_FIELD_MAX],
      [shown?.notes ?? "", PAYPAL_NOTES_MAX],
    ] as const) {
      expect(text.length).toBeLessThanOrEqual(most);
      expect(text).toMatch(/\nand \d+ more lines$/);
    }
  });
});
