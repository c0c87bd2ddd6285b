import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { epay } from "../../src/adapters/payments/epay.ts";
import {
  parseOrderId,
  type AccountId,
  type MerchantId,
  type OrderId,
} from "../../src/domain/ids.ts";
import type { PaymentAccount, PaymentStatus } from "../../src/flows/payment-ports.ts";
import { makePaymentQueries } from "../../src/db/payment-queries.ts";
import { askAbout } from "../../src/flows/ask-gateway.ts";
import { publishOrders } from "../../src/flows/publish-orders.ts";
import type { Bindings } from "../../src/platform/bindings.ts";
import { depsFor, type Deps } from "../../src/platform/deps.ts";
import { askGateways } from "../../src/scheduled/ask-gateways.ts";
import { CountedDatabase } from "../support/worker/counted-database.ts";
import { worldOfRude, worldWith, type Manner } from "../support/worker/gateway-world.ts";
import { keysNamed, notify, paidFields, readOrder, shownFor } from "../support/worker/notices.ts";
import {
  EPAY,
  migrate,
  openShop,
  placeOrder,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

const MINUTE_MS = 60_000;
const real = depsFor(env as Bindings, {});
/** The hand-driven clock of the schedule. */
let nowMs = Date.now();
let shop: Shop;

beforeAll(async () => {
  await migrate();
  shop = await openShop();
});
beforeEach(async () => {
  nowMs = Date.now();
  await env.DB.prepare("DELETE FROM payment_queries").run();
  vi.spyOn(console, "warn").mockReturnValue();
});
afterEach(() => vi.restoreAllMocks());

const credentials = { ...EPAY, gateway_url: "https://pay.example.com/" };

/** The schedule over the real objects and the real D1; the gateway's other side is the test's. */
function scheduleWith(gateway: PaymentAccount["gateway"]): Deps {
  const account = (id: AccountId) => accountOf(gateway, id);
  return {
    ...real,
    clock: { nowMs: () => nowMs },
    paymentAccounts: { ...real.paymentAccounts, account },
  };
}

const accountOf = async (
  gateway: PaymentAccount["gateway"],
  id = shop.accountId as AccountId,
): Promise<PaymentAccount> => ({ id, merchantId: shop.id as MerchantId, gateway });

const epayAt = (world: Parameters<typeof epay.make>[2]) => epay.make(credentials, "CNY", world);

/** An epay whose `api.php` answers about the order with these fields. */
const epayThatSays = (fields: () => Record<string, unknown>) =>
  epayAt(worldWith(() => Response.json({ code: 1, pid: EPAY.pid, ...fields() })));

/** A gateway that counts who is asked about. */
function counting(answer: (orderId: OrderId) => PaymentStatus) {
  const asked: OrderId[] = [];
  const gateway = {
    capabilities: { query: true, opensByCall: false },
    query: async ({ orderId }: { orderId: OrderId }) => {
      asked.push(orderId);
      return answer(orderId);
    },
  } as unknown as PaymentAccount["gateway"];
  return { gateway, asked };
}

async function pendingOrder() {
  const product = await stockedProduct(shop, keysNamed(crypto.randomUUID(), 1));
  const order = await placeOrder(shop, product.id);
  await publish(order.id);
  return order;
}

/** The order book's turn, as the queue would bring it. */
const publish = (id: string) => publishOrders({ ...real, mailSenders: [] }, [id as OrderId], nowMs);

interface Row {
  readonly failures: number;
  readonly due_at_ms: number;
}

const rowOf = (id: string) =>
  env.DB.prepare("SELECT * FROM payment_queries WHERE order_id = ?").bind(id).first<Row>();

describe("a payment whose notice is lost", () => {
  test("is found within two minutes, delivered, and told to nobody twice", async () => {
    const order = await pendingOrder();
    const paidAtMs = nowMs + 75_000;
    const trade = { trade_no: `lost-${order.id}`, out_trade_no: order.id, money: "10.00" };
    const deps = scheduleWith(
      epayThatSays(() => ({ ...trade, status: nowMs >= paidAtMs ? 1 : 0 })),
    );
    let healedAtMs = 0;
    for (let minute = 1; minute <= 4; minute++) {
      nowMs += MINUTE_MS;
      if ((await askGateways(deps, nowMs)) === 1) healedAtMs = nowMs;
    }
    expect(healedAtMs - paidAtMs).toBeGreaterThan(0);
    expect(healedAtMs - paidAtMs).toBeLessThanOrEqual(2 * MINUTE_MS);
    expect((await readOrder(order)).state).toBe("delivered");
    expect(await rowOf(order.id)).toBeNull();

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
      nowMs += MINUTE_MS;
      if (minute === 25) status = 1;
      await askGateways(deps, nowMs);
    }
    expect((await readOrder(order)).state).toBe("delivered");
  });

  test("of another sum grants nothing and is shown to a person, though no notice told of it", async () => {
    const order = await pendingOrder();
    const trade = { trade_no: `less-${order.id}`, out_trade_no: order.id, money: "9.99" };
    nowMs += MINUTE_MS;
    await askGateways(scheduleWith(epayThatSays(() => ({ ...trade, status: 1 }))), nowMs);
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
    nowMs += MINUTE_MS;
    await askGateways(scheduleWith(gateway({ ...trade, status: 1 })), nowMs);
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
    await askAbout(real, await accountOf(epayThatSays(() => ({ ...trade, status: 1 }))), {
      orderId: order.id as OrderId,
      money: { amountMinor: 1000, currency: "CNY" },
      references: [],
    });
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
      nowMs = Math.max(nowMs + MINUTE_MS, (await rowOf(order.id))?.due_at_ms ?? 0);
      expect(await askGateways(deps, nowMs)).toBe(0);
      const row = await rowOf(order.id);
      expect(row?.failures).toBe(failures);
      waits.push((row?.due_at_ms ?? 0) - nowMs);
    }
    expect(waits[1]).toBeGreaterThan(waits[0] ?? 0);
    expect(waits[2]).toBeGreaterThan(waits[1] ?? 0);
    expect((await readOrder(order)).state).toBe("pending");
  });

  test("and whose breaker is open is left alone until it closes, which is no failure of the orders", async () => {
    await crowd("acct_closed", 50);
    const open = { kind: "unavailable", reason: "breaker_open", retryAfterSeconds: 90 } as const;
    const { gateway, asked } = counting(() => open);
    await askGateways(scheduleWith(gateway), nowMs);
    expect(asked.length).toBeLessThanOrEqual(4);
    const { results } = await env.DB.prepare("SELECT * FROM payment_queries").all<Row>();
    expect(results).toHaveLength(50);
    for (const row of results) {
      expect(row).toMatchObject({ failures: 0, due_at_ms: nowMs + 90_000 });
    }
  });
});

