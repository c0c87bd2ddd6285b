import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { SimulatedShop, type Order } from "../support/node/simulated-shop.ts";

/** What may happen between a buyer, a gateway and the shop in time: late, twice, stalled, taken back, disputed. */
let shop: SimulatedShop;
beforeAll(async () => {
  shop = await SimulatedShop.open();
});
afterAll(() => shop.close());

const COIN = ["bepusdt", "epusdt", "tokenpay"];
const REFUNDING = ["epay", "epay-v2", "alipay", "wechat", "stripe", "paypal"];
const TELLING_REFUNDS = ["alipay", "wechat", "stripe", "paypal"];
const TELLING_DISPUTES = ["stripe", "paypal"];
const ALL = [...REFUNDING, ...COIN];
/** How an account is set up so that the gateway is called to open. */
const OPENED_BY_CALL: Readonly<Record<string, object>> = {
  epay: { open_by: "api" },
  alipay: { scene: "precreate" },
};

interface AdminOrder {
  readonly state: string;
  readonly keys: readonly { readonly state?: string }[];
  readonly payments: readonly { readonly verdict: string }[];
  readonly refunds: readonly {
    readonly state: string;
    readonly method: string;
    readonly amount: { readonly amount_minor: number };
  }[];
}

/** An account of its own each time: a gateway that does not answer one account is not asked for it for a while. */
let accounts = 0;
async function newAccount(gateway: string, changes: object = {}): Promise<Account> {
  const slug = `${gateway}-in-time-${++accounts}`;
  return { gateway, slug, productId: await shop.productPaidBy(gateway, slug, changes) };
}

interface Account {
  readonly gateway: string;
  readonly slug: string;
  readonly productId: string;
}

async function placeBy({ productId, slug }: Account): Promise<Order> {
  const placed = await shop.order(productId, slug);
  await shop.goToPay(placed);
  return placed;
}

async function paidBy(account: Account): Promise<Order> {
  const placed = await placeBy(account);
  await shop.play(account.gateway, placed.id, { mode: "pay" });
  expect((await shop.look(placed)).state).toBe("delivered");
  return placed;
}

const inBooks = ({ id }: Order) => shop.mortal.client.admin<AdminOrder>("GET", `/orders/${id}`);
const askFor = ({ id }: Order) =>
  shop.mortal.client.admin<{ answer: string }>("POST", `/orders/${id}/ask-gateway`, {});

let acts = 0;
function refund({ id }: Order, body: object = {}): Promise<AdminOrder> {
  const reason = { reason: "as the test wants it", ...body };
  const key = { "idempotency-key": `a-refund-in-time-${++acts}` };
  return shop.mortal.client.admin<AdminOrder>("POST", `/orders/${id}/refunds`, reason, key);
}

async function cancel({ id, access_token }: Order): Promise<void> {
  const headers = { authorization: `Bearer ${access_token}` };
  const answer = await fetch(`${shop.origin}/api/v1/orders/${id}/cancel`, {
    method: "POST",
    headers,
  });
  expect(answer.status).toBe(200);
}

describe.each(ALL)("by %s", (gateway) => {
  let account: Account;
  beforeAll(async () => {
    account = await newAccount(gateway);
  });

  test("money that comes after the order was given up buys a key that is left, once", async () => {
    const placed = await placeBy(account);
    await cancel(placed);
    await shop.play(gateway, placed.id, { mode: "late", delay_ms: 200 });
    expect(await shop.look(placed)).toMatchObject({ state: "delivered", keys: [{}] });
    await shop.play(gateway, placed.id, { mode: "pay" });
    expect((await inBooks(placed)).payments.map(({ verdict }) => verdict)).toEqual([
      "late_delivered",
    ]);
  });

  test.each(["twice", "not_paid_last"])("a payment told %s is one payment", async (mode) => {
    const placed = await placeBy(account);
    await shop.play(gateway, placed.id, { mode });
    expect(await shop.look(placed)).toMatchObject({ state: "delivered", keys: [{}] });
    expect((await inBooks(placed)).payments).toHaveLength(1);
  });
});

