import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { epay } from "../../src/adapters/payments/epay/epay.ts";
import { parseOrderId, type AccountId, type OrderId } from "../../src/domain/ids.ts";
import type { PaymentAccount, PaymentStatus } from "../../src/flows/payments/payment-ports.ts";
import { makePaymentQueries } from "../../src/db/payments/payment-queries.ts";
import { askAbout } from "../../src/flows/payments/ask-gateway.ts";
import { publishOrders } from "../../src/flows/orders/publish-orders.ts";
import { askGateways } from "../../src/scheduled/ask-gateways.ts";
import { CountedDatabase } from "../support/worker/counted-database.ts";
import { worldOfRude, worldWith, type Manner } from "../support/worker/gateway-world.ts";
import {
  countingGateway,
  crowd,
  MINUTE_MS,
  queryRowOf,
  QuerySchedule,
  silenced,
  type QueryRow,
} from "../support/worker/query-schedule.ts";
import { keysNamed, notify, paidFields, readOrder, shownFor } from "../support/worker/notices.ts";
import {
  EPAY,
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

const credentials = { ...EPAY, gateway_url: "https://pay.example.com/" };
const { real } = new QuerySchedule("");
const scheduleWith = (gateway: PaymentAccount["gateway"]) => schedule.depsWith(gateway);
const counting = (answer: (orderId: OrderId) => PaymentStatus) => countingGateway(schedule, answer);
const crowdOf = (accountId: string, count: number) =>
  crowd({ merchantId: shop.id, accountId, count, nowMs: schedule.nowMs });

const epayAt = (world: Parameters<typeof epay.make>[2]) => epay.make(credentials, "CNY", world);

/** An epay whose `api.php` answers about the order with these fields. */
const epayThatSays = (fields: () => Record<string, unknown>) =>
  epayAt(worldWith(() => Response.json({ code: 1, pid: EPAY.pid, ...fields() })));

async function pendingOrder() {
  const product = await stockedProduct(shop, keysNamed(crypto.randomUUID(), 1));
  const order = await placeOrder(shop, product.id);
  await publish(order.id);
  return order;
}

/** The order book's turn, as the queue would bring it. */
const publish = (id: string) =>
  publishOrders({ ...real, mailSenders: [] }, [id as OrderId], schedule.nowMs);

describe("a payment whose notice is lost", () => {
  test("is found within two minutes, delivered, and told to nobody twice", async () => {
    const order = await pendingOrder();
    const paidAtMs = schedule.nowMs + 75_000;
    const trade = { trade_no: `lost-${order.id}`, out_trade_no: order.id, money: "10.00" };
    const deps = scheduleWith(
      epayThatSays(() => ({ ...trade, status: schedule.nowMs >= paidAtMs ? 1 : 0 })),
    );
    let healedAtMs = 0;
    for (let minute = 1; minute <= 4; minute++) {
      schedule.nowMs += MINUTE_MS;
      if ((await askGateways(deps, schedule.nowMs)) === 1) healedAtMs = schedule.nowMs;
    }
    expect(healedAtMs - paidAtMs).toBeGreaterThan(0);
    expect(healedAtMs - paidAtMs).toBeLessThanOrEqual(2 * MINUTE_MS);
    expect((await readOrder(order)).state).toBe("delivered");
    expect(await queryRowOf(order.id)).toBeNull();

    // The notice comes after all: the same payment.
    const late = await paidFields(order.id, { trade_no: trade.trade_no });
    expect(await notify(shop.accountId, late)).toBe("200 success");
    expect((await readOrder(order)).secrets).toHaveLength(1);
    expect(await shownFor(shop, order.id)).toEqual([]);
  });

  test("after the hold is found too, and gets what is left", async () => {
    const order = await pendingOrder();
    const trade = { trade_no: `late-${order.id}`, out_trade_no: order.id, money: "10.00" };
    let status = 0;
    const deps = scheduleWith(epayThatSays(() => ({ ...trade, status })));
    for (let minute = 1; minute <= 40; minute++) {
      schedule.nowMs += MINUTE_MS;
      if (minute === 25) status = 1;
      await askGateways(deps, schedule.nowMs);
    }
    expect((await readOrder(order)).state).toBe("delivered");
  });

  test("of another sum grants nothing and is shown to a person, though no notice told of it", async () => {
    const order = await pendingOrder();
    const trade = { trade_no: `less-${order.id}`, out_trade_no: order.id, money: "9.99" };
    schedule.nowMs += MINUTE_MS;
    await askGateways(scheduleWith(epayThatSays(() => ({ ...trade, status: 1 }))), schedule.nowMs);
    expect(await readOrder(order)).toEqual({ state: "pending", secrets: [] });
    expect(await shownFor(shop, order.id)).toMatchObject([
      { verdict: "mismatch", source: "query", amount_minor: 999 },
    ]);
  });
});

describe("what the inbox says of an answer", () => {
  const signatureOf = async (orderRef: string) => {
    const { json } = await shop.admin(`/payment-notices?order_id=${orderRef}`);
    const [{ id, source }] = json.data;
    const notice = await shop.admin(`/payment-notices/${id}`);
    return [source, notice.json.checks[0]];
  };
  async function paidByQuery(gateway: (trade: object) => PaymentAccount["gateway"]) {
    const order = await pendingOrder();
    const trade = { trade_no: `asked-${order.id}`, out_trade_no: order.id, money: "10.00" };
    schedule.nowMs += MINUTE_MS;
    await askGateways(scheduleWith(gateway({ ...trade, status: 1 })), schedule.nowMs);
    return { order, trade };
  }

  test("is that nobody signed it, and no longer that once the signed notice has come", async () => {
    const { order, trade } = await paidByQuery((fields) => epayThatSays(() => ({ ...fields })));
    const unsigned = ["query", { check: "signature", result: "unsigned" }];
    await vi.waitFor(async () => expect(await signatureOf(order.id)).toEqual(unsigned));
    const notice = await paidFields(order.id, { trade_no: trade.trade_no });
    expect(await notify(shop.accountId, notice)).toBe("200 success");
    const signed = ["notice", { check: "signature", result: "passed" }];
    await vi.waitFor(async () => expect(await signatureOf(order.id)).toEqual(signed));
    // Asked once more: the row keeps what it knows.
    await askAbout(
      real,
      schedule.account(
        epayThatSays(() => ({ ...trade, status: 1 })),
        shop.accountId as AccountId,
      ),
      {
        orderId: order.id as OrderId,
        money: { amountMinor: 1000, currency: "CNY" },
        references: [],
      },
    );
    await vi.waitFor(async () => {
      const { json } = await shop.admin(`/payment-notices?order_id=${order.id}`);
      expect(json.data[0].times).toBe(3);
    });
    expect(await signatureOf(order.id)).toEqual(signed);
  });

  test("is that its signature passed, where the gateway signs its answers", async () => {
    const { order } = await paidByQuery((fields) => {
      const gateway = epayThatSays(() => ({ ...fields }));
      return { ...gateway, capabilities: { ...gateway.capabilities, signsAnswers: true } };
    });
    const passed = ["query", { check: "signature", result: "passed" }];
    await vi.waitFor(async () => expect(await signatureOf(order.id)).toEqual(passed));
  });
});

describe("a gateway that does not answer as it should", () => {
  const another = "ord_000001zzzzzzzzzzzzzzzzzzzzzz";
  test.each([
    ["stalls", () => epayAt(worldOfRude("stall" satisfies Manner))],
    ["fails", () => epayAt(worldOfRude("error-500" satisfies Manner))],
    ["answers HTML", () => epayAt(worldOfRude("html" satisfies Manner))],
    [
      "answers for another order",
      () =>
        epayThatSays(() => ({ trade_no: "T", out_trade_no: another, money: "10.00", status: 1 })),
    ],
  ])("and %s grants nothing, and is asked ever more rarely", async (_, make) => {
    const order = await pendingOrder();
    const deps = scheduleWith(make());
    const waits: number[] = [];
    for (let failures = 1; failures <= 3; failures++) {
      schedule.nowMs = Math.max(
        schedule.nowMs + MINUTE_MS,
        (await queryRowOf(order.id))?.due_at_ms ?? 0,
      );
      expect(await askGateways(deps, schedule.nowMs)).toBe(0);
      const row = await queryRowOf(order.id);
      expect(row?.failures).toBe(failures);
      waits.push((row?.due_at_ms ?? 0) - schedule.nowMs);
    }
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0);
    expect(waits[2]).toBeGreaterThan(waits[1] ?? 0);
    expect((await readOrder(order)).state).toBe("pending");
  });

  test("and whose breaker is open is left alone until it closes, which is no failure of the orders", async () => {
    await crowdOf("acct_closed", 50);
    const open = { kind: "unavailable", reason: "breaker_open", retryAfterSeconds: 90 } as const;
    const { gateway, asked } = counting(() => open);
    const beganAtMs = schedule.nowMs;
    await askGateways(scheduleWith(gateway), schedule.nowMs);
    expect(asked.length).toBeLessThanOrEqual(4);
    const { results } = await env.DB.prepare("SELECT * FROM payment_queries").all<QueryRow>();
    expect(results).toHaveLength(50);
    for (const row of results) {
      expect(row.failures).toBe(0);
      expect(row.due_at_ms).toBeGreaterThanOrEqual(beganAtMs + 90_000);
      expect(row.due_at_ms).toBeLessThanOrEqual(schedule.nowMs + 90_000);
    }
  });
});

