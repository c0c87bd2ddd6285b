import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { formOf, inputValue, Visitor, words, type Page } from "../support/worker/pages.ts";
import { from, setRisk } from "../support/worker/risk.ts";
import { migrate, openShop, postOrder, stockedProduct, type Shop } from "../support/worker/shop.ts";

let shop: Shop;
let product: { id: string; slug: string };

beforeAll(async () => {
  await migrate();
  shop = await openShop("demo");
  const keys = Array.from({ length: 40 }, (_, n) => `KEY-${n}`);
  product = await stockedProduct(shop, keys, { slug: "asked" });
});

beforeEach(() => setRisk(shop, { challenge_at: 0 }));

let keys = 0;
const newKey = () => `challenge-of-this-suite-${++keys}`;
const ask = (changes: Record<string, unknown> = {}, key = newKey(), address = "192.0.2.1") =>
  postOrder(shop, product.id, { email: `${key}@example.com`, ...changes }, key, from({ address }));

describe("an order of which a proof is asked", () => {
  it("hears which widget to solve, and is placed under the same key once it is", async () => {
    const key = newKey();
    const refused = await ask({}, key);
    expect(refused.status).toBe(403);
    expect(refused.json).toMatchObject({
      code: "challenge_required",
      provider: "development",
      site_key: "development",
      action: "order",
    });
    expect(JSON.stringify(refused.json)).not.toMatch(/score|velocity|weight/);
    const placed = await ask({ challenge: "pass" }, key);
    expect(placed.status).toBe(201);
    // The proof is no part of the order: whoever asks again without it gets the same.
    expect((await ask({}, key)).json.id).toBe(placed.json.id);
    expect((await ask({ challenge: "fail" }, key)).json.id).toBe(placed.json.id);
  });

  it.each(["fail", "made-up", " "])(
    "is not placed by %j, and nothing is held",
    async (challenge) => {
      const before = (await shop.admin(`/products/${product.id}/stock`)).json.free;
      const refused = await ask({ challenge });
      expect([refused.status, refused.json.code]).toEqual([403, "challenge_required"]);
      expect((await shop.admin(`/products/${product.id}/stock`)).json.free).toBe(before);
    },
  );

  it("a proof of more characters than any has is no body of ours", async () => {
    expect((await ask({ challenge: "x".repeat(4_097) })).json.code).toBe("invalid_body");
  });
});

describe("the checkout page", () => {
  const submit = async (visitor: Visitor, typed: Record<string, string>): Promise<Page> => {
    const form = await visitor.get("/checkout/asked");
    return visitor.post("/checkout/asked", { ...formOf(form), ...typed });
  };

  it("shows the widget beside what was typed, and goes on with it", async () => {
    const visitor = new Visitor();
    const asked = await submit(visitor, { email: "typed@example.com" });
    expect(asked.status).toBe(403);
    expect(asked.html).toMatch(/<div class="cf-turnstile"[^>]*data-sitekey="development"/);
    expect(asked.html).toContain('data-response-field-name="challenge"');
    expect(words(asked)).toContain("Nothing was ordered yet");
    expect(words(asked)).toContain("The check needs scripts");
    expect(inputValue(asked, "email")).toBe("typed@example.com");
    const form = { ...formOf(asked), email: "typed@example.com" };
    const failed = await visitor.post("/checkout/asked", { ...form, challenge: "fail" });
    expect(failed.status).toBe(403);
    expect(words(failed)).toContain("The check did not succeed");
    const placed = await visitor.post("/checkout/asked", { ...form, challenge: "pass" });
    expect(placed.status).toBe(303);
  });

  it("has neither widget nor leave for a frame until a proof is asked for", async () => {
    const page = await new Visitor().get("/checkout/asked");
    expect(page.html).not.toContain("cf-turnstile");
    expect(page.headers.get("content-security-policy")).not.toContain("frame-src");
  });

  it("of the development build asks no third party", async () => {
    const asked = await submit(new Visitor(), { email: "offline@example.com" });
    expect(asked.html).toMatch(/<script src="\/dev\/challenge\.js"[^>]*nonce="/);
    expect(asked.headers.get("content-security-policy")).not.toMatch(/https:\/\/challenges/);
    const widget = await new Visitor().get("/dev/challenge.js");
    expect(widget.headers.get("content-type")).toContain("text/javascript");
  });
});

it("nobody is asked where the score is below the threshold, nor whom the merchant lets in", async () => {
  await setRisk(shop, { challenge_at: 30 });
  expect((await ask()).status).toBe(201);
  await setRisk(shop, { challenge_at: 0 });
  await shop.admin("/risk-lists", {
    body: { list: "allow", kind: "email", value: "friend@example.com" },
  });
  expect((await ask({ email: "friend@example.com" })).status).toBe(201);
});

/** The last: it opens the breaker of the verifier, and from then on nobody is refused by it. */
describe("while nobody can check a proof", () => {
  it("an order is let through, but only so many of a minute", async () => {
    const address = "192.0.2.50";
    const statuses: number[] = [];
    for (let n = 0; n < 8; n++) {
      statuses.push((await ask({ challenge: "down" }, newKey(), address)).status);
    }
    expect(statuses.slice(0, 6)).toEqual([201, 201, 201, 201, 201, 201]);
    expect(statuses.slice(6)).toEqual([429, 429]);
    expect((await ask({ challenge: "down" }, newKey(), "192.0.2.51")).status).toBe(201);
    // One mailbox from many networks gains nothing.
    const email = "spread@example.com";
    const spread = [];
    for (let n = 0; n < 4; n++) {
      spread.push((await ask({ challenge: "down", email }, newKey(), `192.0.2.6${n}`)).status);
    }
    expect(spread).toEqual([201, 201, 429, 429]);
  });
});