/** Each waits out the time that a gateway is given: all gateways at once. */
describe("a gateway that stalls", () => {
  test.concurrent.each(ALL)(
    "%s takes nothing from an order, and goes on where it stopped",
    async (gateway) => {
      const account = await newAccount(gateway, OPENED_BY_CALL[gateway]);
      await shop.behave(gateway, "open", "stall", 1);
      const unopened = await shop.order(account.productId, account.slug);
      expect(unopened).toMatchObject({ state: "pending", payment: { action: "none" } });
      await shop.behave(gateway, "open", "none");
      expect(["redirect", "qr"]).toContain((await shop.look(unopened)).payment.action);

      const asked = await placeBy(account);
      await shop.play(gateway, asked.id, { mode: "lost" });
      await shop.behave(gateway, "query", "stall", 1);
      expect((await askFor(asked)).answer).toBe("unavailable");
      expect(await shop.look(asked)).toMatchObject({ state: "pending", keys: null });
      await shop.behave(gateway, "query", "none");
      expect((await askFor(asked)).answer).toBe("paid");
      expect((await shop.look(asked)).state).toBe("delivered");
    },
  );

  test.concurrent.each(REFUNDING)("%s gives back once what it was asked to", async (gateway) => {
    const placed = await paidBy(await newAccount(gateway));
    await shop.behave(gateway, "refund", "stall", 1);
    expect((await refund(placed)).refunds).toMatchObject([{ state: "asked" }]);
    await shop.behave(gateway, "refund", "none");
    await shop.passMinuteFor(placed, "refund");
    // The schedule of another of these tests may have taken it up.
    const refunded = { state: "refunded", refunds: [{ state: "done" }] };
    await vi.waitFor(async () => expect(await inBooks(placed)).toMatchObject(refunded), 10_000);
  });
});

describe.each(REFUNDING)("a refund by %s that was not answered", (gateway) => {
  test("is finished by the schedule, once", async () => {
    const placed = await paidBy(await newAccount(gateway));
    await shop.behave(gateway, "refund", "error_500");
    expect((await refund(placed)).refunds).toMatchObject([{ state: "asked" }]);
    await shop.behave(gateway, "refund", "none");
    await shop.passMinuteFor(placed, "refund");
    expect(await inBooks(placed)).toMatchObject({
      state: "refunded",
      refunds: [{ state: "done", amount: { amount_minor: 1000 } }],
    });
  });

  test("and is refused when it is asked for again: the order is what it was, with its key", async () => {
    const placed = await paidBy(await newAccount(gateway));
    await shop.behave(gateway, "refund", "html");
    await refund(placed);
    await shop.behave(gateway, "refund", "refuse");
    await shop.passMinuteFor(placed, "refund");
    await shop.behave(gateway, "refund", "none");
    expect(await inBooks(placed)).toMatchObject({
      state: "delivered",
      refunds: [{ state: "refused" }],
    });
    expect((await shop.look(placed)).keys).toHaveLength(1);
    // A person may ask for it anew, and then it is made.
    expect(await refund(placed)).toMatchObject({ state: "refunded" });
  });
});

describe.each(REFUNDING.filter((gateway) => gateway !== "epay"))(
  "a refund by %s that was made and answered for another order",
  (gateway) => {
    test("is found made when it is asked for again, and not made twice", async () => {
      const placed = await paidBy(await newAccount(gateway));
      await shop.behave(gateway, "refund", "other_order");
      expect((await refund(placed, { amount_minor: 400 })).refunds).toMatchObject([
        { state: "asked" },
      ]);
      await shop.behave(gateway, "refund", "none");
      await shop.passMinuteFor(placed, "refund");
      // Had it been made twice, the gateway would not have as much left.
      const rest = await refund(placed, { amount_minor: 600 });
      expect(rest.refunds.map(({ state, amount }) => [state, amount.amount_minor])).toEqual([
        ["done", 400],
        ["done", 600],
      ]);
    });
  },
);

describe.each(TELLING_REFUNDS)("money given back at the desk of %s", (gateway) => {
  test("is in the books once, however often it is told, and the buyer keeps what they saw", async () => {
    const placed = await paidBy(await newAccount(gateway));
    await shop.play(gateway, placed.id, { mode: "refunded" });
    await shop.play(gateway, placed.id, { mode: "refunded" });
    expect(await inBooks(placed)).toMatchObject({
      state: "refunded",
      refunds: [{ state: "done", method: "desk", amount: { amount_minor: 1000 } }],
    });
    expect((await inBooks(placed)).refunds).toHaveLength(1);
    await expect(refund(placed)).rejects.toThrow(/409|422/);
  });
});

