import { beforeAll, describe, expect, it } from "vitest";
import { LOCALES } from "../../src/domain/locale.ts";
import { textOf } from "../../src/http/storefront/text/text.ts";
import {
  checkOut,
  formOf,
  inputValue,
  orderId,
  Visitor,
  withoutNonces,
  words,
} from "../support/worker/pages.ts";
import {
  cny,
  createProduct,
  migrate,
  openShop,
  sendNotice,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
  await stockedProduct(shop, ["KEY-A", "KEY-B", "KEY-C", "KEY-D"], {
    slug: "notes",
    title: "Notes Pro",
    summary: "A year of notes",
    description_md: "# Set up\n\nOpen **Settings**.",
    price_tiers: [{ min_quantity: 2, unit_price: cny(900) }],
    limits: { per_order: 3, per_buyer: null },
    stock_display: "exact",
  });
  await createProduct(shop, {
    slug: "gift",
    title: "A gift",
    price: cny(0),
    key_source: "generated",
  });
  await createProduct(shop, {
    slug: "by-hand",
    title: "Made by hand",
    delivery: "manual",
    fields: [{ id: "account", label: "Your account", required: true, max_length: 20 }],
  });
});

describe("the list and the product", () => {
  it("are shown with price, stock and the way to buy", async () => {
    const list = await new Visitor().get("/");
    expect(list.status).toBe(200);
    expect(words(list)).toContain("Notes Pro");
    expect(words(list)).toContain("¥10.00");
    expect(words(list)).toContain("4 left");

    const product = await new Visitor().get("/p/notes");
    expect(product.html).toContain('<form class="buy-form" action="/checkout/notes" method="get">');
    expect(words(product)).toContain("2 or more ¥9.00");
    expect(product.html).toContain("<h3>Set up</h3>");
  });

  it("come in the language that is asked for, chosen, or preferred, in that order", async () => {
    const visitor = new Visitor("en-GB,en;q=0.9,zh;q=0.1");
    expect((await visitor.get("/p/notes")).html).toContain('<html lang="en">');
    expect((await new Visitor("fr").get("/p/notes")).html).toContain('<html lang="zh-CN">');
    expect((await new Visitor("zh-TW").get("/")).html).toContain('<html lang="zh-CN">');

    const asked = await visitor.get("/p/notes?lang=zh-CN");
    expect(asked.html).toContain('<html lang="zh-CN">');
    expect(asked.headers.get("cache-control")).toBe("no-store");
    expect((await visitor.get("/")).html).toContain('<html lang="zh-CN">');
    expect((await visitor.get("/?lang=tlh")).html).toContain('<html lang="zh-CN">');
  });

  it("are small, kept by browsers that ask again, and but for nonces the same for everyone of a language", async () => {
    const [first, second] = [
      await new Visitor().get("/p/notes"),
      await new Visitor().get("/p/notes"),
    ];
    expect(withoutNonces(second)).toBe(withoutNonces(first));
    expect(second.html).not.toBe(first.html);
    expect(second.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    expect(first.headers.get("vary")).toBe("accept-language, cookie");
    expect(first.headers.get("set-cookie")).toBeNull();
    expect(new TextEncoder().encode(first.html).length).toBeLessThan(16_000);
  });
});

describe("the checkout", () => {
  it("shows the exact total of the choice that was made before", async () => {
    const page = await new Visitor().get("/checkout/notes?quantity=2");
    expect(page.headers.get("cache-control")).toBe("no-store");
    expect(inputValue(page, "quantity")).toBe("2");
    expect(inputValue(page, "expected_amount_minor")).toBe("1800");
    expect(words(page)).toContain("Total ¥18.00");
    expect(inputValue(page, "idempotency_key")).toMatch(/^[\w-]{32}$/);
  });

  it("places an order and leads to the gateway; the notice brings the key to the page", async () => {
    const visitor = new Visitor();
    const answer = await checkOut(visitor, "notes", { quantity: "2" });
    expect(answer.status).toBe(303);
    expect(answer.location).toMatch(/^https:\/\/pay\.example\.com\/submit\.php\?/);
    const id = new URL(answer.location ?? "").searchParams.get("out_trade_no") ?? "";

    const pending = await visitor.get(`/orders/${id}`);
    expect(words(pending)).toContain("Waiting for payment");
    expect(pending.html).toContain('http-equiv="refresh"');
    expect(pending.html).toContain("https://pay.example.com/submit.php?");

    await sendNotice(shop, { id, amount: { amount_minor: 1800 } });
    const delivered = await visitor.get(`/orders/${id}?pid=1001&trade_status=TRADE_SUCCESS&sign=x`);
    expect(words(delivered)).toContain("Your 2 keys");
    expect(words(delivered)).toContain("KEY-A");
    expect(delivered.html).not.toContain('http-equiv="refresh"');

    const fragment = await visitor.get(`/orders/${id}?fragment=1`);
    expect(fragment.html).toMatch(/^<article/);
    expect(delivered.html).toContain(fragment.html);

    const file = await visitor.get(`/orders/${id}/keys.txt`);
    expect(file.html).toBe("KEY-A\r\nKEY-B\r\n");
    expect(file.headers.get("content-disposition")).toBe(`attachment; filename="${id}.txt"`);
  });

  it("sent twice is one order, and a fresh key is another", async () => {
    const visitor = new Visitor();
    const page = await visitor.get("/checkout/by-hand");
    const fields = { ...formOf(page), "field.account": "me", email: "twice@example.com" };
    const first = await visitor.post("/checkout/by-hand", fields);
    const second = await visitor.post("/checkout/by-hand", fields);
    expect(orderId(second)).toBe(orderId(first));
    const other = formOf(await visitor.get("/checkout/by-hand"));
    const third = await visitor.post("/checkout/by-hand", {
      ...fields,
      idempotency_key: other["idempotency_key"] ?? "",
    });
    expect(orderId(third)).not.toBe(orderId(first));
  });

  it("delivers what is free at once, without a gateway", async () => {
    const visitor = new Visitor();
    const answer = await checkOut(visitor, "gift");
    expect(answer.location).toMatch(/^\/orders\/ord_/);
    expect(words(await visitor.get(answer.location ?? ""))).toContain("Your key");
  });
});

describe("an order", () => {
  it("can be cancelled by its buyer while it waits", async () => {
    const visitor = new Visitor();
    const id = orderId(await checkOut(visitor, "notes"));
    const answer = await visitor.post(`/orders/${id}/cancel`, {});
    expect([answer.status, answer.location]).toEqual([303, `/orders/${id}`]);
    expect(words(await visitor.get(`/orders/${id}`))).toContain("This order was cancelled");
  });

  it("opens from the mail's link, which leaves no token in the address", async () => {
    const buyer = new Visitor();
    const id = orderId(await checkOut(buyer, "notes"));
    const token = buyer.cookie("__Host-kamidrop_orders")?.split(".")[0]?.split("~")[1];

    const elsewhere = new Visitor();
    const opened = await elsewhere.get(`/orders/${id}?token=${token}`);
    expect([opened.status, opened.location]).toEqual([303, `/orders/${id}`]);
    expect((await elsewhere.get(`/orders/${id}`)).status).toBe(200);
    await buyer.post(`/orders/${id}/cancel`, {});
  });

  it("is remembered by the browser among the last twenty", async () => {
    const visitor = new Visitor();
    for (let i = 0; i < 21; i++) {
      await checkOut(visitor, "gift", { email: `order-${i}@example.com` });
    }
    const held = visitor.cookie("__Host-kamidrop_orders")?.split(".") ?? [];
    expect(held).toHaveLength(20);
    const ids = held.map((entry) => entry.split("~")[0]);
    expect((await visitor.get(`/orders/${ids[0]}`)).status).toBe(200);
    expect((await visitor.get(`/orders/${ids[19]}`)).status).toBe(200);
  });
});

describe("the languages", () => {
  it("say the same things: every word of one has its word in the other", () => {
    const [first, ...others] = LOCALES.map((locale) => shape(textOf(locale)));
    for (const other of others) expect(other).toEqual(first);
  });

  it("leave no word empty, and none in the other's script", () => {
    expect(strings(textOf("en")).filter((text) => /\p{Script=Han}/u.test(text))).toEqual([]);
    const untranslated = strings(textOf("zh-CN")).filter((text) => !/\p{Script=Han}/u.test(text));
    expect(untranslated).toEqual([]);
  });
});

/** The paths of a catalogue, with what stands there. */
function shape(node: object, path = ""): string[] {
  return Object.entries(node).flatMap(([name, value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? shape(value as object, `${path}${name}.`)
      : [`${path}${name}: ${typeof value}`],
  );
}

function strings(node: object): string[] {
  return Object.values(node).flatMap((value: unknown) => {
    if (typeof value === "string") return [value];
    if (Array.isArray(value)) return [value.join("")];
    return value !== null && typeof value === "object" ? strings(value) : [];
  });
}
