import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SimulatedShop, type Order } from "../support/node/simulated-shop.ts";

/**
 * Whole purchases through the simulated gateways, over HTTP both ways: the Worker calls the gateway, the
 * gateway's notices come to the Worker, and neither shares a line of the other's signature.
 */
let shop: SimulatedShop;
beforeAll(async () => {
  shop = await SimulatedShop.open();
});
afterAll(() => shop.close());

const SUCCESS = { status: 200, body: "success" };
const OK = { status: 200, body: "ok" };
const RECEIVED = { status: 200, body: '{"received":true}' };
const CODED = { status: 200, body: '{"code":"SUCCESS"}' };

/** Their notices name none that the shop could hold against the account's. */
const SAY_NO_CURRENCY: ReadonlySet<string> = new Set(["epay", "epay-v2", "alipay"]);
/** Their notices are forms, in which a signature can come as a list. */
const TELL_BY_FORM: ReadonlySet<string> = new Set(["epay", "epay-v2", "alipay"]);
/** Their answers are signed. */
const SIGN: ReadonlySet<string> = new Set(["epay-v2", "alipay", "wechat"]);

/** `notices`: what the shop says to an honest payment. PayPal tells of the approval and of the capture. */
const CASES = [
  { gateway: "epay", slug: "epay-page", changes: {}, action: "redirect", notices: [SUCCESS] },
  {
    gateway: "epay",
    slug: "epay-call",
    changes: { open_by: "api" },
    action: "redirect",
    notices: [SUCCESS],
  },
  { gateway: "epay-v2", slug: "epay-v2", changes: {}, action: "redirect", notices: [SUCCESS] },
  {
    gateway: "epay-v2",
    slug: "epay-v2-page",
    changes: { open_by: "page" },
    action: "redirect",
    notices: [SUCCESS],
  },
  { gateway: "bepusdt", slug: "coin", changes: {}, action: "redirect", notices: [SUCCESS] },
  { gateway: "epusdt", slug: "epusdt", changes: {}, action: "redirect", notices: [OK] },
  { gateway: "tokenpay", slug: "tokenpay", changes: {}, action: "redirect", notices: [OK] },
  { gateway: "alipay", slug: "alipay-page", changes: {}, action: "redirect", notices: [SUCCESS] },
  {
    gateway: "alipay",
    slug: "alipay-code",
    changes: { scene: "precreate" },
    action: "qr",
    notices: [SUCCESS],
  },
  { gateway: "wechat", slug: "wechat-code", changes: {}, action: "qr", notices: [CODED] },
  {
    gateway: "wechat",
    slug: "wechat-h5",
    changes: { scene: "h5" },
    action: "redirect",
    notices: [CODED],
  },
  { gateway: "stripe", slug: "stripe", changes: {}, action: "redirect", notices: [RECEIVED] },
  {
    gateway: "paypal",
    slug: "paypal",
    changes: {},
    action: "redirect",
    notices: [RECEIVED, RECEIVED],
  },
] as const;

