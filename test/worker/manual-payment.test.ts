import { describe, expect, test } from "vitest";
import { gatewayKind } from "../../src/adapters/payments/registry.ts";
import { encoded, getNotice, postNotice, signed } from "../support/worker/epay-merchant.ts";
import { FACTS, questionOf, refundOf, requestOf } from "../support/worker/gateway-contract.ts";
import { silentWorld } from "../support/worker/gateway-world.ts";

const instructions = "Transfer to 6222 0000 0000 0000.\nWrite your order's number beside it.";

function manual() {
  const kind = gatewayKind("manual");
  if (kind === null) throw new Error("manual is not registered");
  return kind.make({ instructions }, "CNY", silentWorld());
}

describe("a payment by hand", () => {
  test("tells the buyer how to pay, and leads nowhere", async () => {
    expect(await manual().open(requestOf(FACTS))).toEqual({
      kind: "opened",
      action: { action: "none", instructions },
      reference: null,
    });
  });

  test("believes no notice at all, whoever signed it", async () => {
    const query = encoded(await signed([["trade_status", "TRADE_SUCCESS"]], instructions));
    for (const notice of [getNotice(query), getNotice(""), postNotice(query), postNotice("{}")]) {
      expect(await manual().read(notice)).toEqual({ kind: "invalid", check: "malformed" });
    }
  });

  test("can neither be asked nor told to refund: a person does both", async () => {
    expect(await manual().query(questionOf(FACTS))).toEqual({ kind: "unsupported" });
    expect(await manual().refund(refundOf(FACTS))).toEqual({ kind: "unsupported" });
  });

  test.each([
    ["no instructions", {}],
    ["empty ones", { instructions: "  " }],
    ["a novel", { instructions: "x".repeat(2_001) }],
  ])("has no account with %s", (_, credentials) => {
    const checked = gatewayKind("manual")?.check(credentials, { reachesThisMachine: false });
    expect(checked).toMatchObject({ ok: false, error: { errors: [{ path: "instructions" }] } });
  });
});
