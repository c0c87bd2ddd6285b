import { beforeAll, describe, expect, inject, test } from "vitest";
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { makeHealthBook } from "../../src/db/payments/account-health.ts";
import type { AccountId } from "../../src/domain/ids.ts";
import { callSeen, noticeSeen } from "../../src/domain/payments/health.ts";
import { eventually } from "../support/worker/eventually.ts";
import {
  epayAccount,
  migrate,
  openShop,
  placeOrder,
  sendNotice,
  stockedProduct,
} from "../support/worker/shop.ts";

beforeAll(migrate);

const HOUR_MS = 3600_000;

describe("the book of what isolates saw", () => {
  test("adds up what they write into one hour, and forgets hours that are old", async () => {
    const book = makeHealthBook(drizzle(env.DB));
    const id = "acct_of_this_test" as AccountId;
    await book.add(id, callSeen({ failure: null, tookMs: 300, atMs: 1_000 }), HOUR_MS);
    await book.add(id, callSeen({ failure: "timeout", tookMs: 8_000, atMs: 3_000 }), HOUR_MS + 5);
    await book.add(id, callSeen({ failure: "status", tookMs: 100, atMs: 2_000 }), HOUR_MS + 9);
    await book.add(id, noticeSeen(4_000), 2 * HOUR_MS);
    expect(await book.since(id, 0)).toMatchObject([
      {
        hourAtMs: HOUR_MS,
        calls: 3,
        failures: 2,
        totalMs: 8_400,
        slowestMs: 8_000,
        lastSuccessAtMs: 1_000,
        lastFailureAtMs: 3_000,
        lastFailure: "timeout",
        lastNoticeAtMs: null,
      },
      { hourAtMs: 2 * HOUR_MS, calls: 0, lastNoticeAtMs: 4_000, lastSuccessAtMs: null },
    ]);
    expect(await book.forgetBefore(2 * HOUR_MS, 10)).toBe(1);
    expect(await book.since(id, 0)).toMatchObject([{ hourAtMs: 2 * HOUR_MS }]);
  });
});

describe("an account's health", () => {
  test("says how its gateway answers, and why it last did not", async () => {
    const shop = await openShop();
    const credentials = { api_token: "t", gateway_url: `${inject("rudeGateway")}/error-500/` };
    const body = epayAccount({ slug: "rude", gateway: "epusdt", credentials });
    const { id } = (await shop.admin("/payment-accounts", { body })).json;
    const healthOf = async () => (await shop.admin(`/payment-accounts/${id}`)).json.health;
    expect(await healthOf()).toEqual({
      calls: 0,
      failures: 0,
      success_rate: null,
      latency_ms: null,
      last_success_at: null,
      last_failure: null,
      last_notice_at: null,
      breaker: "closed",
    });
    const product = await stockedProduct(shop, ["health-1"]);
    await placeOrder(shop, product.id, { payment_method: "rude" });
    const health = await eventually(async () => {
      const now = await healthOf();
      return now.calls === 0 ? null : now;
    });
    expect(health).toMatchObject({
      calls: 1,
      failures: 1,
      success_rate: 0,
      latency_ms: { mean: expect.any(Number) },
      last_failure: { reason: "status" },
    });
  });

  test("says when its last genuine notice came", async () => {
    const shop = await openShop();
    const product = await stockedProduct(shop, ["health-2"]);
    const order = await placeOrder(shop, product.id);
    await sendNotice(shop, order, { sign: "forged" });
    await sendNotice(shop, order);
    const at = await eventually(async () => {
      const { json } = await shop.admin(`/payment-accounts/${shop.accountId}`);
      return json.health.last_notice_at as string | null;
    });
    expect(at).toEqual(expect.any(String));
  });
});