describe("many orders", () => {
  test("of one account do not hold up another's", async () => {
    await crowdOf("acct_big", 1_000);
    for (const account of ["acct_a", "acct_z"]) {
      await crowdOf(account, 3);
    }
    const { gateway, asked } = counting(() => ({ kind: "pending" }));
    await askGateways(scheduleWith(gateway), schedule.nowMs);
    expect(asked.length).toBeLessThanOrEqual(400);
    expect(asked.filter((id) => !id.includes("acct_big"))).toHaveLength(6);
  });

  test("cost the reading of those that are asked about, however many wait", async () => {
    await crowdOf("acct_now", 20);
    schedule.nowMs += 60 * MINUTE_MS;
    await crowdOf("acct_later", 5_000);
    schedule.nowMs -= 60 * MINUTE_MS;
    const counted = new CountedDatabase(env.DB);
    const queries = makePaymentQueries(drizzle(counted.database));
    const rules = { accountsMax: 100, foundMax: 300, total: 400, perAccount: 300 };
    const claimed = await queries.claim(schedule.nowMs, { ...rules, leaseMs: 90_000, from: "" });
    expect(claimed.due).toHaveLength(20);
    expect(counted.rowsRead).toBeLessThan(300);
    const before = counted.rowsRead;
    await crowdOf("acct_crowd", 5_000);
    const slice = { most: 60, leaseMs: 90_000 };
    const taken = await queries.claimOf("acct_crowd" as AccountId, schedule.nowMs, slice);
    expect(taken).toHaveLength(60);
    expect(counted.rowsRead - before).toBeLessThan(1_000);
  });

  test("are asked about once, by whichever of two runs comes first", async () => {
    await crowdOf("acct_once", 40);
    const { gateway, asked } = counting(() => ({ kind: "pending" }));
    const deps = scheduleWith(gateway);
    await Promise.all([askGateways(deps, schedule.nowMs), askGateways(deps, schedule.nowMs)]);
    expect(asked).toHaveLength(40);
  });

  test("of an account that throws are tried later, and the others are asked about", async () => {
    await crowdOf("acct_bug", 2);
    await crowdOf("acct_good", 2);
    const { gateway, asked } = counting((id) => {
      if (id.includes("bug")) throw new Error("a bug");
      return { kind: "closed" };
    });
    await askGateways(scheduleWith(gateway), schedule.nowMs);
    expect(asked).toHaveLength(4);
    expect(await queryRowOf("ord_acct_bug_0")).toMatchObject({ failures: 1 });
  });
});

