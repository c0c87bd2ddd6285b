import { describe, expect, test } from "vitest";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import type { Evidence } from "../../src/domain/payments/evidence.ts";
import type { EvidenceSubmission } from "../../src/flows/disputes/evidence-ports.ts";
import { jsonResponse, worldWith, type OtherSide } from "../support/worker/gateway-world.ts";

const CREDENTIALS = {
  stripe: { secret_key: "sk_test_51HxkamidropTests", webhook_secret: "whsec_test_secret" },
  paypal: {
    client_id: "AeA1QIZXiflr1_-example",
    client_secret: "ECYYrrSHdKfk_Q0EdvzdGkzj",
    webhook_id: "1JE4291016473214C",
  },
};
type Name = keyof typeof CREDENTIALS;

function evidenceOf(name: Name): Evidence {
  const id = "dsp_00000000000000000000";
  const known = { id, merchantId: "mer_1", accountId: "acct_1", tradeNo: "T-1", orderId: null };
  const told = { state: "opened", saidAtMs: 1, money: null, reason: "UNAUTHORISED" };
  const times = { openedAtMs: 1, settledAtMs: null, evidenceDueAtMs: null, evidenceSentAtMs: null };
  const disputeNo = name === "stripe" ? "dp_1" : "PP-D-1";
  // Ids are branded strings; here any will do.
  const dispute = { ...known, ...told, ...times, disputeNo } as unknown as Evidence["dispute"];
  const visit = {
    act: "ordered",
    keyIds: [],
    keys: 0,
    times: 1,
    firstAtMs: 0,
    lastAtMs: 0,
    visitor: { ip: "203.0.113.9", country: null, userAgent: "\r\n--kamidrop-4f1c2a7be0d94f6d--" },
  } as unknown as Evidence["visits"][number];
  return {
    dispute,
    order: null,
    keys: [],
    visits: [visit],
    mails: [],
    notices: [],
    gatheredAtMs: 1,
  };
}

function send(name: Name, respond: OtherSide, changes: Partial<EvidenceSubmission> = {}) {
  const gateway = gatewayKind(name)?.make(CREDENTIALS[name], "USD", worldWith(respond));
  const words = { refundPolicy: "Shown above the button.", statement: "They wrote to us." };
  const submission = { submissionId: "evidence-1", evidence: evidenceOf(name), words };
  return gateway?.sendEvidence?.({ ...submission, ...changes });
}

describe("evidence", () => {
  test("reaches Stripe in its own fields, submitted, under one idempotency key", async () => {
    const seen: Request[] = [];
    const taken = await send("stripe", (request) => {
      seen.push(request);
      return jsonResponse({ id: "dp_1", object: "dispute", status: "under_review" });
    });
    expect(taken).toEqual({ kind: "taken" });
    const [request] = seen;
    expect(request?.url).toBe("https://api.stripe.com/v1/disputes/dp_1");
    expect(request?.headers.get("idempotency-key")).toBe("evidence-1");
    const sent = Object.fromEntries(new URLSearchParams(await request?.text()));
    expect(sent).toMatchObject({
      submit: "true",
      "evidence[access_activity_log]": expect.stringContaining("203.0.113.9"),
      "evidence[customer_purchase_ip]": "203.0.113.9",
      "evidence[refund_policy_disclosure]": "Shown above the button.",
      "evidence[uncategorized_text]": expect.stringMatching(/^They wrote to us\./),
    });
  });

  test("reaches PayPal as the field `input` of a form, whatever a buyer's browser calls itself", async () => {
    const seen: Request[] = [];
    const taken = await send("paypal", (request) => {
      if (request.url.endsWith("/token")) {
        return jsonResponse({ access_token: "A21AA-token", expires_in: 32_400 });
      }
      seen.push(request);
      return jsonResponse({ links: [] });
    });
    expect(taken).toEqual({ kind: "taken" });
    const [request] = seen;
    expect(request?.url).toMatch(/\/v1\/customer\/disputes\/PP-D-1\/provide-evidence$/);
    expect(request?.headers.get("paypal-request-id")).toBe("evidence-1");
    const form = await request?.formData();
    expect([...(form?.keys() ?? [])]).toEqual(["input"]);
    expect(JSON.parse(String(form?.get("input")))).toEqual({
      evidences: [
        {
          evidence_type: "PROOF_OF_FULFILLMENT",
          notes: expect.stringContaining("Refund policy: Shown above the button."),
        },
      ],
    });
  });

  test.each([
    ["of another dispute", { id: "dp_2", object: "dispute" }, { reason: "other_order" }],
    ["that is none", { object: "list", data: [] }, { reason: "not_understood" }],
  ])("answered with words %s is not taken for sent", async (_, answer, outcome) => {
    const taken = await send("stripe", () => jsonResponse(answer));
    expect(taken).toMatchObject({ kind: "unavailable", ...outcome });
  });

  test("that a gateway refuses is refused in its own word", async () => {
    const error = { type: "invalid_request_error", message: "This dispute is already closed" };
    expect(await send("stripe", () => jsonResponse({ error }, 400))).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("already closed"),
    });
    const answer: OtherSide = (request) =>
      request.url.endsWith("/token")
        ? jsonResponse({ access_token: "A21AA-token", expires_in: 32_400 })
        : jsonResponse({ name: "UNPROCESSABLE_ENTITY", details: [{ issue: "CASE_CLOSED" }] }, 422);
    expect(await send("paypal", answer)).toEqual({
      kind: "refused",
      reason: "UNPROCESSABLE_ENTITY CASE_CLOSED",
    });
  });
});
