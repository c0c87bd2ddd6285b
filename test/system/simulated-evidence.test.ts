import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SimulatedShop, type Order } from "../support/node/simulated-shop.ts";

/** What a bank is shown of a dispute, through the real adapters and a simulated gateway. */

let shop: SimulatedShop;
beforeAll(async () => {
  shop = await SimulatedShop.open();
});
afterAll(() => shop.close());

interface Case {
  readonly id: string;
  readonly state: string;
  readonly order_id: string | null;
  readonly evidence_due_at: string | null;
  readonly evidence_sent_at: string | null;
}
const casesOf = async ({ id }: Order) =>
  (await shop.mortal.client.admin<{ data: Case[] }>("GET", `/disputes?order_id=${id}`)).data;
const buy = async (gateway: string) =>
  shop.order(await shop.productPaidBy(gateway, `evidence-${gateway}`), `evidence-${gateway}`);

describe.each(["stripe", "paypal"])("a dispute at %s", (gateway) => {
  test("is answered with evidence by a call, once, and the gateway shows what it was given", async () => {
    const placed = await buy(gateway);
    await shop.play(gateway, placed.id, { mode: "pay" });
    await shop.play(gateway, placed.id, { mode: "dispute_opened" });
    const [opened] = await casesOf(placed);
    expect(opened).toMatchObject({ state: "opened", order_id: placed.id });
    const send = (key: string) =>
      shop.mortal.client.admin<Case>(
        "POST",
        `/disputes/${opened?.id}/evidence`,
        { refund_policy: "Shown above the button.", statement: "" },
        { "idempotency-key": `${gateway}-${key}` },
      );
    const sent = await send("evidence-is-sent-once");
    expect(sent.evidence_sent_at).not.toBeNull();
    await expect(send("evidence-is-sent-twice")).rejects.toThrow(/already_sent|evidence_unfit/);
    const page = await fetch(`${shop.origin}/sandbox/${gateway}/pay?order=${placed.id}`);
    expect(await page.text()).toContain("Shown above the button.");
  });
});

describe("a dispute at stripe", () => {
  test("that is told with the payment, before any book has it, is heard at once", async () => {
    const account = "evidence-at-once";
    const placed = await shop.order(await shop.productPaidBy("stripe", account), account);
    await shop.play("stripe", placed.id, { mode: "dispute_opened" });
    const [opened] = await casesOf(placed);
    expect(opened).toMatchObject({ order_id: placed.id, evidence_due_at: expect.any(String) });
    await shop.play("stripe", placed.id, { mode: "pay" });
    expect(await shop.look(placed)).toMatchObject({ dispute: "open", keys: null });
    await shop.play("stripe", placed.id, { mode: "dispute_lost" });
    await shop.play("stripe", placed.id, { mode: "dispute_won" });
    expect(await casesOf(placed)).toMatchObject([{ state: "won" }]);
    expect(await shop.look(placed)).toMatchObject({ dispute: null, keys: [{}] });
  });
});
