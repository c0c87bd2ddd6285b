import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountId, MerchantId, OrderId } from "../../src/domain/ids.ts";
import type {
  GatewayUnavailable,
  PaymentAccounts,
  PaymentGateway,
  PaymentRequest,
  PaymentStatus,
} from "../../src/flows/payments/payment-ports.ts";
import { makeBreakers } from "../../src/platform/breakers.ts";
import { guardedAccounts } from "../../src/platform/guarded-gateways.ts";
import { Metrics } from "../../src/platform/metrics.ts";
import type { Turns } from "../../src/platform/turns.ts";

const ID = "acct_one" as AccountId;
const question = {
  orderId: "ord_000001abcdefghjkmnpqrstvwxyz" as OrderId,
  money: { amountMinor: 1, currency: "CNY" },
  reference: null,
} as const;

function world(answer: PaymentStatus) {
  let nowMs = 1_000_000;
  let calls = 0;
  const gateway = {
    capabilities: { opensByCall: false, query: true, refund: "none" },
    open: async () => ({ kind: "refused", reason: "no" }),
    query: async () => {
      calls++;
      return answer;
    },
    refund: async () => ({ kind: "unsupported" }),
  } as unknown as PaymentGateway;
  const account = { id: ID, merchantId: "mer_one" as MerchantId, gateway };
  const turns = { nowMs: () => nowMs, wait: () => new Promise<void>(() => {}) };
  const book: PaymentAccounts = { account: async () => account };
  const breakers = makeBreakers(turns as unknown as Turns, new Metrics());
  const accounts = guardedAccounts(book, breakers);
  return {
    accounts,
    calls: () => calls,
    pass: (ms: number) => void (nowMs += ms),
    ask: async () => (await accounts.account(ID))?.gateway.query(question),
    open: async () => (await accounts.account(ID))?.gateway.open({} as PaymentRequest),
  };
}

const failing = (reason: GatewayUnavailable["reason"]): PaymentStatus => ({
  kind: "unavailable",
  reason,
  retryAfterSeconds: null,
});

beforeEach(() => vi.spyOn(console, "warn").mockReturnValue());
afterEach(() => vi.restoreAllMocks());

describe("a gateway that has stopped answering", () => {
  test.each(["timeout", "network", "status", "not_understood"] as const)(
    "(%s) is left alone after some calls, and asked again later",
    async (reason) => {
      const shop = world(failing(reason));
      for (let i = 0; i < 20; i++) await shop.ask();
      const before = shop.calls();
      expect(before).toBeLessThan(20);
      expect(await shop.ask()).toMatchObject({ kind: "unavailable", reason: "breaker_open" });
      expect(shop.calls()).toBe(before);
      shop.pass(10 * 60_000);
      await shop.ask();
      expect(shop.calls()).toBe(before + 1);
    },
  );

  test.each(["credentials", "other_order", "address"] as const)(
    "is not what %s means: that is ours",
    async (reason) => {
      const shop = world(failing(reason));
      for (let i = 0; i < 20; i++) await shop.ask();
      expect(shop.calls()).toBe(20);
    },
  );

  test("does not keep from what needs no call", async () => {
    const shop = world(failing("timeout"));
    for (let i = 0; i < 20; i++) await shop.ask();
    expect(await shop.open()).toEqual({ kind: "refused", reason: "no" });
  });
});

test("an account is the same object at every look, so that what hangs on it lives as long", async () => {
  const { accounts } = world({ kind: "pending" });
  expect(await accounts.account(ID)).toBe(await accounts.account(ID));
});