describe.each(CASES)("$slug, simulated", ({ gateway, slug, changes, action, notices: said }) => {
  let productId: string;
  beforeAll(async () => {
    productId = await shop.productPaidBy(gateway, slug, changes);
  });

  async function pending(): Promise<Order> {
    const placed = await shop.order(productId, slug);
    expect(placed.payment.action).toBe(action);
    await shop.goToPay(placed);
    return placed;
  }

  const askFor = ({ id }: Order) =>
    shop.mortal.client.admin<{ answer: string; order: { state: string } }>(
      "POST",
      `/orders/${id}/ask-gateway`,
      {},
    );

  test("delivers what is paid for, and says to the gateway what it wants to hear", async () => {
    const placed = await pending();
    expect((await shop.play(gateway, placed.id, { mode: "pay" })).notices).toEqual(said);
    expect(await shop.look(placed)).toMatchObject({ state: "delivered", keys: [{}] });
  });

  test("delivers once, however many notices come at once", async () => {
    const placed = await pending();
    const { notices } = await shop.play(gateway, placed.id, { mode: "parallel", times: 40 });
    expect(new Set(notices.map(({ body }) => body))).toEqual(new Set(said.map(({ body }) => body)));
    expect((await shop.look(placed)).keys).toHaveLength(1);
  });

  test("is not held up by a notice that says not paid before the one that pays", async () => {
    const placed = await pending();
    await shop.play(gateway, placed.id, { mode: "not_paid_first" });
    expect((await shop.look(placed)).state).toBe("delivered");
  });

  test("whose notices were all lost is healed by asking it, once", async () => {
    const placed = await pending();
    expect(await askFor(placed)).toMatchObject({ answer: "pending", order: { state: "pending" } });
    await shop.play(gateway, placed.id, { mode: "lost" });
    expect((await shop.look(placed)).state).toBe("pending");
    expect(await askFor(placed)).toMatchObject({ answer: "paid", order: { state: "delivered" } });
    expect(await askFor(placed)).toMatchObject({ answer: "paid", order: { state: "delivered" } });
    // The notice comes after all: the same number, so nothing new.
    await shop.play(gateway, placed.id, {});
    expect((await shop.look(placed)).keys).toHaveLength(1);
  });

  test("whose notices were all lost is found by the schedule, and by the buyer's own question", async () => {
    const [slow, quick] = [await pending(), await pending()];
    for (const { id } of [slow, quick]) await shop.play(gateway, id, { mode: "lost" });
    const asked = await fetch(`${shop.origin}/api/v1/orders/${quick.id}/ask-gateway`, {
      method: "POST",
      headers: { authorization: `Bearer ${quick.access_token}` },
    });
    expect(await asked.json()).toMatchObject({ answer: "paid", order: { state: "delivered" } });
    await shop.passMinuteFor(slow);
    expect((await shop.look(slow)).state).toBe("delivered");
  });

  test.each([
    "wrong_sum",
    "cent_short",
    ...(SAY_NO_CURRENCY.has(gateway) ? [] : ["wrong_currency"]),
    "wrong_order",
    "wrong_account",
    "bad_signature",
    "no_signature",
    ...(TELL_BY_FORM.has(gateway) ? ["array_signature"] : []),
    "never",
  ])("delivers nothing for %s, and the true notice still does", async (mode) => {
    const placed = await pending();
    await shop.play(gateway, placed.id, { mode });
    expect(await shop.look(placed)).toMatchObject({ state: "pending", keys: null });
    const trade_no = gateway === "paypal" ? {} : { trade_no: `${placed.id}-again` };
    await shop.play(gateway, placed.id, { mode: "pay", ...trade_no });
    expect((await shop.look(placed)).state).toBe("delivered");
  });

  test("delivers once where a refund is told before the payment", async () => {
    const placed = await pending();
    await shop.play(gateway, placed.id, { mode: "refunded_first" });
    const { keys } = await shop.look(placed);
    expect(keys?.length ?? 0).toBeLessThanOrEqual(1);
  });

  test.each(
    ["refuse", "drop", "html", "error_500", "redirect", "too_large", "other_order"].concat(
      SIGN.has(gateway) ? ["wrong_signature"] : [],
    ),
  )(
    "asked, and answered by %s, takes nothing from the order, and heals when it answers again",
    async (manner) => {
      const placed = await pending();
      await shop.play(gateway, placed.id, { mode: "lost" });
      // More than once: what was dropped the platform may ask for again by itself, as for any GET.
      await shop.behave(gateway, "query", manner);
      expect(["pending", "unknown", "unavailable"]).toContain((await askFor(placed)).answer);
      await shop.behave(gateway, "query", "none");
      expect(await shop.look(placed)).toMatchObject({ state: "pending", keys: null });
      expect(await askFor(placed)).toMatchObject({ answer: "paid", order: { state: "delivered" } });
    },
  );
});