/** Orders of an account that are due, the longest first by their number. */
async function crowd(accountId: string, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => ({
    id: `ord_${accountId}_${n}`,
    due: nowMs - 10_000 + n,
  }));
  await env.DB.prepare(
    `INSERT INTO payment_queries SELECT value ->> 'id', ?1, ?2, 1000, 'CNY', ?3, ?4, value ->> 'due', 0
     FROM json_each(?5)`,
  )
    .bind(shop.id, accountId, nowMs - MINUTE_MS, nowMs + 10 * MINUTE_MS, JSON.stringify(rows))
    .run();
}

describe("many orders", () => {
  test("of one account cost a bounded number of calls a minute, and the longest waiting go first", async () => {
    await crowd("acct_big", 2_000);
    const { gateway, asked } = counting(() => ({ kind: "pending" }));
    await askGateways(scheduleWith(gateway), nowMs);
    expect(asked).toHaveLength(300);
    expect(new Set(asked)).toEqual(
      new Set(Array.from({ length: 300 }, (_, n) => `ord_acct_big_${n}`)),
    );
    nowMs += MINUTE_MS;
    await askGateways(scheduleWith(gateway), nowMs);
    // Those that were asked are due again, and wait behind those that were not.
    expect(new Set(asked).size).toBe(600);
  });

  test("of one account do not hold up another's", async () => {
    await crowd("acct_big", 1_000);
    for (const account of ["acct_a", "acct_z"]) {
      await crowd(account, 3);
    }
    const { gateway, asked } = counting(() => ({ kind: "pending" }));
    await askGateways(scheduleWith(gateway), nowMs);
    expect(asked.length).toBeLessThanOrEqual(400);
    expect(asked.filter((id) => !id.includes("acct_big"))).toHaveLength(6);
  });

  test("cost the reading of those that are asked about, however many wait", async () => {
    await crowd("acct_now", 20);
    nowMs += 60 * MINUTE_MS;
    await crowd("acct_later", 5_000);
    nowMs -= 60 * MINUTE_MS;
    const counted = new CountedDatabase(env.DB);
    const queries = makePaymentQueries(drizzle(counted.database));
    const rules = { accountsMax: 100, total: 400, perAccount: 300, leaseMs: 90_000, from: "" };
    expect(await queries.claim(nowMs, rules)).toHaveLength(20);
    expect(counted.rowsRead).toBeLessThan(200);
  });

  test("are asked about once, by whichever of two runs comes first", async () => {
    await crowd("acct_once", 40);
    const { gateway, asked } = counting(() => ({ kind: "pending" }));
    const deps = scheduleWith(gateway);
    await Promise.all([askGateways(deps, nowMs), askGateways(deps, nowMs)]);
    expect(asked).toHaveLength(40);
  });

  test("of an account that throws are tried later, and the others are asked about", async () => {
    await crowd("acct_bug", 2);
    await crowd("acct_good", 2);
    const { gateway, asked } = counting((id) => {
      if (id.includes("bug")) throw new Error("a bug");
      return { kind: "closed" };
    });
    await askGateways(scheduleWith(gateway), nowMs);
    expect(asked).toHaveLength(4);
    expect(await rowOf("ord_acct_bug_0")).toMatchObject({ failures: 1 });
  });
});

