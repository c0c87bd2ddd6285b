import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SimulatedShop, WECHAT, type Order } from "../support/node/simulated-shop.ts";

/** A purchase inside WeChat: the buyer is recognized there, and pays by the sheet that the page opens. */
let shop: SimulatedShop;
let productId: string;
beforeAll(async () => {
  shop = await SimulatedShop.open();
  productId = await shop.productPaidBy("wechat", "wechat-inside");
});
afterAll(() => shop.close());

const place = () => shop.order(productId, "wechat-inside", WECHAT);

/** One step of a browser: where it is led on to. */
async function step(address: string): Promise<{ status: number; to: string }> {
  const answer = await fetch(new URL(address, shop.origin), {
    redirect: "manual",
    headers: { "user-agent": WECHAT },
  });
  await answer.body?.cancel();
  return { status: answer.status, to: answer.headers.get("location") ?? "" };
}

/** As far as WeChat has said who it is: the address that it sends the browser back to. */
async function recognized({ payment }: Order): Promise<string> {
  const toWechat = await step(payment.url ?? "");
  expect(toWechat).toMatchObject({ status: 303 });
  const back = await step(toWechat.to);
  expect(back).toMatchObject({ status: 302 });
  return back.to;
}

async function sheet(fields: object): Promise<Response> {
  return fetch(`${shop.origin}/sandbox/wechat/jsapi`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
  });
}

describe("a buyer inside WeChat", () => {
  test("is recognized, pays by what the shop signed for them, and holds the key", async () => {
    const placed = await place();
    expect(placed.payment.action).toBe("redirect");
    const back = await recognized(placed);
    expect(await step(back)).toEqual({ status: 303, to: `/orders/${placed.id}?pay=now` });
    const { payment } = await shop.look(placed, WECHAT);
    expect(payment.action).toBe("jsapi");
    const opened = await sheet(payment.fields ?? {});
    expect(await opened.json()).toMatchObject({ order: placed.id, minor: 1000 });
    await shop.play("wechat", placed.id, { mode: "pay" });
    expect(await shop.look(placed, WECHAT)).toMatchObject({ state: "delivered", keys: [{}] });
  });

  test("who altered what was signed is refused by WeChat", async () => {
    const placed = await place();
    await step(await recognized(placed));
    const { payment } = await shop.look(placed, WECHAT);
    const another = { ...payment.fields, nonceStr: "another" };
    expect((await sheet(another)).status).toBe(400);
  });

  test("whose browser loads the way back twice, and at once, is shown one payment", async () => {
    const placed = await place();
    const back = await recognized(placed);
    const both = await Promise.all([step(back), step(back)]);
    const again = await step(back);
    expect([...both, again].map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(again.to).toBe(`/orders/${placed.id}?pay=now`);
    const first = await shop.look(placed, WECHAT);
    expect(await shop.look(placed, WECHAT)).toEqual(first);
    expect(first.payment.action).toBe("jsapi");
  });

  test("whose code was used for another order is not recognized by it, and may try again", async () => {
    const [one, other] = [await place(), await place()];
    const back = new URL(await recognized(one));
    await step(back.href);
    const stolen = new URL(await recognized(other));
    stolen.searchParams.set("code", back.searchParams.get("code") ?? "");
    expect(await step(stolen.href)).toEqual({
      status: 303,
      to: `/orders/${other.id}?asked=not_recognized`,
    });
    await step(await recognized(await shop.look(other, WECHAT)));
    expect((await shop.look(other, WECHAT)).payment.action).toBe("jsapi");
  });

  test.each([
    ["of another order", (state: string) => `${"0".repeat(28)}${state.slice(28)}`],
    ["that lives longer", (state: string) => `${state.slice(0, 28)}zzzzzzzzz${state.slice(37)}`],
    ["of another seal", (state: string) => `${state.slice(0, -2)}00`],
    ["cut short", (state: string) => state.slice(0, 40)],
    ["of nothing", () => ""],
  ])("with a state %s is led nowhere", async (_, alter) => {
    const placed = await place();
    const back = new URL(await recognized(placed));
    back.searchParams.set("state", alter(back.searchParams.get("state") ?? ""));
    expect((await step(back.href)).status).toBe(404);
    expect((await shop.look(placed, WECHAT)).payment.action).toBe("redirect");
  });

  test("of another account's state is led nowhere", async () => {
    const otherProduct = await shop.productPaidBy("wechat", "wechat-other");
    const placed = await shop.order(otherProduct, "wechat-other", WECHAT);
    const own = new URL(await recognized(await place()));
    const [, , account] = new URL(placed.payment.url ?? "").pathname.split("/");
    own.pathname = `/payments/${account}/recognized`;
    expect((await step(own.href)).status).toBe(404);
  });

  test.each(["drop", "html", "error_500", "too_large", "refuse"])(
    "whom WeChat does not name (%s) is told so, keeps the order, and is recognized the next time",
    async (manner) => {
      const placed = await place();
      const back = await recognized(placed);
      await shop.behave("wechat", "open", manner);
      const { to } = await step(back);
      await shop.behave("wechat", "open", "none");
      expect(to).toBe(`/orders/${placed.id}?asked=not_recognized`);
      await step(await recognized(await shop.look(placed, WECHAT)));
      expect((await shop.look(placed, WECHAT)).payment.action).toBe("jsapi");
    },
  );

  test("is nowhere kept by name", async () => {
    const placed = await place();
    await step(await recognized(placed));
    const database = await shop.mortal.worker.miniflare.getD1Database("DB");
    const { results: tables } = await database
      .prepare(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .all<{ name: string }>();
    const rows = await Promise.all(
      tables.map(
        async ({ name }) => (await database.prepare(`SELECT * FROM "${name}"`).all()).results,
      ),
    );
    expect(JSON.stringify(rows)).toContain(placed.id);
    expect(JSON.stringify(rows)).not.toContain("oSimulatedBuyer");
  });

  test("is not sent to a shop that has no secret of the app", async () => {
    const plain = await shop.productPaidBy("wechat", "wechat-plain", { app_secret: null });
    await expect(shop.order(plain, "wechat-plain", WECHAT)).rejects.toThrow();
  });

  test("has a code on a computer and a page on a phone, as before", async () => {
    expect((await shop.order(productId, "wechat-inside")).payment.action).toBe("qr");
    const phone = await shop.order(
      productId,
      "wechat-inside",
      WECHAT.replace("MicroMessenger", "X"),
    );
    expect(phone.payment.action).toBe("redirect");
    expect(phone.payment.url).toContain("/sandbox/wechat/h5");
  });
});
