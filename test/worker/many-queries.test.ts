import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { AccountId, OrderId } from "../../src/domain/ids.ts";
import type { PaymentStatus } from "../../src/flows/payments/payment-ports.ts";
import { questionRate } from "../../src/flows/payments/question-run.ts";
import { publishOrders } from "../../src/flows/orders/publish-orders.ts";
import { askGateways } from "../../src/scheduled/ask-gateways.ts";
import { keysNamed, readOrder } from "../support/worker/notices.ts";
import {
  countingGateway,
  crowd,
  deliverSlice,
  MINUTE_MS,
  queryRowOf,
  QuerySchedule,
  silenced,
} from "../support/worker/query-schedule.ts";
import {
  migrate,
  openShop,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
let schedule: QuerySchedule;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});
beforeEach(async () => {
  schedule = new QuerySchedule(shop.id);
  await env.DB.prepare("DELETE FROM payment_queries").run();
  silenced();
});
afterEach(() => vi.restoreAllMocks());

const pending = (): PaymentStatus => ({ kind: "pending" });
const counting = (answer: (orderId: OrderId) => PaymentStatus = pending) =>
  countingGateway(schedule, answer);
const crowdOf = (accountId: string, count: number, more: { holdMs?: number; lane?: number } = {}) =>
  crowd({ merchantId: shop.id, accountId, count, nowMs: schedule.nowMs, ...more });

describe("thousands of orders of one account", () => {
  const WAITING = 2_400;
  const RATE = 1_200;

  test("are each asked about within two minutes, evenly, and no faster than the gateway may be asked", async () => {
    await crowdOf("acct_big", WAITING, { holdMs: 15 * MINUTE_MS });
    const { gateway, asked, times } = counting();
    const deps = schedule.depsWith(gateway, () => RATE);
    const beganAtMs = schedule.nowMs;
    for (let minute = 0; minute < 7; minute++) await schedule.minute(deps);

    expect(times.size).toBe(WAITING);
    const gaps = [...times.values()].flatMap((at) =>
      [beganAtMs, ...at].slice(1).map((time, n) => time - ([beganAtMs, ...at][n] ?? 0)),
    );
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * MINUTE_MS);
    const all = [...times.values()].flat().toSorted((a, b) => a - b);
    for (const [n, atMs] of all.entries()) {
      const before = all[n - RATE - 60];
      // In no minute more than its rate, but for one slice that came beside another.
      if (before !== undefined) expect(atMs - before).toBeGreaterThanOrEqual(MINUTE_MS);
    }
    expect(asked.length).toBeGreaterThan(6 * RATE);
    expect(Math.max(...schedule.sent.map(({ body }) => body.most))).toBeLessThanOrEqual(60);
  });

  test("do not keep a lost notice from being found within two minutes", async () => {
    const product = await stockedProduct(shop, keysNamed("among-many", 1));
    const order = await placeOrder(shop, product.id);
    const ids = [order.id as OrderId];
    await publishOrders({ ...schedule.real, mailSenders: [] }, ids, schedule.nowMs);
    await crowdOf(shop.accountId, WAITING - 1, { holdMs: 15 * MINUTE_MS });
    const paidAtMs = schedule.nowMs + 150_000;
    let foundAtMs = 0;
    const { gateway } = counting((orderId) => {
      if (orderId !== order.id || schedule.nowMs < paidAtMs) return { kind: "pending" };
      foundAtMs = schedule.nowMs;
      const money = { amountMinor: 1000, currency: "CNY" } as const;
      return { kind: "paid", tradeNo: "lost-among-many", money, paidAtMs };
    });
    const deps = schedule.depsWith(gateway, () => RATE);
    for (let minute = 0; minute < 5; minute++) await schedule.minute(deps);
    expect(foundAtMs - paidAtMs).toBeLessThanOrEqual(2 * MINUTE_MS);
    expect((await readOrder(order)).state).toBe("delivered");
    expect(await queryRowOf(order.id)).toBeNull();
  });

  test("hold up nobody else's, whose few are asked about each minute", async () => {
    await crowdOf("acct_big", 5_000);
    for (const id of ["acct_a", "acct_z"]) await crowdOf(id, 3);
    const { gateway, asked } = counting();
    const deps = schedule.depsWith(gateway, (id) => (id === "acct_big" ? 6_000 : 300));
    for (let minute = 1; minute <= 2; minute++) {
      await schedule.minute(deps);
      expect(asked.filter((id) => !id.includes("acct_big"))).toHaveLength(6 * minute);
    }
    expect(new Set(asked.filter((id) => id.includes("acct_big"))).size).toBe(5_000);
  });
});

