import { beforeAll, describe, expect, it } from "vitest";
import { checkOut, formOf, inputValue, orderId, Visitor, words } from "../support/worker/pages.ts";
import {
  cny,
  createProduct,
  migrate,
  openShop,
  stockedProduct,
  type Shop,
} from "../support/worker/shop.ts";

let shop: Shop;
beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
});

const buyer = { email: "buyer@example.com" };

describe("an address that leads nowhere", () => {
  it("is a page with a way back, in the visitor's language", async () => {
    for (const path of ["/nothing", "/p/nothing", "/checkout/nothing"]) {
      const page = await new Visitor("zh").get(path);
      expect([page.status, path]).toEqual([404, path]);
      expect(words(page)).toContain("这里什么都没有");
      expect(page.html).toContain('<a class="button" href="/">');
    }
  });

  it("of a product: archived, or another merchant's, are as unknown", async () => {
    const archived = await createProduct(shop, { slug: "archived" });
    await shop.admin(`/products/${archived.id}/archive`, { method: "POST" });
    const other = await openShop("other");
    const foreign = await createProduct(other, { slug: "foreign" });
    for (const slug of ["archived", archived.id, "foreign", foreign.id]) {
      expect((await new Visitor().get(`/p/${slug}`)).status).toBe(404);
      expect((await checkOut(new Visitor(), slug)).status).toBe(404);
    }
  });

  it("is a problem for programs", async () => {
    const page = await new Visitor().get("/api/v1/nothing");
    expect(page.headers.get("content-type")).toBe("application/problem+json");
  });
});

describe("a checkout that cannot be", () => {
  it("says all that is wrong at once, beside the fields, and keeps what was typed", async () => {
    await createProduct(shop, {
      slug: "particular",
      limits: { per_order: 3, per_buyer: null },
      fields: [{ id: "account", label: "Your account", required: true, max_length: 8 }],
    });
    const page = await checkOut(new Visitor(), "particular", {
      email: "nobody",
      quantity: "4",
      "field.account": "far too long",
      lookup_password: "short",
    });
    expect(page.status).toBe(422);
    expect(words(page)).toContain("Enter a valid e-mail address");
    expect(words(page)).toContain("Enter a whole number from 1 to 3.");
    expect(words(page)).toContain("Your account: at most 8 characters.");
    expect(words(page)).toContain("A look-up password has 6 to 128 characters.");
    expect(page.html).toContain('<a href="#email">');
    expect(page.html).toMatch(/id="email"[^>]*aria-invalid="true"/);
    expect(inputValue(page, "email")).toBe("nobody");
    expect(inputValue(page, "field.account")).toBe("far too long");
    expect(page.html).not.toContain('value="short"');
  });

  it.each([
    ["0", 422],
    ["-1", 422],
    ["1.5", 422],
    ["NaN", 422],
    ["1e3", 422],
    ["99999", 422],
    ["", 422],
  ])("takes no quantity of %j", async (quantity, status) => {
    await stockedOnce();
    const visitor = new Visitor();
    const form = formOf(await visitor.get("/checkout/plain"));
    const page = await visitor.post("/checkout/plain", { ...form, ...buyer, quantity });
    expect(page.status).toBe(status);
  });

  it("without a key of its own is not placed, and comes back with one", async () => {
    await stockedOnce();
    const visitor = new Visitor();
    const form = formOf(await visitor.get("/checkout/plain"));
    const page = await visitor.post("/checkout/plain", { ...form, ...buyer, idempotency_key: "x" });
    expect(page.status).toBe(422);
    expect(words(page)).toContain("please submit again");
    const again = await visitor.post("/checkout/plain", { ...formOf(page), ...buyer });
    expect(again.status).toBe(303);
  });

  it("names a way to pay that exists", async () => {
    await stockedOnce();
    const page = await checkOut(new Visitor(), "plain", { payment_method: "barter" });
    expect(page.status).toBe(422);
    expect(words(page)).toContain("Choose how you would like to pay.");
  });

  it("says how many are left when there are too few, and that the last is gone", async () => {
    await stockedProduct(shop, ["ONE", "TWO"], { slug: "rare" });
    const few = await checkOut(new Visitor(), "rare", { quantity: "3" });
    expect(few.status).toBe(409);
    expect(words(few)).toContain("Only 2 left.");
    await checkOut(new Visitor(), "rare", { quantity: "2" });
    const none = await checkOut(new Visitor(), "rare", { email: "late@example.com" });
    expect(none.status).toBe(409);
    expect(words(none)).toContain("The last key was just taken.");
  });

  it("says when a buyer has had their share", async () => {
    const limits = { per_order: 5, per_buyer: 1 };
    await stockedProduct(shop, ["ONE", "TWO"], { slug: "one-each", limits });
    await checkOut(new Visitor(), "one-each");
    const page = await checkOut(new Visitor(), "one-each");
    expect(page.status).toBe(409);
    expect(words(page)).toContain("At most 1 per buyer");
  });

  it("never charges another sum than the page showed: it asks again first", async () => {
    const product = await stockedProduct(shop, ["ONE"], { slug: "moving" });
    const visitor = new Visitor();
    const seen = formOf(await visitor.get("/checkout/moving"));
    await shop.admin(`/products/${product.id}`, {
      method: "PATCH",
      headers: { "if-match": String(product.version) },
      body: { price: cny(1200) },
    });
    const asked = await visitor.post("/checkout/moving", { ...seen, ...buyer });
    expect(asked.status).toBe(409);
    expect(words(asked)).toContain("The total is now ¥12.00.");
    // The page may still have the older price for a second; what the buyer agrees to is the new one.
    const agreed = { ...seen, ...buyer, expected_amount_minor: "1200" };
    expect((await visitor.post("/checkout/moving", agreed)).status).toBe(303);
  });

  it("brings the total up to date without ordering, for those without scripts", async () => {
    await stockedOnce();
    const visitor = new Visitor();
    const form = { ...formOf(await visitor.get("/checkout/plain")), ...buyer };
    const page = await visitor.post("/checkout/plain", { ...form, quantity: "3", update: "yes" });
    expect(page.status).toBe(200);
    expect(inputValue(page, "expected_amount_minor")).toBe("3000");
    expect(inputValue(page, "email")).toBe("buyer@example.com");
  });

  it("that was placed and then changed is asked about, and placed as another", async () => {
    await stockedOnce();
    const visitor = new Visitor();
    const form = { ...formOf(await visitor.get("/checkout/plain")), ...buyer };
    const first = await visitor.post("/checkout/plain", form);
    const two = { ...form, quantity: "2", expected_amount_minor: "2000" };
    const page = await visitor.post("/checkout/plain", two);
    expect(page.status).toBe(422);
    expect(words(page)).toContain("You have changed an order that was placed before.");
    expect(page.html).toContain('data-key-renewed="yes"');

    const second = await visitor.post("/checkout/plain", { ...formOf(page), ...buyer });
    expect(second.status).toBe(303);
    expect(orderId(second)).not.toBe(orderId(first));
  });

  it("of a product that is not on sale leads to its page, which says since or until when", async () => {
    await createProduct(shop, {
      slug: "tomorrow",
      sale_window: { opens_at: "2999-01-01T00:00:00Z", closes_at: null },
    });
    const visitor = new Visitor();
    const page = await visitor.get("/checkout/tomorrow");
    expect([page.status, page.location]).toEqual([303, "/p/tomorrow"]);
    expect(words(await visitor.get("/p/tomorrow"))).toContain("2999-01-01 00:00 UTC");
    const sent = await visitor.post("/checkout/tomorrow", {
      ...buyer,
      quantity: "1",
      payment_method: "epay",
      idempotency_key: "a-key-that-is-long-enough",
    });
    expect(sent.status).toBe(409);
  });

  it("is read only as the form it is, up to its limit", async () => {
    await stockedOnce();
    const post = (type: string, body: Record<string, string>) =>
      new Visitor().post("/checkout/plain", body, { "content-type": type });
    expect((await post("application/json", {})).status).toBe(415);
    expect((await post("multipart/form-data; boundary=x", {})).status).toBe(415);
    const form = "application/x-www-form-urlencoded";
    const huge = await post(form, { email: "x".repeat(100_000) });
    expect(huge.status).toBe(413);
    expect(huge.headers.get("content-type")).toMatch(/^text\/html/);
  });
});

