import { describe, expect, test } from "vitest";
import type {
  OrderSnapshot,
  ProductStockRpc,
} from "../../durable-objects/product-stock/contract.ts";
import type { AccountId, MerchantId, OrderId } from "../../src/domain/ids.ts";
import { paymentAction, type Payer } from "../../src/flows/payments/payment-action.ts";
import type {
  Opened,
  Opening,
  OpeningKey,
  PaymentGateway,
} from "../../src/flows/payments/payment-ports.ts";

const ACCOUNT = "acct_one" as AccountId;
const order = {
  id: "ord_000001abcdefghjkmnpqrstvwxyz" as OrderId,
  state: "pending",
  paymentAccountId: ACCOUNT,
  productTitle: "Key",
  amountMinor: 1000,
  currency: "CNY",
  expiresAtMs: null,
} as OrderSnapshot;
const payer: Payer = {
  origin: "https://shop.example.com",
  device: "desktop",
  surface: "desktop",
  ip: null,
  recognized: null,
};

/** A gateway that answers what it is told to, and a memory that may be down. */
function world(answers: Opening[], opensByCall = true) {
  const rows = new Map<string, Opened>();
  const fail = { find: false, keep: false };
  const nameOf = ({ orderId, device }: OpeningKey) => `${orderId} ${device}`;
  let calls = 0;
  const gateway = {
    capabilities: { opensByCall },
    open: async () => answers[Math.min(calls++, answers.length - 1)],
  } as unknown as PaymentGateway;
  const ports = {
    clock: { nowMs: () => 1 },
    vault: { signText: async (purpose: string, text: string) => `1_${purpose}-${text.length}` },
    // An order that stays where it is asks neither.
    stock: { of: () => ({}) as ProductStockRpc },
    catalog: { listing: () => Promise.reject(new Error("nobody asks")) },
    openingPace: { within: () => Promise.reject(new Error("nobody asks")) },
    paymentAccounts: {
      account: async () => ({ id: ACCOUNT, merchantId: "mer_one" as MerchantId, gateway }),
    },
    paymentOpenings: {
      async find(key: OpeningKey) {
        if (fail.find) throw new Error("D1 is down");
        return rows.get(nameOf(key)) ?? null;
      },
      async keep(key: OpeningKey, { action, reference }: Opened) {
        if (fail.keep) throw new Error("D1 is down");
        if (!rows.has(nameOf(key))) rows.set(nameOf(key), { action, reference });
      },
    },
  };
  return {
    rows,
    fail,
    calls: () => calls,
    look: (changes: Partial<Payer> = {}) => paymentAction(ports, order, { ...payer, ...changes }),
  };
}

const opened = (n: number): Opening => ({
  kind: "opened",
  action: { action: "redirect", url: `https://pay.example.com/${n}` },
  reference: String(n),
});
const refused: Opening = { kind: "refused", reason: "10002 exists" };
const down: Opening = { kind: "unavailable", reason: "timeout", retryAfterSeconds: null };

describe("what a buyer does to pay", () => {
  test("is opened once an order and device, and shown again as it was", async () => {
    const shop = world([opened(1), opened(2), opened(3)]);
    expect(await shop.look()).toEqual(await shop.look());
    expect(shop.calls()).toBe(1);
    expect(await shop.look({ device: "phone" })).toMatchObject({
      url: "https://pay.example.com/2",
    });
    expect(shop.calls()).toBe(2);
  });

  test("is asked for again after the gateway could not be reached", async () => {
    const shop = world([down, opened(2)]);
    expect(await shop.look()).toEqual({ action: "none", problem: "gateway_unavailable" });
    expect(shop.rows.size).toBe(0);
    expect(await shop.look()).toMatchObject({ url: "https://pay.example.com/2" });
  });

  test("is what another edge was given, where a second opening is refused", async () => {
    const shop = world([refused]);
    const looking = shop.look();
    shop.rows.set(`${order.id} desktop`, { action: { action: "qr", qrText: "x" }, reference: "1" });
    expect(await looking).toEqual({ action: "qr", qrText: "x" });
  });

  test("is refused where the gateway refuses and nobody has opened it", async () => {
    const shop = world([refused]);
    expect(await shop.look()).toEqual({ action: "none", problem: "gateway_refused" });
  });

  test.each(["find", "keep"] as const)("is shown while the memory cannot %s", async (verb) => {
    const shop = world([opened(1)]);
    shop.fail[verb] = true;
    expect(await shop.look()).toMatchObject({ url: "https://pay.example.com/1" });
  });

  test("is made anew each time where no call is needed for it", async () => {
    const shop = world([opened(1), opened(2)], false);
    await shop.look();
    expect(await shop.look()).toMatchObject({ url: "https://pay.example.com/2" });
    expect(shop.rows.size).toBe(0);
  });
});
