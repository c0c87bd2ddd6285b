import { describe, expect, test } from "vitest";
import { evidenceText, type Evidence } from "../../src/domain/evidence.ts";
import type { AccountId, DisputeId, KeyId, MerchantId, OrderId } from "../../src/domain/ids.ts";

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