describe("a look-up", () => {
  it("finds by order and e-mail, and by e-mail and password", async () => {
    await stockedOnce();
    const own = { email: "finder@example.com", lookup_password: "open sesame" };
    const id = orderId(await checkOut(new Visitor(), "plain", own));
    await expect
      .poll(async () => words(await new Visitor().post("/lookup", { ...own, order_id: id })))
      .toContain("1 order found");

    const visitor = new Visitor();
    const found = await visitor.post("/lookup", { ...own, email: " FINDER@example.com " });
    expect(found.html).toContain(`href="/orders/${id}"`);
    expect((await visitor.get(`/orders/${id}`)).status).toBe(200);
  });

  it("answers the same whichever half is wrong, and keeps no cookie", async () => {
    const own = { email: "secretive@example.com", lookup_password: "open sesame" };
    const id = orderId(await checkOut(new Visitor(), "plain", own));
    const tries = [
      { email: "secretive@example.com", lookup_password: "wrong password" },
      { email: "secretive@example.com", order_id: `${id.slice(0, -1)}0` },
      { email: "nobody@example.com", order_id: id },
      { email: "nobody@example.com", order_id: "not an order" },
    ];
    for (const fields of tries) {
      const page = await new Visitor().post("/lookup", fields as Record<string, string>);
      expect(page.status).toBe(200);
      expect(words(page)).toContain("Nothing found");
      expect(page.headers.get("set-cookie")).toBeNull();
    }
  });

  it("needs both halves", async () => {
    const page = await new Visitor().post("/lookup", { email: "finder@example.com" });
    expect(page.status).toBe(422);
    expect(words(page)).toContain("Enter an order number or a look-up password.");
    expect((await new Visitor().post("/lookup", { order_id: "x" })).status).toBe(422);
  });

  it("is limited by caller", async () => {
    const from = { "cf-connecting-ip": "192.0.2.77" };
    const limited: (string | null)[] = [];
    const ask = (n: number, headers: Record<string, string>) =>
      new Visitor().post("/lookup", { email: `guess-${n}@b.co`, order_id: "x" }, headers);
    for (let n = 0; n < 40; n++) {
      const page = await ask(n, from);
      if (page.status === 429) limited.push(page.headers.get("retry-after"));
    }
    expect(limited.length).toBeGreaterThan(0);
    for (const wait of limited) expect(wait).toMatch(/^[12]$/);
    expect((await ask(41, { "cf-connecting-ip": "192.0.2.78" })).status).toBe(200);
  });
});

let stocked: Promise<unknown> | null = null;
/** A product that no test of this file sells out. */
function stockedOnce(): Promise<unknown> {
  const keys = Array.from({ length: 50 }, (_, i) => `PLAIN-${i}`);
  stocked ??= stockedProduct(shop, keys, { slug: "plain" });
  return stocked;
}