describe("who is asked about", () => {
  test("by the gateway's own names for what it opened, of each device", async () => {
    await crowd("acct_opened", 1);
    const id = "ord_acct_opened_0" as OrderId;
    for (const device of ["desktop", "phone"] as const) {
      await real.paymentOpenings.keep(
        { orderId: id, accountId: "acct_opened" as AccountId, device },
        { action: { action: "redirect", url: "https://x.example/" }, reference: `ref-${device}` },
        nowMs,
      );
    }
    const named: (string | null)[] = [];
    const { gateway } = counting(() => ({ kind: "pending" }));
    const query: PaymentAccount["gateway"]["query"] = async ({ reference }) => {
      named.push(reference);
      return { kind: "pending" };
    };
    await askGateways(scheduleWith({ ...gateway, query }), nowMs);
    expect(named.toSorted()).toEqual(["ref-desktop", "ref-phone"]);
  });

  test("is whoever may have paid: a paid order leaves, an older copy does not bring it back", async () => {
    const order = await pendingOrder();
    expect(await rowOf(order.id)).toMatchObject({ failures: 0 });
    const id = parseOrderId(order.id);
    const before = id === null ? null : await real.stock.of(id.stockNumber).order(id.id);
    if (before === null) throw new Error("no order");
    await notify(shop.accountId, await paidFields(order.id));
    await publish(order.id);
    expect(await rowOf(order.id)).toBeNull();
    await real.orderBook.publish([before], nowMs);
    expect(await rowOf(order.id)).toBeNull();
  });

  test("a cancelled order stays, since its money may come late", async () => {
    const order = await pendingOrder();
    await shop.admin(`/orders/${order.id}/cancel`, { method: "POST" });
    await publish(order.id);
    expect(await rowOf(order.id)).not.toBeNull();
  });

  test("who cannot be asked about is let go", async () => {
    await crowd("acct_manual", 2);
    const { gateway } = counting(() => ({ kind: "unsupported" }));
    await askGateways(scheduleWith(gateway), nowMs);
    expect(await rowOf("ord_acct_manual_0")).toBeNull();
  });

  test("nobody is lost while D1 does not take what was found: the lease ends, and they are due again", async () => {
    await crowd("acct_down", 3);
    const { gateway, asked } = counting(() => ({ kind: "pending" }));
    const deps = scheduleWith(gateway);
    const settle = () => Promise.reject(new Error("D1 is down"));
    const down = { ...deps, paymentQueries: { ...deps.paymentQueries, settle } };
    await expect(askGateways(down, nowMs)).rejects.toThrow("D1 is down");
    nowMs += 2 * MINUTE_MS;
    await askGateways(deps, nowMs);
    expect(asked).toHaveLength(6);
  });
});