describe("who is asked about", () => {
  test("by the gateway's own names for what it opened, of each device", async () => {
    await crowdOf("acct_opened", 1);
    const id = "ord_acct_opened_0" as OrderId;
    for (const device of ["desktop", "phone"] as const) {
      await real.paymentOpenings.keep(
        { orderId: id, accountId: "acct_opened" as AccountId, device },
        { action: { action: "redirect", url: "https://x.example/" }, reference: `ref-${device}` },
        schedule.nowMs,
      );
    }
    const named: (string | null)[] = [];
    const { gateway } = counting(() => ({ kind: "pending" }));
    const query: PaymentAccount["gateway"]["query"] = async ({ reference }) => {
      named.push(reference);
      return { kind: "pending" };
    };
    await askGateways(scheduleWith({ ...gateway, query }), schedule.nowMs);
    expect(named.toSorted()).toEqual(["ref-desktop", "ref-phone"]);
  });

  test("is whoever may have paid: a paid order leaves, an older copy does not bring it back", async () => {
    const order = await pendingOrder();
    expect(await queryRowOf(order.id)).toMatchObject({ failures: 0 });
    const id = parseOrderId(order.id);
    const before = id === null ? null : await real.stock.of(id.stockNumber).order(id.id);
    if (before === null) throw new Error("no order");
    await notify(shop.accountId, await paidFields(order.id));
    await publish(order.id);
    expect(await queryRowOf(order.id)).toBeNull();
    await real.orderBook.publish([before], schedule.nowMs);
    expect(await queryRowOf(order.id)).toBeNull();
  });

  test("a cancelled order stays, since its money may come late", async () => {
    const order = await pendingOrder();
    await shop.admin(`/orders/${order.id}/cancel`, { method: "POST" });
    await publish(order.id);
    expect(await queryRowOf(order.id)).not.toBeNull();
  });

  test("who cannot be asked about is let go", async () => {
    await crowdOf("acct_manual", 2);
    const { gateway } = counting(() => ({ kind: "unsupported" }));
    await askGateways(scheduleWith(gateway), schedule.nowMs);
    expect(await queryRowOf("ord_acct_manual_0")).toBeNull();
  });

  test("nobody is lost while D1 does not take what was found: the lease ends, and they are due again", async () => {
    await crowdOf("acct_down", 3);
    const { gateway, asked } = counting(() => ({ kind: "pending" }));
    const deps = scheduleWith(gateway);
    const settle = () => Promise.reject(new Error("D1 is down"));
    const down = { ...deps, paymentQueries: { ...deps.paymentQueries, settle } };
    await expect(askGateways(down, schedule.nowMs)).rejects.toThrow("D1 is down");
    schedule.nowMs += 2 * MINUTE_MS;
    await askGateways(deps, schedule.nowMs);
    expect(asked).toHaveLength(6);
  });
});
