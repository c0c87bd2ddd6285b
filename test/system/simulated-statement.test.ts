import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SimulatedShop } from "../support/node/simulated-shop.ts";

/** A day as a merchant lives it: buyers pay at the simulated gateway, whose own books are held against ours. */
let shop: SimulatedShop;
beforeAll(async () => {
  shop = await SimulatedShop.open();
});
afterAll(() => shop.close());

/** On the gateway's own calendar. */
const today = (offsetHours: number) =>
  new Date(Date.now() + offsetHours * 3_600_000).toISOString().slice(0, 10);
const CASES = [
  { gateway: "stripe", day: today(0), none: "done" },
  { gateway: "wechat", day: today(8), none: "waiting" },
  { gateway: "alipay", day: today(8), none: "waiting" },
] as const;

interface Day {
  readonly says: string;
  readonly explained: boolean;
  readonly uncompared: number;
  readonly accounts: readonly { account_id: string; gateway: string }[];
}
interface Report {
  readonly id: string;
  readonly state: string;
  readonly rows: { payments: number; refunds: number; matched: number };
  readonly findings: readonly { kind: string; found: number; open: number }[];
}
interface Finding {
  readonly number: number;
  readonly kind: string;
  readonly order_ref: string;
  readonly repairs: readonly string[];
}

const admin = <Answer>(method: "GET" | "POST", path: string, body?: object) =>
  shop.mortal.client.admin<Answer>(method, path, body, { "idempotency-key": path });

describe.each(CASES)("the books of $gateway, simulated", ({ gateway, day, none }) => {
  const summedUp = () => admin<Day>("GET", `/reconciliations/days/${day}`);

  test("a lost notice is found by the day's statement, and one call delivers what it is for", async () => {
    const productId = await shop.productPaidBy(gateway, gateway);
    const [fine, refunded, lost] = [
      await shop.order(productId, gateway),
      await shop.order(productId, gateway),
      await shop.order(productId, gateway),
    ];
    for (const order of [fine, refunded, lost]) await shop.goToPay(order);
    await shop.play(gateway, fine.id, { mode: "pay" });
    await shop.play(gateway, refunded.id, { mode: "pay" });
    await shop.play(gateway, lost.id, { mode: "lost" });
    const refund = { amount_minor: 400, reason: "as agreed", keys: "keep" };
    await admin("POST", `/orders/${refunded.id}/refunds`, refund);
    // Payments and refunds are copied behind the sale.
    await expect.poll(async () => (await summedUp()).uncompared, { timeout: 20_000 }).toBe(3);
    const account = (await summedUp()).accounts.find((each) => each.gateway === gateway);
    const body = { account_id: account?.account_id, day };
    const report = await admin<Report>("POST", "/reconciliations/fetch", body);
    expect(report).toMatchObject({
      state: "done",
      rows: { payments: 3, refunds: 1, matched: 3 },
      findings: [{ kind: "missing_here", found: 1, open: 1 }],
    });
    expect(await summedUp()).toMatchObject({
      says: "10.00 CNY unexplained, 0 unexplained keys",
      explained: false,
    });

    const findings = `/reconciliations/${report.id}/findings`;
    const { data } = await admin<{ data: Finding[] }>("GET", findings);
    expect(data).toMatchObject([{ order_ref: lost.id, repairs: ["book", "vouch", "explain"] }]);
    const [found] = data;
    await admin("POST", `${findings}/${found?.number}/repair`, { how: found?.repairs[0] });
    expect(await shop.look(lost)).toMatchObject({ state: "delivered", keys: [{}] });
    expect(await summedUp()).toMatchObject({
      says: "0 unexplained cents, 0 unexplained keys",
      // It goes on.
      explained: false,
    });

    // The same books once more are the same report.
    expect((await admin<Report>("POST", "/reconciliations/fetch", body)).id).toBe(report.id);
  });

  test("are fetched by night, by the schedule's own line", async () => {
    const { miniflare } = shop.mortal.worker;
    const database = await miniflare.getD1Database("DB");
    const night = async () => {
      await (await miniflare.getWorker()).scheduled({ cron: "*/2 * * * *" });
    };
    // As if the account had been there for long, and its half hour had passed.
    await database.prepare("UPDATE payment_accounts SET created_at_ms = 0").run();
    await database.prepare("DELETE FROM statement_fetches").run();
    await night();
    await database.prepare("UPDATE statement_fetches SET due_at_ms = 0").run();
    await night();
    const account = (await summedUp()).accounts.find((each) => each.gateway === gateway);
    const { data } = await admin<{ data: { state: string; answer: string | null }[] }>(
      "GET",
      `/reconciliations/fetches?account=${account?.account_id}`,
    );
    // Nobody paid on the days before: Stripe says so by an empty list, the others by a refusal.
    expect(data.map(({ state }) => state)).toEqual([none, none, none]);
    if (none === "waiting") expect(data[0]?.answer).toMatch(/NO_STATEMENT_EXIST|bill_not_exist/);
  });
});
