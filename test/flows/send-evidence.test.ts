import { describe, expect, test } from "vitest";
import type { AuditEntry } from "../../src/domain/audit.ts";
import type { DisputeState } from "../../src/domain/payments/dispute.ts";
import type { EvidenceSubmission, EvidenceTaken } from "../../src/flows/disputes/evidence-ports.ts";
import type { PaymentAccount } from "../../src/flows/payments/payment-ports.ts";
import { sendEvidence } from "../../src/flows/disputes/send-evidence.ts";
import { memoryShop } from "../support/node/memory-shop.ts";
import { nobodysDispute } from "../support/node/nobodys-dispute.ts";
import { ACCOUNT, MERCHANT, NOW_MS, order, payment, request } from "../store/fixtures.ts";

function world(taken: EvidenceTaken | null = { kind: "taken" }, state: DisputeState = "opened") {
  const shop = memoryShop();
  shop.store.reserve([request(1)], NOW_MS);
  shop.store.recordPayment(payment(1), MERCHANT, NOW_MS);
  const log: string[] = [];
  const submissions: EvidenceSubmission[] = [];
  const sendTo = async (submission: EvidenceSubmission) => {
    log.push("gateway");
    submissions.push(submission);
    return taken;
  };
  const gateway = (taken === null ? {} : { sendEvidence: sendTo }) as PaymentAccount["gateway"];
  const told = { merchantId: MERCHANT, accountId: ACCOUNT, tradeNo: payment(1).tradeNo };
  const named = { orderId: null, disputeNo: "dp_1", reason: null, evidenceDueAtMs: null };
  const word = { state, saidAtMs: 1, money: null, toldAtMs: NOW_MS };
  const dispute = { ...nobodysDispute({ ...told, ...named, ...word }), orderId: order(1) };
  const ports = {
    stock: shop.stock,
    vault: { openKey: async () => "AAAA-BBBB-CCCC" },
    visits: { ofOrder: async () => [] },
    deliveries: { ofOrder: async () => [] },
    noticeBook: { list: async () => [] },
    audit: { append: async ({ action }: AuditEntry) => void log.push(action) },
    disputes: { evidenceSent: async () => void log.push("sent") },
    paymentAccounts: { account: async () => ({ id: ACCOUNT, merchantId: MERCHANT, gateway }) },
  };
  const author = { merchantId: MERCHANT, actor: "tok_1", atMs: NOW_MS };
  const words = { refundPolicy: "Shown above the button.", statement: "" };
  const send = (changes = {}) =>
    sendEvidence(ports, author, {
      dispute: { ...dispute, ...changes },
      submissionId: "evidence-1",
      words,
    });
  return { send, log, submissions };
}

describe("evidence that is sent", () => {
  test("is in the audit log before it leaves, goes with the shop's words, and holds no key", async () => {
    const { send, log, submissions } = world();
    expect(await send()).toMatchObject({ ok: true, value: { evidenceSentAtMs: NOW_MS } });
    expect(log).toEqual(["dispute.evidence", "dispute.send_evidence", "gateway", "sent"]);
    expect(submissions).toMatchObject([
      { submissionId: "evidence-1", words: { refundPolicy: "Shown above the button." } },
    ]);
    expect(submissions[0]?.evidence.order?.id).toBe(order(1));
    expect(JSON.stringify(submissions[0]?.evidence.keys)).not.toContain("AAAA-BBBB");
  });

  test.each([
    ["that has ended", {}, "won", { kind: "taken" }, { reason: "not_open" }],
    [
      "that has our evidence",
      { evidenceSentAtMs: 5 },
      "opened",
      { kind: "taken" },
      { sentAtMs: 5 },
    ],
    ["by a gateway without such a call", {}, "opened", null, { reason: "by_hand_only" }],
  ] as const)("for a dispute %s leaves nothing", async (_, changes, state, taken, error) => {
    const { send, log } = world(taken, state);
    expect(await send(changes)).toMatchObject({ ok: false, error });
    expect(log).toEqual([]);
  });

  test("that the gateway refuses, or does not answer, is not sent", async () => {
    const refused = world({ kind: "refused", reason: "past_due" });
    expect(await refused.send()).toEqual({
      ok: false,
      error: { reason: "refused", refusal: "past_due" },
    });
    const silent = world({ kind: "unavailable", reason: "timeout", retryAfterSeconds: null });
    expect(await silent.send()).toEqual({ ok: false, error: { reason: "unavailable" } });
    const denied = world({ kind: "unavailable", reason: "credentials", retryAfterSeconds: null });
    const error = { reason: "misanswered", failure: "credentials" };
    expect(await denied.send()).toEqual({ ok: false, error });
    expect([...denied.log, ...refused.log, ...silent.log]).not.toContain("sent");
  });
});