describe("more orders than the gateway may be asked about", () => {
  test("are asked about as often as it may be, the longest waiting first", async () => {
    await crowdOf("acct_big", 2_000);
    const { gateway, asked } = counting();
    const deps = schedule.depsWith(gateway);
    await schedule.minute(deps);
    expect(new Set(asked)).toEqual(
      new Set(Array.from({ length: 300 }, (_, n) => `ord_acct_big_${n}`)),
    );
    expect(asked).toHaveLength(300);
    await schedule.minute(deps);
    // Those that were asked are due again, and wait behind those that were not.
    expect(new Set(asked).size).toBe(600);
  });

  test("have those first that are about to lose their keys, and do not forget those past it", async () => {
    await crowdOf("acct_hold", 2_000);
    await crowdOf("acct_near", 40, { holdMs: MINUTE_MS, lane: 0 });
    await crowdOf("acct_past", 300, { holdMs: -30 * MINUTE_MS, lane: 2 });
    await env.DB.prepare("UPDATE payment_queries SET account_id = 'acct_all'").run();
    const { gateway, asked } = counting();
    await askGateways(schedule.depsWith(gateway), schedule.nowMs);
    expect(asked.filter((id) => id.includes("near"))).toHaveLength(40);
    expect(asked.filter((id) => id.includes("past"))).toHaveLength(20);
    expect(asked.filter((id) => id.includes("hold"))).toHaveLength(60);
    // Where each is due next says which of them it then is.
    expect(await queryRowOf("ord_acct_hold_0")).toMatchObject({ lane: 1 });
    expect(await queryRowOf("ord_acct_near_0")).toMatchObject({ lane: 0 });
    expect(await queryRowOf("ord_acct_past_0")).toMatchObject({ lane: 2 });
  });

  test("are each asked about close to their deadline, though a round of them takes far longer than a hold", async () => {
    const HELD = 1_500;
    await crowdOf("acct_big", HELD, { holdMs: 15 * MINUTE_MS });
    // Their holds end one after the other, over a quarter of an hour.
    await env.DB.prepare(
      "UPDATE payment_queries SET deadline_ms = ?1 + 600 * CAST(substr(order_id, 14) AS INTEGER)",
    )
      .bind(schedule.nowMs + 2 * MINUTE_MS)
      .run();
    const deadlines = new Map<string, number>(
      (
        await env.DB.prepare("SELECT order_id, deadline_ms FROM payment_queries").all<{
          order_id: string;
          deadline_ms: number;
        }>()
      ).results.map((row) => [row.order_id, row.deadline_ms]),
    );
    const { gateway, times } = counting();
    const deps = schedule.depsWith(gateway, () => HELD / 5);
    for (let minute = 0; minute < 12; minute++) await schedule.minute(deps);
    const past = [...deadlines].filter(([, atMs]) => atMs < schedule.nowMs - 2 * MINUTE_MS);
    expect(past.length).toBeGreaterThan(700);
    const missed = past.filter(
      ([id, atMs]) =>
        !(times.get(id as OrderId) ?? []).some((at) => Math.abs(at - atMs) <= 2 * MINUTE_MS),
    );
    expect(missed).toEqual([]);
  });

  test("of a gateway that may hardly be asked at all are asked about at its pace", async () => {
    await crowdOf("acct_slow", 200);
    const { gateway, times } = counting();
    const deps = schedule.depsWith(gateway, () => 6);
    for (let minute = 0; minute < 3; minute++) await schedule.minute(deps);
    const all = [...times.values()].flat().toSorted((a, b) => a - b);
    expect(all.length).toBeGreaterThan(6);
    for (const [n, atMs] of all.slice(1).entries()) {
      expect(atMs - (all[n] ?? 0)).toBeGreaterThanOrEqual(10_000);
    }
  });
});

test("how often an account's gateway may be asked is its merchant's word, else its document's", async () => {
  const at = `/payment-accounts/${shop.accountId}`;
  const rateNow = async () => {
    const account = await schedule.real.paymentAccounts.accountNow(shop.accountId as AccountId);
    return account === null ? null : questionRate(account);
  };
  expect(await rateNow()).toBe(300);
  const said = await shop.admin(at, { method: "PATCH", body: { queries_per_minute: 1_000 } });
  expect(said.json.queries_per_minute).toBe(1_000);
  expect(await rateNow()).toBe(1_000);
  const unsaid = await shop.admin(at, { method: "PATCH", body: { queries_per_minute: null } });
  expect([unsaid.json.queries_per_minute, await rateNow()]).toEqual([null, 300]);
});