describe.each(TELLING_DISPUTES)("a dispute at %s", (gateway) => {
  interface Case {
    readonly state: string;
    readonly order_id: string | null;
  }
  const cases = async ({ id }: Order) =>
    (await shop.mortal.client.admin<{ data: Case[] }>("GET", `/disputes?order_id=${id}`)).data;
  const told = (placed: Order, mode: string) => shop.play(gateway, placed.id, { mode });
  /** The book of payments leads from the payment to the order, where the gateway names no order. */
  const eventually = (placed: Order, expected: object) =>
    expect
      .poll(
        async () => {
          await shop.passMinuteForDisputes();
          const { dispute } = await shop.look(placed);
          return { order: await inBooks(placed), cases: await cases(placed), dispute };
        },
        { timeout: 20_000 },
      )
      .toMatchObject(expected);

  test("holds back a refund while it is open, and none once it is won", async () => {
    const placed = await paidBy(await newAccount(gateway));
    await told(placed, "dispute_opened");
    await eventually(placed, { cases: [{ state: "opened" }], dispute: "open" });
    await expect(refund(placed)).rejects.toThrow("disputed");
    expect((await shop.look(placed)).keys).toHaveLength(1);
    await told(placed, "dispute_won");
    await eventually(placed, { cases: [{ state: "won" }] });
    expect(await refund(placed)).toMatchObject({ state: "refunded" });
  });

  test("that is lost gives the order up, and its key is shown to nobody", async () => {
    const placed = await paidBy(await newAccount(gateway));
    await told(placed, "dispute_opened");
    await told(placed, "dispute_lost");
    await eventually(placed, { cases: [{ state: "lost" }], order: { state: "refunded" } });
    expect((await shop.look(placed)).keys).toBeNull();
    await expect(refund(placed)).rejects.toThrow(/disputed|409/);
  });

  test("is one case, however often it is told and in whatever order", async () => {
    const placed = await paidBy(await newAccount(gateway));
    for (const mode of ["dispute_won", "dispute_opened", "dispute_won", "dispute_opened"]) {
      await told(placed, mode);
    }
    await eventually(placed, { cases: [{ state: "won" }], order: { state: "delivered" } });
    expect(await cases(placed)).toHaveLength(1);
  });
});

/** The last ones: the shop's settings are theirs from here on. */
describe("a shop that gives late money back", () => {
  beforeAll(async () => {
    const body = { money: { late: "refund" } };
    await shop.mortal.client.admin("PATCH", "/settings", body, { "if-match": '"0"' });
    // Isolates remember settings for a second.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
  });

  test.each(REFUNDING)("has it sent back by %s, once, and keeps its keys", async (gateway) => {
    const placed = await placeBy(await newAccount(gateway));
    await cancel(placed);
    await shop.play(gateway, placed.id, { mode: "twice" });
    expect(await shop.look(placed)).toMatchObject({ state: "cancelled", keys: null });
    const gone = {
      state: "cancelled",
      payments: [{ verdict: "too_late" }],
      refunds: [{ state: "done", method: "gateway", amount: { amount_minor: 1000 } }],
    };
    await vi.waitFor(
      async () => {
        await shop.runSchedule();
        expect(await inBooks(placed)).toMatchObject(gone);
      },
      { timeout: 20_000, interval: 200 },
    );
    await shop.runSchedule();
    expect((await inBooks(placed)).refunds).toHaveLength(1);
  });

  test.each(COIN)("makes it a person's task where %s has no way back", async (gateway) => {
    const placed = await placeBy(await newAccount(gateway));
    await cancel(placed);
    await shop.play(gateway, placed.id, { mode: "pay" });
    await vi.waitFor(
      async () => {
        await shop.runSchedule();
        const tasks = await shop.mortal.client.admin<{ data: { order_id: string }[] }>(
          "GET",
          "/tasks",
        );
        expect(tasks.data.map(({ order_id: id }) => id)).toContain(placed.id);
      },
      { timeout: 20_000, interval: 200 },
    );
    expect(await inBooks(placed)).toMatchObject({ state: "cancelled", refunds: [] });
  });
});