test("a slice goes through the queue to the Worker's own consumer, which asks by itself", async () => {
  const at = `/payment-accounts/${shop.accountId}`;
  await shop.admin(at, { method: "PATCH", body: { queries_per_minute: 6_000 } });
  await crowdOf(shop.accountId, 125);
  const { gateway } = counting();
  const deps = schedule.depsWith(gateway, () => 6_000);
  const { gatewayQuestions } = schedule.real;
  await askGateways({ ...deps, gatewayQuestions }, schedule.nowMs);
  // Five were left to the slice. Nobody answers at the account's real address: each is asked again, later.
  await vi.waitFor(
    async () => {
      const due = await env.DB.prepare(
        "SELECT count(*) AS n FROM payment_queries WHERE account_id = ?1 AND due_at_ms <= ?2",
      )
        .bind(shop.accountId, schedule.nowMs)
        .first<{ n: number }>();
      expect(due?.n).toBe(0);
    },
    { timeout: 10_000, interval: 200 },
  );
  await shop.admin(at, { method: "PATCH", body: { queries_per_minute: null } });
});

describe("a slice", () => {
  const slice = (changes: object = {}) => ({
    v: 1,
    kind: "questions_due",
    accountId: "acct_sliced" as AccountId,
    most: 60,
    notAfterMs: schedule.nowMs + MINUTE_MS,
    ...changes,
  });

  test("that comes twice asks once, and asks about no more than a slice whatever it says", async () => {
    await crowdOf("acct_sliced", 100);
    const { gateway, asked } = counting();
    const deps = schedule.depsWith(gateway);
    await Promise.all([deliverSlice(deps, slice({ most: 9_000 })), deliverSlice(deps, slice())]);
    expect(asked).toHaveLength(100);
    expect(new Set(asked).size).toBe(100);
  });

  test("that comes too late asks nothing: another minute has planned the same orders", async () => {
    await crowdOf("acct_sliced", 10);
    const { gateway, asked } = counting();
    await deliverSlice(schedule.depsWith(gateway), slice({ notAfterMs: schedule.nowMs - 1 }));
    expect(asked).toEqual([]);
  });

  test("that no consumer can read is kept for a person and asks nothing", async () => {
    const { gateway, asked } = counting();
    vi.spyOn(console, "error").mockReturnValue();
    await deliverSlice(schedule.depsWith(gateway), { v: 1, kind: "questions_due" });
    expect(asked).toEqual([]);
  });

  test("whose D1 is down loses nobody: what it was to ask is due still", async () => {
    await crowdOf("acct_sliced", 10);
    const { gateway, asked } = counting();
    const deps = schedule.depsWith(gateway);
    const claimOf = () => Promise.reject(new Error("D1 is down"));
    await deliverSlice({ ...deps, paymentQueries: { ...deps.paymentQueries, claimOf } }, slice());
    await schedule.minute(deps);
    expect(asked).toHaveLength(10);
  });
});

test("while the queue takes nothing, the schedule asks what it can by itself", async () => {
  await crowdOf("acct_big", 500);
  schedule.queueDown = true;
  const { gateway, asked } = counting();
  await schedule.minute(schedule.depsWith(gateway));
  expect(asked).toHaveLength(120);
});

test("accounts that one run has no room for have an invocation each", async () => {
  const names = Array.from({ length: 130 }, (_, n) => `acct_${String(n).padStart(3, "0")}`);
  for (const name of names) await crowdOf(name, 2);
  const { gateway, asked } = counting();
  await schedule.minute(schedule.depsWith(gateway));
  expect(schedule.sent).toHaveLength(30);
  expect(new Set(asked).size).toBe(260);
});

test("nobody is sent after a gateway that has stopped answering: its orders wait until it is asked again", async () => {
  await crowdOf("acct_dead", 1_000);
  const { gateway } = counting();
  const deps = schedule.depsWith(gateway);
  const isOpen = (name: string) => name === "gateway:acct_dead";
  await schedule.minute({ ...deps, breakers: { ...deps.breakers, isOpen } });
  expect(schedule.sent).toEqual([]);
  await schedule.minute(deps);
  expect(schedule.sent.length).toBeGreaterThan(0);
});

test("a gateway that says how long it wants to be left alone is left alone by the whole account", async () => {
  await crowdOf("acct_busy", 300);
  const { gateway, asked } = counting(() => ({
    kind: "unavailable",
    reason: "status",
    retryAfterSeconds: 120,
  }));
  await schedule.minute(schedule.depsWith(gateway));
  // The four that were under way together, in the schedule's own run and in each slice.
  expect(asked.length).toBeLessThanOrEqual(4 * (1 + schedule.sent.length));
});
